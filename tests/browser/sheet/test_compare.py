"""Compare: a select and a candidate side by side, zoomed and panned in step, one of them active."""

import pytest
from playwright.sync_api import APIResponse, Route, expect

from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.looking_page import LookingPage
from tests.browser.sheet.sheet_page import MARK_REQUEST
from tests.services.application import MakeJob
from tests.services.waiting import wait_until
from tests.web.curation.filling import complete, generate, number_all, plain_picture

NONE = "none"


@pytest.fixture
def looking(make_job: MakeJob, open_sheet: OpenSheet) -> LookingPage:
    """Six large pictures, the focus on the second."""
    job = make_job(6)
    complete(job, picture=lambda _image: plain_picture("#b8442f", 2000))
    sheet = open_sheet(job)
    sheet.start_at(1)
    return LookingPage(sheet)


def test_c_compares_the_focused_picture_with_the_next(looking: LookingPage) -> None:
    looking.press("c")
    expect(looking.compare).to_be_visible()
    looking.expect_compared("2·1", "3·1")
    looking.expect_active_side("candidate")
    expect(looking.compare.locator("[data-announcer]")).to_contain_text("Candidate: Prompt 3")
    looking.press("c")
    expect(looking.compare).to_be_hidden()
    looking.sheet.expect_focus(2)


def test_two_selected_pictures_are_compared_with_each_other(looking: LookingPage) -> None:
    looking.press("Space", "ArrowRight", "ArrowRight", "ArrowRight", "Space", "c")
    looking.expect_compared("2·1", "5·1")


def test_at_the_end_the_last_picture_is_compared_with_the_one_before(looking: LookingPage) -> None:
    looking.press("Control+End", "c")
    looking.expect_compared("6·1", "5·1")


