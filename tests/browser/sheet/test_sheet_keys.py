"""Every key of the contact sheet does what the help says, and only where it should."""

import pytest
from playwright.sync_api import expect

from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.sheet_page import MARK_REQUEST, SheetPage
from tests.services.application import MakeJob
from tests.web.curation.filling import complete, fail

NONE = "none"


@pytest.fixture
def sheet(make_job: MakeJob, open_sheet: OpenSheet) -> SheetPage:
    """Three prompts with four pictures each; the first tile has the focus."""
    job = make_job(3, 4)
    complete(job)
    opened = open_sheet(job)
    opened.start_at(0)
    return opened


def test_arrows_lead_over_the_tiles_and_stop_at_the_ends(sheet: SheetPage) -> None:
    sheet.press("ArrowRight", "ArrowRight")
    sheet.expect_focus(2)
    sheet.press("ArrowLeft")
    sheet.expect_focus(1)
    sheet.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    sheet.expect_focus(0)


def test_down_and_up_stay_in_their_column(sheet: SheetPage) -> None:
    sheet.press("ArrowRight")
    column = sheet.tile(1).bounding_box()
    sheet.press("ArrowDown")
    below = sheet.page.locator(".tile:focus").bounding_box()
    assert column is not None
    assert below is not None
    assert abs(below["x"] - column["x"]) < column["width"] / 2
    assert below["y"] > column["y"]
    sheet.press("ArrowUp")
    sheet.expect_focus(1)


def test_home_and_end_lead_to_the_ends_of_the_line_and_of_the_sheet(sheet: SheetPage) -> None:
    sheet.press("Control+End")
    sheet.expect_focus(11)
    sheet.press("Home")
    line = sheet.page.locator(".tile:focus").bounding_box()
    last = sheet.tile(11).bounding_box()
    assert line is not None
    assert last is not None
    assert line["y"] == pytest.approx(last["y"], abs=2)
    sheet.press("End")
    sheet.expect_focus(11)
    sheet.press("Control+Home")
    sheet.expect_focus(0)


