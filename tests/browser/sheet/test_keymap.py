"""Keys of a person's own: presets, changed keys, and a help that says what the keys do."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.sheet_page import SheetPage
from tests.services.application import MakeJob
from tests.web.curation.filling import complete

NONE = "none"


@pytest.fixture
def sheet(make_job: MakeJob, open_sheet: OpenSheet) -> SheetPage:
    job = make_job(3, 2)
    complete(job)
    sheet = open_sheet(job)
    sheet.start_at(0)
    return sheet


def use(page: Page, preset: str) -> None:
    """Take over the keys of another program, and go back to the pictures."""
    page.keyboard.press("?")
    page.locator("#help").get_by_role("radio", name=preset).check()
    page.keyboard.press("Escape")


def keys_of(page: Page, command: str) -> Locator:
    return page.locator(f'#key-groups [data-command="{command}"] dt')


def test_the_keys_of_immich(sheet: SheetPage) -> None:
    use(sheet.page, "Immich")
    sheet.press("f", "Shift+A", "x")
    sheet.expect_saved("keep", "reject", *[NONE] * 4)
    assert sheet.selected() == [2]


def test_the_keys_of_lightroom(sheet: SheetPage) -> None:
    use(sheet.page, "Lightroom")
    sheet.press("Shift+P", "Shift+X", "k")
    sheet.expect_saved("keep", "reject", "keep", "reject", NONE, NONE)
    sheet.press("Shift+Space")
    assert len(sheet.selected()) == 1
    sheet.press("Control+d")
    assert sheet.selected() == []
    sheet.press("e")
    expect(sheet.loupe).to_be_visible()
    sheet.press("g")
    expect(sheet.loupe).to_be_hidden()
    sheet.press("\\")
    expect(sheet.page.locator("#find-text")).to_be_focused()


def test_what_was_chosen_is_kept_for_the_next_visit(sheet: SheetPage) -> None:
    use(sheet.page, "Immich")
    sheet.page.reload()
    sheet.start_at(0)
    sheet.press("f")
    sheet.expect_saved("keep", *[NONE] * 5)
    expect(sheet.page.locator('.dock kbd[data-key-of="keep"]')).to_have_text("F")


def test_a_key_is_pressed_shown_and_kept(sheet: SheetPage) -> None:
    page = sheet.page
    sheet.press("?")
    page.get_by_role("button", name="change the key of “keep”").click()
    expect(page.get_by_label("Press the new key")).to_be_focused()
    sheet.press("j")
    expect(page.locator("#remap")).to_contain_text("This key is free.")
    page.get_by_role("button", name="Use it").click()
    expect(keys_of(page, "keep")).to_have_text("J")
    expect(page.get_by_role("button", name="change the key of “keep”")).to_be_focused()
    sheet.press("Escape", "p")
    sheet.expect_focus(0)
    sheet.press("j")
    sheet.expect_saved("keep", *[NONE] * 5)


def test_a_key_that_is_taken_says_from_what_and_leaves_it(sheet: SheetPage) -> None:
    page = sheet.page
    sheet.press("?")
    page.get_by_role("button", name="change the key of “keep”").click()
    sheet.press("x")
    expect(page.locator("#remap")).to_contain_text("This key is taken from “reject”.")
    page.get_by_role("button", name="Use it").click()
    expect(keys_of(page, "reject")).to_have_text("no key")
    sheet.press("Escape", "x")
    sheet.expect_saved("keep", *[NONE] * 5)


def test_keys_that_move_cannot_be_taken(sheet: SheetPage) -> None:
    page = sheet.page
    sheet.press("?")
    page.get_by_role("button", name="change the key of “keep”").click()
    sheet.press("ArrowLeft")
    expect(page.locator("#remap")).to_contain_text("always means “the picture before”")
    expect(page.get_by_role("button", name="Use it")).to_be_disabled()
    sheet.press("Control+ArrowLeft")
    expect(page.locator("#remap")).to_contain_text("This key is free.")


def test_a_second_key_can_be_added_and_everything_undone(sheet: SheetPage) -> None:
    page = sheet.page
    sheet.press("?")
    expect(page.get_by_role("button", name="Undo my changes")).to_be_hidden()
    page.get_by_role("button", name="change the key of “reject”").click()
    sheet.press("Shift+j")
    page.get_by_role("button", name="Add it").click()
    expect(keys_of(page, "reject")).to_have_text("X or ShiftJ")
    page.get_by_role("button", name="Undo my changes").click()
    expect(keys_of(page, "reject")).to_have_text("X")
    expect(page.get_by_role("button", name="Undo my changes")).to_be_hidden()


def test_the_help_lists_every_key_that_does_something(sheet: SheetPage) -> None:
    sheet.press("?")
    shown = sheet.page.locator("#key-groups dt").all_inner_texts()
    assert {"P", "X", "U", "1", "0", "Enter", "Esc", "Z", "C", "N", "S", "I", "R", "/", "?"} <= set(shown)
    assert not any("no key" in text for text in shown)


def test_what_a_viewer_may_not_do_is_not_listed(make_job: MakeJob, open_sheet: OpenSheet, team) -> None:
    from app.accounts.models import Membership
    from app.core.database import db, transaction

    with transaction():
        db.session.get_one(Membership, (team.editor, team.workspace_id)).role = "viewer"
    sheet = open_sheet(make_job(1))
    sheet.page.locator("#help-open").click()
    expect(keys_of(sheet.page, "loupe")).to_have_text("Enter")
    expect(keys_of(sheet.page, "keep")).to_have_count(0)


@pytest.mark.parametrize(("key", "code"), [("з", "KeyP"), ("P", "KeyP")])
def test_letters_are_where_they_are_in_other_alphabets(sheet: SheetPage, key: str, code: str) -> None:
    sheet.page.locator(".tile:focus").dispatch_event("keydown", {"key": key, "code": code, "bubbles": True})
    sheet.expect_saved("keep", *[NONE] * 5)


def test_help_is_read_at_phone_size_without_sideways_scrolling(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    page = open_sheet(make_job(1), phone=True).page
    page.locator("#help-open").tap()
    expect(page.locator("#help")).to_be_visible()
    assert page.locator("#help .dialog-body").evaluate("element => element.scrollWidth <= element.clientWidth")