def test_a_single_picture_has_nothing_to_be_compared_with(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(3)
    complete(job, [1])
    generate(job, [0])
    sheet = open_sheet(job)
    sheet.start_at(1)
    sheet.press("c")
    sheet.expect_said("There is no second picture to compare with")


def test_arrows_change_the_candidate_and_pass_over_the_select(looking: LookingPage) -> None:
    looking.press("c", "ArrowRight")
    looking.expect_compared("2·1", "4·1")
    looking.press("ArrowLeft", "ArrowLeft")
    looking.expect_compared("2·1", "1·1")
    looking.press("ArrowLeft")
    expect(looking.compare.locator("[data-announcer]")).to_have_text("This is the first picture")
    looking.press("ArrowRight")
    looking.expect_compared("2·1", "3·1")


def test_the_two_are_swapped_and_the_winner_is_what_the_next_has_to_beat(looking: LookingPage) -> None:
    looking.press("c", "ArrowDown")
    looking.expect_compared("3·1", "2·1")
    looking.press("ArrowDown", "ArrowUp")
    looking.expect_compared("3·1", "4·1")


def test_zoom_and_pan_go_in_step(looking: LookingPage) -> None:
    looking.press("c")
    select, candidate = looking.side("select"), looking.side("candidate")
    looking.hover_fraction(candidate, 0.3, 0.6)
    looking.press("z")
    assert candidate.box()["percent"] == pytest.approx(100, abs=0.5)
    assert select.box()["percent"] == pytest.approx(100, abs=0.5)
    assert select.centre() == pytest.approx(candidate.centre(), abs=0.01)
    looking.drag(select, -120, -60)
    assert select.centre() == pytest.approx(candidate.centre(), abs=0.01)
    before = candidate.centre()
    looking.press("Shift+ArrowRight")
    assert candidate.centre()[0] > before[0]
    assert select.centre() == pytest.approx(candidate.centre(), abs=0.01)
    looking.press("ArrowRight")
    looking.expect_compared("2·1", "4·1")
    assert candidate.box()["percent"] == pytest.approx(100, abs=0.5)
    assert candidate.centre() == pytest.approx(select.centre(), abs=0.01)
    looking.press("Escape")
    expect(looking.compare).to_be_visible()
    assert select.box()["percent"] < 60
    assert candidate.box()["percent"] < 60


def test_tab_and_a_click_say_which_side_is_meant(looking: LookingPage) -> None:
    looking.press("c", "Shift+Tab")
    looking.expect_active_side("select")
    looking.press("Tab")
    looking.expect_active_side("candidate")
    looking.hover_fraction(looking.side("select"), 0.5, 0.5)
    looking.page.mouse.down()
    looking.page.mouse.up()
    looking.expect_active_side("select")
    assert looking.side("select").box()["percent"] < 60
    looking.page.mouse.down()
    looking.page.mouse.up()
    assert looking.side("select").box()["percent"] == pytest.approx(100, abs=0.5)


def test_marks_are_for_the_active_side_and_lead_on_to_the_next_candidate(looking: LookingPage) -> None:
    looking.press("c", "x")
    looking.expect_compared("2·1", "4·1")
    looking.press("Shift+Tab", "p", "5")
    looking.expect_compared("2·1", "4·1")
    looking.sheet.expect_saved(NONE, "keep", "reject", NONE, NONE, NONE)
    expect(looking.compare.locator('[data-compared="select"] [data-shows-mark]')).to_have_text("kept ★★★★★")
    expect(looking.button(looking.compare, "Keep")).to_have_attribute("aria-pressed", "true")


def test_enter_opens_the_loupe_on_the_active_picture(looking: LookingPage) -> None:
    looking.press("c", "ArrowRight", "Enter")
    expect(looking.compare).to_be_hidden()
    looking.expect_shown(3)
    looking.press("c", "Shift+Tab", "Enter")
    looking.expect_shown(3)
    looking.press("Escape")
    looking.sheet.expect_focus(3)


def test_every_key_has_a_button(looking: LookingPage) -> None:
    looking.press("Enter")
    looking.button(looking.loupe, "Compare with the next").click()
    looking.button(looking.compare, "Next candidate").click()
    looking.expect_compared("2·1", "4·1")
    looking.button(looking.compare, "Previous candidate").click()
    looking.button(looking.compare, "Swap").click()
    looking.expect_compared("3·1", "2·1")
    looking.button(looking.compare, "Make the candidate the select").click()
    looking.expect_compared("2·1", "3·1")
    looking.button(looking.compare, "Reject").click()
    looking.expect_compared("2·1", "4·1")
    looking.button(looking.compare, "Original size").click()
    assert looking.side("candidate").box()["percent"] == pytest.approx(100, abs=0.5)
    looking.button(looking.compare, "Open in the loupe").click()
    looking.expect_shown(3)


def test_what_goes_to_the_trash_leaves_the_comparison(looking: LookingPage) -> None:
    looking.press("c", "Delete")
    looking.expect_compared("2·1", "4·1")
    looking.press("Shift+Tab", "Delete")
    looking.expect_compared("4·1", "5·1")


def test_updates_neither_close_nor_move_it(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(10)
    complete(job, range(5))
    looking = LookingPage(open_sheet(job))
    looking.sheet.start_at(0)
    looking.press("c", "ArrowRight", "z")
    centre = looking.side("select").centre()
    for position in range(5, 10):
        complete(job, [position])
        looking.sheet.poll()
        looking.expect_compared("1·1", "3·1")
    assert looking.side("select").centre() == pytest.approx(centre, abs=0.001)
    looking.press("p")
    looking.sheet.expect_saved(NONE, NONE, "keep", *[NONE] * 7)


@pytest.fixture
def far_apart(make_job: MakeJob, open_sheet: OpenSheet) -> LookingPage:
    """The first and the last of a thousand are compared."""
    job = make_job(1000)
    number_all(job)
    looking = LookingPage(open_sheet(job))
    looking.sheet.start_at(0)
    looking.press("Space", "Control+End", "Space", "c")
    looking.expect_compared("1·1", "1000·1")
    return looking


def test_pictures_far_apart_in_a_large_job_are_compared(far_apart: LookingPage) -> None:
    far_apart.press("Shift+Tab", "p")
    expect(far_apart.compare.locator('[data-compared="select"] [data-shows-mark]')).to_have_text("kept")
    far_apart.press("Escape")
    far_apart.sheet.expect_focus(0)
    far_apart.sheet.expect_mark(0, "keep")


def test_a_mark_that_is_answered_before_an_older_page_of_tiles_arrives_is_shown_on_it(far_apart: LookingPage) -> None:
    pages: list[tuple[Route, APIResponse]] = []
    far_apart.sheet.page.route("**/tiles?at=0-*", lambda route: pages.append((route, route.fetch())))
    mark = far_apart.sheet.hold_first(MARK_REQUEST)
    far_apart.press("Shift+Tab", "p", "Escape")
    wait_until(lambda: far_apart.sheet.page.evaluate("1") and pages, what="the page to be rendered")
    with far_apart.sheet.page.expect_response(MARK_REQUEST):
        far_apart.sheet.wait_for(mark).continue_()
    expect(far_apart.sheet.page.locator("[data-pending]")).to_have_count(0)
    page, rendered = pages[-1]
    page.fulfill(response=rendered)
    far_apart.sheet.expect_focus(0)
    far_apart.sheet.expect_mark(0, "keep")


def test_on_a_phone_the_two_stand_one_above_the_other(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(4)
    complete(job)
    looking = LookingPage(open_sheet(job, phone=True))
    looking.sheet.tile(0).tap()
    looking.button(looking.loupe, "Compare with the next").tap()
    looking.expect_compared("1·1", "2·1")
    select, candidate = looking.side("select").box()["stage"], looking.side("candidate").box()["stage"]
    assert select["top"] + select["height"] <= candidate["top"]
    x, y = candidate["left"] + candidate["width"] / 2, candidate["top"] + candidate["height"] / 2
    looking.fingers([(x, y)], [(x - 40, y)], [(x - 120, y)])
    looking.expect_compared("1·1", "3·1")
    looking.button(looking.compare, "Reject").tap()
    looking.expect_compared("1·1", "4·1")
    for button in looking.compare.locator("button:visible").all():
        expect(button).to_be_in_viewport(ratio=1)
