"""Survey: several pictures at once, as large as fit, until the best is left."""

import pytest
from playwright.sync_api import expect

from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.looking_page import LookingPage
from tests.services.application import MakeJob
from tests.web.curation.filling import complete, number_all

NONE = "none"


@pytest.fixture
def looking(make_job: MakeJob, open_sheet: OpenSheet) -> LookingPage:
    """Three prompts with four pictures each, the focus on the second picture."""
    job = make_job(3, 4)
    complete(job)
    sheet = open_sheet(job)
    sheet.start_at(1)
    return LookingPage(sheet)


def test_n_surveys_the_variations_of_the_focused_prompt(looking: LookingPage) -> None:
    looking.press("n")
    looking.expect_surveyed("1·1", "1·2", "1·3", "1·4", active="1·2")
    expect(looking.survey.locator("[data-announcer]")).to_contain_text("Survey of 4 pictures")
    looking.press("n")
    expect(looking.survey).to_be_hidden()
    looking.sheet.expect_focus(1)


def test_a_selection_is_surveyed_as_it_is(looking: LookingPage) -> None:
    looking.press("Space", "Control+End", "Space", "ArrowLeft", "Space", "n")
    looking.expect_surveyed("1·2", "3·3", "3·4", active="3·3")


def test_the_pictures_are_as_large_as_fit(looking: LookingPage) -> None:
    looking.press("n")
    box = looking.survey.locator(".survey-pictures").bounding_box()
    assert box is not None
    frames = [frame.bounding_box() for frame in looking.survey.locator(".pane-frame").all()]
    widths = [frame["width"] for frame in frames if frame]
    assert len(widths) == 4
    assert min(widths) > 0.85 * min(box["height"] / 2, box["width"] / 2)
    for frame in looking.survey.locator(".pane-frame").all():
        expect(frame).to_be_in_viewport(ratio=1)


def test_arrows_move_the_active_picture_and_stop_at_the_ends(looking: LookingPage) -> None:
    looking.press("n", "ArrowRight")
    looking.expect_surveyed("1·1", "1·2", "1·3", "1·4", active="1·3")
    looking.press("ArrowUp")
    looking.expect_surveyed("1·1", "1·2", "1·3", "1·4", active="1·1")
    looking.press("ArrowDown", "ArrowRight", "ArrowRight")
    looking.expect_surveyed("1·1", "1·2", "1·3", "1·4", active="1·4")
    looking.press("Home")
    looking.expect_surveyed("1·1", "1·2", "1·3", "1·4", active="1·3")


def test_marks_and_stars_are_for_the_active_picture_and_lead_on(looking: LookingPage) -> None:
    looking.press("n", "p", "x", "4", "3")
    looking.expect_surveyed("1·1", "1·2", "1·3", "1·4", active="1·4")
    looking.sheet.expect_saved(NONE, "keep", "reject", *[NONE] * 9)
    expect(looking.sheet.tile(3)).to_have_attribute("data-rating", "3")
    expect(looking.survey.locator(".survey-picture >> nth=1").locator(".pane-frame")).to_have_attribute(
        "data-mark", "keep"
    )


def test_backspace_takes_one_out_without_marking_it(looking: LookingPage) -> None:
    looking.press("Space", "ArrowRight", "Space", "ArrowRight", "Space", "n", "Backspace")
    looking.expect_surveyed("1·2", "1·3", active="1·3")
    looking.press("ArrowLeft", "Backspace")
    looking.expect_surveyed("1·3", active="1·3")
    looking.press("Escape")
    looking.sheet.expect_focus(2)
    assert looking.sheet.selected() == [2]
    looking.sheet.expect_saved(*[NONE] * 12)


def test_the_last_one_taken_out_closes_the_survey(looking: LookingPage) -> None:
    looking.press("n", "Backspace", "Backspace", "Backspace", "Backspace")
    expect(looking.survey).to_be_hidden()


