"""The staff's page and the bell in a real browser: what updates by itself takes nothing away from who types."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update

from app.accounts.models import User
from app.core.database import db, transaction
from app.generation.settle import pause_provider
from app.generation.studio import studio
from tests.services.application import PASSWORD, MakeJob, Team
from tests.services.browsing import PHONE, sign_in
from tests.services.serving import serving


@pytest.fixture
def board(app: Flask, team: Team, page: Page) -> Iterator[Page]:
    """The page as somebody of the staff sees it."""
    with transaction():
        db.session.execute(update(User).where(User.id == team.editor).values(is_staff=True))
    with serving(app) as address:
        sign_in(page, address, "editor@studio.example", PASSWORD)
        page.goto(f"{address}/operations/")
        yield page
        page.goto("about:blank")


def test_an_update_leaves_what_is_being_typed_and_shows_what_is_new(board: Page, team: Team) -> None:
    board.get_by_label("Change demo/painter").click()
    limit = board.locator("#limit-demo-painter")
    limit.fill("12")
    pause_provider("demo", "The paint is used up.")
    expect(board.get_by_text("demo is paused")).to_be_visible(timeout=15_000)
    expect(limit).to_be_focused()
    expect(limit).to_have_value("12")

    board.keyboard.press("Enter")
    expect(board.locator(".toast")).to_contain_text("demo/painter: 12 images a minute.")
    assert studio().catalogue.model("demo/painter").images_per_minute == 12


def test_a_pause_is_resumed_and_told_by_the_bell(board: Page, make_job: MakeJob) -> None:
    make_job(1)
    pause_provider("demo", "The paint is used up.")
    board.reload()
    board.get_by_role("link", name="Notifications, 1 unread").click()
    expect(board.get_by_role("listitem")).to_contain_text("is paused. The provider is paused: The paint is used up.")
    board.get_by_role("button", name="Mark all as read").click()
    expect(board.get_by_role("link", name="Notifications", exact=True)).to_be_visible()

    board.get_by_role("link", name="Operations").click()
    board.get_by_role("button", name="Resume demo").click()
    expect(board.locator(".toast")).to_contain_text("demo is asked again. 1 job goes on.")
    expect(board.get_by_text("demo is paused")).to_have_count(0)


def test_a_phone_is_not_scrolled_sideways(board: Page) -> None:
    pause_provider("demo", "The paint is used up.")
    board.set_viewport_size(PHONE)  # type: ignore[arg-type]
    board.reload()
    board.get_by_label("Change demo/painter").click()
    for path in ("/operations/", "/notifications/"):
        board.evaluate("path => history.replaceState(null, '', path)", path)
        board.reload()
        assert board.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        expect(board.get_by_role("button", name="Account and workspace")).to_be_in_viewport(ratio=1)
