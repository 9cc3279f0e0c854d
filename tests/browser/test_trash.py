"""The trash in a real browser: it fits a phone, axe finds nothing serious, and ticking restores."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect

from app.generation.states import Mark
from app.publishing.delete_job import delete_job
from app.publishing.image_trash import discard_unkept
from app.publishing.trash_page import trash_page
from tests.services.application import PASSWORD, MakeJob, Team
from tests.services.browsing import PHONE, sign_in
from tests.services.completed import PublishPages, complete, publish, publish_pages, set_writer
from tests.services.serving import serving

PATHS = ("/trash/?what=images", "/trash/?what=pages", "/trash/?what=jobs", "/trash/receipts")
__all__ = ["publish", "publish_pages", "set_writer"]


@pytest.fixture
def trash(app: Flask, team: Team, make_job: MakeJob, publish_pages: PublishPages, page: Page) -> Iterator[str]:
    """An owner is signed in; six pictures, two pages and a job are in the trash. Answers the address of the site."""
    thrown = make_job(6, title="Lighthouses of the northern coast, in the style of old postcards")
    complete(thrown, mark=Mark.NONE)
    discard_unkept(thrown.id, workspace_id=team.workspace_id, actor=team.actor)
    for each in publish_pages(2):
        trash_page(each.id, workspace_id=team.workspace_id, actor=team.actor)
    deleted = make_job(3, title="Tea tins")
    complete(deleted)
    delete_job(deleted.id, workspace_id=team.workspace_id, actor=team.actor)
    with serving(app) as address:
        sign_in(page, address, "owner@studio.example", PASSWORD)
        yield address
        page.goto("about:blank")


def test_a_phone_is_not_scrolled_sideways(trash: str, page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for path in PATHS:
        page.goto(trash + path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(trash: str, page: Page, scheme: str) -> None:
    state = page.context.storage_state()
    context = page.context.browser.new_context(color_scheme=scheme, storage_state=state, bypass_csp=True)  # type: ignore[union-attr, arg-type]
    looked_at = context.new_page()
    for path in PATHS:
        looked_at.goto(trash + path)
        found = Axe().run(looked_at).response["violations"]
        assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == [], path
    context.close()


def test_ticked_pictures_come_back(trash: str, page: Page) -> None:
    page.goto(f"{trash}/trash/?what=images")
    page.get_by_label("Restore: a lighthouse, number 2").check()
    page.get_by_role("button", name="Restore the ticked").click()

    expect(page.locator(".toast")).to_contain_text("1 picture restored.")
    expect(page.get_by_role("link", name="Pictures 5")).to_be_visible()


def test_what_is_ended_for_good_is_asked_about(trash: str, page: Page) -> None:
    page.goto(f"{trash}/trash/?what=pages")
    page.get_by_role("link", name="Delete now…").first.click()
    expect(page.get_by_role("heading", name="Delete this page for good?")).to_be_visible()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.locator(".toast")).to_contain_text("The page is gone.")