def test_mouse_and_buttons_do_the_same(looking: LookingPage) -> None:
    looking.press("n")
    third = looking.survey.locator(".survey-picture >> nth=2")
    third.click()
    looking.expect_surveyed("1·1", "1·2", "1·3", "1·4", active="1·3")
    looking.button(looking.survey, "Keep").click()
    looking.sheet.expect_mark(2, "keep")
    looking.survey.locator(".survey-picture >> nth=0").hover()
    looking.survey.locator(".survey-picture >> nth=0").get_by_role("button", name="Take out of the survey").click()
    looking.expect_surveyed("1·2", "1·3", "1·4", active="1·4")
    looking.survey.locator('.looking-bar [data-does="takeOut"]').click()
    looking.expect_surveyed("1·2", "1·3", active="1·3")
    looking.button(looking.survey, "Open in the loupe").click()
    looking.expect_shown(2)


def test_enter_opens_the_loupe_z_at_100_percent_and_c_compares(looking: LookingPage) -> None:
    looking.press("n", "ArrowRight", "Enter")
    looking.expect_shown(2)
    looking.press("n", "z")
    looking.expect_shown(2)
    assert looking.pane.box()["percent"] >= 100
    looking.press("n", "c")
    looking.expect_compared("1·3", "1·4")


def test_more_than_twelve_are_surveyed_page_by_page_also_far_apart(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(1000)
    number_all(job)
    looking = LookingPage(open_sheet(job))
    looking.sheet.start_at(0)
    looking.press("Control+a", "n")
    expect(looking.survey.locator(".survey-picture")).to_have_count(12)
    expect(looking.survey.locator(".looking-where")).to_contain_text("1 of 1,000")
    looking.press("Control+End")
    expect(looking.survey.locator(".looking-where")).to_contain_text("1,000 of 1,000")
    expect(looking.survey.locator(".survey-picture")).to_have_count(4)
    looking.press("ArrowLeft", "p")
    looking.sheet.expect_saved(*[NONE] * 998, "keep", NONE)
    looking.button(looking.survey, "The pictures before these").click()
    expect(looking.survey.locator(".survey-picture")).to_have_count(12)
    looking.press("Escape")
    looking.sheet.expect_focus(987)


def test_a_single_picture_is_no_survey(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(3)
    complete(job)
    sheet = open_sheet(job)
    sheet.start_at(0)
    sheet.press("n")
    sheet.expect_said("Select two pictures or more to survey them")
    expect(sheet.page.locator("#survey")).to_be_hidden()


def test_what_goes_to_the_trash_leaves_the_survey(looking: LookingPage) -> None:
    looking.press("n", "Delete")
    looking.expect_surveyed("1·1", "1·3", "1·4", active="1·3")


def test_updates_neither_close_nor_move_it_and_pictures_appear_in_place(
    make_job: MakeJob, open_sheet: OpenSheet
) -> None:
    job = make_job(2, 4)
    complete(job, range(3))
    looking = LookingPage(open_sheet(job))
    looking.sheet.start_at(1)
    looking.press("n")
    for position in range(3, 8):
        complete(job, [position])
        looking.sheet.poll()
        looking.expect_surveyed("1·1", "1·2", "1·3", "1·4", active="1·2")
    expect(looking.survey.locator(".survey-picture >> nth=3").locator("img[data-file]")).to_have_attribute(
        "data-ready", ""
    )
    looking.press("p")
    looking.sheet.expect_saved(NONE, "keep", *[NONE] * 6)


def test_on_a_phone_all_of_it_is_on_the_screen(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2, 4)
    complete(job)
    looking = LookingPage(open_sheet(job, phone=True))
    looking.sheet.tile(1).tap()
    looking.button(looking.loupe, "Survey the selection, or this prompt").tap()
    looking.expect_surveyed("1·1", "1·2", "1·3", "1·4", active="1·2")
    looking.survey.locator(".survey-picture >> nth=2").tap()
    looking.button(looking.survey, "Reject").tap()
    looking.sheet.expect_saved(NONE, NONE, "reject", *[NONE] * 5)
    for part in looking.survey.locator(".survey-picture, .looking-bar button:visible").all():
        expect(part).to_be_in_viewport(ratio=1)
