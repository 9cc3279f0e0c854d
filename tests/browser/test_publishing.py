"""Publishing in a real browser: the panel that goes on by itself, the editor whose preview follows what is typed, the queue."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update

from app.accounts.models import User
from app.core.database import db, transaction
from app.publishing.create_page import create_page
from app.publishing.tags import ensure_tags
from app.writing.interface import Failure, Unwritten
from tests.services.application import PASSWORD, MakeJob, Team
from tests.services.browsing import PHONE, sign_in
from tests.services.completed import (
    PublishPages,
    ScriptedWriter,
    complete,
    page_ids,
    pages_of,
    publish,
    publish_pages,
    written,
)
from tests.services.serving import serving

__all__ = ["publish", "publish_pages"]

FAILED = Unwritten(Failure.TIMEOUT, "The writer did not answer in time. Ask it again, or write the text yourself.")


@pytest.fixture
def address(app: Flask, team: Team, page: Page) -> Iterator[str]:
    """Where the application is served; an editor who is staff is signed in."""
    with transaction():
        db.session.execute(update(User).where(User.id == team.editor).values(is_staff=True))
    with serving(app) as url:
        sign_in(page, url, "editor@studio.example", PASSWORD)
        yield url
        page.goto("about:blank")


def test_the_panel_goes_on_by_itself_and_asks_again_with_one_click(
    app: Flask, address: str, page: Page, make_job: MakeJob
) -> None:
    ensure_tags()
    app.extensions["writer"] = ScriptedWriter(FAILED)
    job = make_job(2)
    complete(job)
    page.goto(f"{address}/jobs/{job.id}/")
    page.locator("#publish-open").click()
    expect(page.get_by_text("Become public pages")).to_be_visible()
    page.get_by_label("Drafts only").check()
    expect(page.get_by_text("Become public pages")).to_be_hidden()
    expect(page.get_by_text("Become drafts")).to_be_visible()
    page.get_by_label("Public", exact=True).check()
    page.get_by_role("button", name="Publish 2 pages").click()
    expect(page.get_by_text("2 pages are being written.")).to_be_visible()
    for page_id in page_ids(job.id):
        create_page(page_id)
    expect(page.get_by_text("The writer did not answer in time", exact=True)).to_be_visible(timeout=15_000)

    app.extensions["writer"] = ScriptedWriter(written())
    page.get_by_role("button", name=re.compile("^Ask again about 2 pages")).click()
    expect(page.get_by_text("2 pages are being written.")).to_be_visible()
    page.reload()
    page.locator("#publish-open").dispatch_event("click")
    for page_id in page_ids(job.id):
        create_page(page_id)
    page.goto(f"{address}/jobs/{job.id}/publish")

    expect(page.get_by_role("link", name="A Quiet Lighthouse over the Sea")).to_have_count(2)
    assert {each.state for each in pages_of(job.id)} == {"published"}


def test_the_preview_follows_what_is_typed_and_leaves_the_focus(
    address: str, page: Page, publish_pages: PublishPages
) -> None:
    written_page = publish_pages(1, visibility="private")[0]
    page.goto(f"{address}/pages/{written_page.id}/edit")

    title = page.get_by_label("Title")
    title.fill('A <b>"Title"</b> That Nobody Has Saved Yet')

    preview = page.locator("#page-preview .search-result strong")
    expect(preview).to_have_text('A <b>"Title"</b> That Nobody Has Saved Yet', timeout=15_000)
    expect(title).to_be_focused()
    expect(page.locator("#page-preview .social-card strong")).to_contain_text("Nobody Has Saved")
    assert pages_of(written_page.job_id)[0].title == written_page.title


def test_nothing_is_wider_than_a_phone(app: Flask, address: str, page: Page, publish_pages: PublishPages) -> None:
    app.extensions["writer"] = ScriptedWriter(FAILED)
    waiting = publish_pages(2)[0]
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    paths = ("/review/", "/review/tags", "/pages/", f"/pages/{waiting.id}/edit", f"/jobs/{waiting.job_id}/publish")

    for path in paths:
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