def test_a_screen_down_and_up(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    sheet = open_sheet(make_job(80))
    sheet.start_at(0)
    sheet.press("PageDown")
    assert int(sheet.page.locator(".tile:focus").get_attribute("data-position") or 0) > 10
    expect(sheet.page.locator(".tile:focus")).to_be_in_viewport()
    sheet.press("PageUp")
    sheet.expect_focus(0)


def test_exactly_one_tile_is_in_the_tab_order(sheet: SheetPage) -> None:
    sheet.press("ArrowRight", "ArrowDown", "End")
    expect(sheet.page.locator('.tile[tabindex="0"]')).to_have_count(1)


def test_p_x_and_u_mark_and_go_on_to_the_next_picture(sheet: SheetPage) -> None:
    sheet.press("p")
    sheet.expect_mark(0, "keep")
    sheet.expect_focus(1)
    sheet.press("x")
    sheet.expect_mark(1, "reject")
    sheet.expect_focus(2)
    sheet.press("ArrowLeft", "u")
    sheet.expect_mark(1, None)
    sheet.expect_focus(2)
    sheet.expect_saved("keep", *[NONE] * 11)
    expect(sheet.page.locator("#dock-counts")).to_contain_text("1 kept")
    expect(sheet.tile(0).locator(".prompt-kept")).to_have_text("1 of 4 kept")
    expect(sheet.tile(0)).to_have_attribute("aria-label", "Prompt 1, variation 1: a lighthouse, number 1, ready, kept")


def test_pictures_are_kept_as_fast_as_one_can_press(sheet: SheetPage) -> None:
    sheet.press(*["p"] * 6)
    sheet.expect_focus(6)
    sheet.expect_saved(*["keep"] * 6, *[NONE] * 6)


def test_auto_advance_can_be_switched_off_and_is_remembered(sheet: SheetPage) -> None:
    sheet.press("a", "p")
    sheet.expect_focus(0)
    expect(sheet.page.locator("#auto-advance")).to_have_text("Auto-advance off A")
    sheet.expect_saved("keep", *[NONE] * 11)
    sheet.page.reload()
    sheet.start_at(0)
    sheet.press("x")
    sheet.expect_focus(0)
    sheet.press("a", "p")
    sheet.expect_focus(1)


def test_after_the_last_picture_the_focus_goes_to_the_one_before(sheet: SheetPage) -> None:
    sheet.press("Control+End", "p")
    sheet.expect_mark(11, "keep")
    sheet.expect_focus(10)


def test_what_has_no_picture_is_passed_over_and_not_marked(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(4)
    complete(job, [0, 3])
    fail(job, [1])
    sheet = open_sheet(job)
    sheet.start_at(0)
    sheet.press("p")
    sheet.expect_focus(3)
    sheet.press("ArrowLeft", "p")
    sheet.expect_said("There is no picture to mark yet")
    sheet.expect_saved("keep", NONE, NONE, NONE)


def test_shift_p_keeps_one_and_rejects_its_sisters(sheet: SheetPage) -> None:
    sheet.press("ArrowRight", "Shift+P")
    sheet.expect_saved("reject", "keep", "reject", "reject", *[NONE] * 8)


def test_space_selects_and_shift_with_arrows_extends(sheet: SheetPage) -> None:
    sheet.press("Space", "Shift+ArrowRight", "Shift+ArrowRight")
    assert sheet.selected() == [0, 1, 2]
    sheet.press("Shift+ArrowLeft")
    assert sheet.selected() == [0, 1]
    sheet.expect_said("2 selected")
    sheet.press("Escape")
    assert sheet.selected() == []


def test_a_whole_selection_is_marked_in_one_request(sheet: SheetPage) -> None:
    requests = sheet.count_mark_requests()
    sheet.press("Control+a")
    assert sheet.selected() == list(range(12))
    sheet.press("x")
    sheet.expect_saved(*["reject"] * 12)
    sheet.expect_said("12 rejected")
    assert requests() == 1
    sheet.expect_focus(0)


def test_undo_and_redo_put_marks_back_and_forth(sheet: SheetPage) -> None:
    sheet.press("p", "p", "Control+z")
    sheet.expect_mark(1, None)
    sheet.expect_focus(1)
    sheet.expect_saved("keep", *[NONE] * 11)
    sheet.press("Control+y")
    sheet.expect_saved("keep", "keep", *[NONE] * 10)
    sheet.press("Control+z", "Control+Shift+Z", "Control+z", "Control+z")
    sheet.expect_saved(*[NONE] * 12)
    expect(sheet.page.locator("#undo")).to_have_attribute("aria-disabled", "true")


def test_question_mark_opens_the_help(sheet: SheetPage) -> None:
    sheet.press("?")
    expect(sheet.page.locator("#help")).to_be_visible()
    sheet.press("Escape")
    expect(sheet.page.locator("#help")).to_be_hidden()
    sheet.expect_focus(0)


def test_shift_enter_opens_the_publish_panel(sheet: SheetPage) -> None:
    sheet.press("p", "Shift+Enter")
    expect(sheet.page.locator("#publish-panel")).to_be_visible()
    expect(sheet.page.locator("#publish-panel")).to_contain_text("Publish")


@pytest.mark.parametrize("elsewhere", ["[data-tile-size]", "#undo", ".chip >> nth=0"])
def test_keys_do_nothing_outside_the_pictures(sheet: SheetPage, elsewhere: str) -> None:
    requests = sheet.count_mark_requests()
    sheet.page.locator(elsewhere).focus()
    sheet.press("p", "x", "?", "Control+a")
    assert requests() == 0
    assert sheet.selected() == []
    expect(sheet.page.locator("#help")).to_be_hidden()


def test_a_mark_the_server_refuses_is_taken_back_and_said(sheet: SheetPage) -> None:
    sheet.page.route(MARK_REQUEST, lambda route: route.fulfill(status=403, body="{}", content_type="application/json"))
    sheet.press("p")
    sheet.expect_mark(0, None)
    expect(sheet.page.locator(".toast")).to_contain_text("not saved and taken back")
    expect(sheet.page.locator("#dock-counts")).to_contain_text("0 kept")
    sheet.page.unroute(MARK_REQUEST)
    sheet.page.get_by_role("button", name="Try again").click()
    sheet.expect_saved("keep", *[NONE] * 11)


def test_marks_reach_the_server_in_the_order_they_were_made(sheet: SheetPage) -> None:
    held = sheet.hold_first(MARK_REQUEST)
    sheet.press("p", "ArrowLeft", "x", "ArrowLeft", "p")
    sheet.expect_mark(0, "keep")
    sheet.wait_for(held).continue_()
    sheet.expect_saved("keep", *[NONE] * 11)
    sheet.expect_mark(0, "keep")


def test_mouse_clicks_do_what_keys_do(sheet: SheetPage) -> None:
    sheet.tile(4).click()
    sheet.expect_focus(4)
    sheet.tile(6).click(modifiers=["Shift"])
    assert sheet.selected() == [4, 5, 6]
    sheet.tile(9).click(modifiers=["Control"])
    assert sheet.selected() == [4, 5, 6, 9]
    sheet.tile(1).click()
    assert sheet.selected() == []
    sheet.tile(1).hover()
    sheet.tile(1).get_by_role("button", name="Keep").click()
    sheet.expect_saved(NONE, "keep", *[NONE] * 10)
    sheet.tile(2).dblclick()
    expect(sheet.loupe).to_be_visible()


def test_the_skip_link_leads_to_the_pictures(sheet: SheetPage) -> None:
    sheet.page.get_by_role("link", name="Skip to the pictures").focus()
    sheet.press("Enter")
    sheet.expect_focus(0)
