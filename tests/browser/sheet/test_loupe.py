"""The loupe: one picture as large as the screen allows; stepping never waits and updates never move it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route, expect

from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.looking_page import STILL_TAGGED, TAGGED, LookingPage
from tests.services.application import MakeJob
from tests.services.waiting import wait_until
from tests.web.curation.filling import complete, fail, fresh, generate, number_all, plain_picture

NONE = "none"


@pytest.fixture
def looking(make_job: MakeJob, open_sheet: OpenSheet) -> LookingPage:
    """Two prompts with four pictures each; the focus is on the second picture."""
    job = make_job(2, 4)
    complete(job)
    sheet = open_sheet(job)
    sheet.start_at(1)
    return LookingPage(sheet)


def test_it_opens_on_the_focused_picture_and_returns_to_where_it_ended(looking: LookingPage) -> None:
    looking.press("Enter")
    looking.expect_shown(1)
    expect(looking.loupe.locator(".looking-where")).to_contain_text("1·2")
    expect(looking.loupe.locator(".looking-where")).to_contain_text("2 of 8")
    looking.press("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowRight")
    looking.expect_shown(3)
    looking.press("Escape")
    expect(looking.loupe).to_be_hidden()
    looking.sheet.expect_focus(3)


def test_home_end_and_page_keys_lead_through_the_sheet(looking: LookingPage) -> None:
    looking.press("Enter", "End")
    looking.expect_shown(7)
    looking.press("PageUp")
    looking.expect_shown(6)
    looking.press("Home")
    looking.expect_shown(0)
    looking.press("PageDown", "Control+End", "Enter")
    looking.sheet.expect_focus(7)


def test_at_the_ends_it_says_so_and_stays(looking: LookingPage) -> None:
    looking.press("Enter", "Home", "ArrowLeft")
    expect(looking.loupe.locator("[data-announcer]")).to_have_text("This is the first picture")
    looking.press("End", "ArrowRight")
    expect(looking.loupe.locator("[data-announcer]")).to_have_text("This is the last picture")
    looking.expect_shown(7)


def test_marks_and_stars_are_for_the_shown_picture_alone_and_lead_on(looking: LookingPage) -> None:
    looking.press("Control+a", "Enter", "p")
    looking.expect_shown(2)
    looking.press("x", "5", "u")
    looking.expect_shown(5)
    looking.sheet.expect_saved(NONE, "keep", "reject", *[NONE] * 5)
    expect(looking.sheet.tile(3)).to_have_attribute("data-rating", "5")
    looking.press("ArrowLeft", "ArrowLeft")
    expect(looking.loupe.locator(".stars [data-lit]")).to_have_count(5)
    looking.press("ArrowLeft")
    expect(looking.button(looking.loupe, "Reject")).to_have_attribute("aria-pressed", "true")
    expect(looking.loupe.locator(".pane-frame")).to_have_attribute("data-mark", "reject")


def test_what_was_decided_and_what_comes_next_are_said(looking: LookingPage) -> None:
    looking.press("Enter", "p")
    said = looking.loupe.locator("[data-announcer]")
    expect(said).to_contain_text("kept. Prompt 1, variation 3")
    looking.press("ArrowLeft")
    expect(said).to_contain_text("variation 2")
    expect(said).to_contain_text("kept")


def test_without_auto_advance_it_stays(looking: LookingPage) -> None:
    looking.press("a", "Enter", "p", "3")
    looking.expect_shown(1)
    looking.sheet.expect_mark(1, "keep")


def test_after_the_last_picture_it_goes_back_to_the_one_before(looking: LookingPage) -> None:
    looking.press("Enter", "End", "p")
    looking.expect_shown(6)
    looking.sheet.expect_mark(7, "keep")


def test_keep_only_rejects_the_other_variations(looking: LookingPage) -> None:
    looking.press("Enter", "Shift+P")
    looking.sheet.expect_saved("reject", "keep", "reject", "reject", *[NONE] * 4)
    looking.expect_shown(1)


def test_undo_shows_the_picture_it_is_about_and_redo_too(looking: LookingPage) -> None:
    looking.press("Enter", "p", "p", "ArrowRight", "Control+z")
    looking.expect_shown(2)
    looking.sheet.expect_mark(2, None)
    looking.press("Control+y")
    looking.expect_shown(2)
    looking.sheet.expect_mark(2, "keep")


def test_what_goes_to_the_trash_makes_room_for_the_next_and_comes_back(looking: LookingPage) -> None:
    looking.press("Enter", "Delete")
    looking.expect_shown(2)
    expect(looking.loupe.locator(".looking-where")).to_contain_text("2 of 7")
    looking.page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(looking.loupe.locator(".looking-where")).to_contain_text("of 8")
    looking.press("Delete", "Control+z")
    looking.expect_shown(2)
    expect(looking.loupe.locator(".looking-where")).to_contain_text("3 of 8")


def test_every_key_has_a_button(looking: LookingPage) -> None:
    looking.sheet.tile(1).dblclick()
    looking.button(looking.loupe, "Keep").click()
    looking.expect_shown(2)
    looking.button(looking.loupe, "Reject").click()
    looking.button(looking.loupe, "4 stars").click()
    looking.button(looking.loupe, "Previous picture").click()
    looking.expect_shown(3)
    expect(looking.loupe.locator(".stars [data-lit]")).to_have_count(4)
    looking.button(looking.loupe, "Clear").click()
    looking.button(looking.loupe, "Next picture").click()
    looking.button(looking.loupe, "Move to the trash").click()
    looking.expect_shown(6)
    looking.button(looking.loupe, "About this picture").click()
    expect(looking.loupe.locator(".loupe-side")).to_be_hidden()
    looking.button(looking.loupe, "Compare with the next").click()
    expect(looking.compare).to_be_visible()
    looking.button(looking.compare, "Close").click()
    looking.press("Enter")
    looking.button(looking.loupe, "Survey the selection, or this prompt").click()
    expect(looking.survey).to_be_visible()
    looking.button(looking.survey, "Close").click()
    looking.press("Enter")
    looking.button(looking.loupe, "Close").click()
    expect(looking.page.locator("dialog[open]")).to_have_count(0)


def test_the_keys_still_work_after_a_button_was_pressed(looking: LookingPage) -> None:
    looking.press("Enter")
    looking.button(looking.loupe, "Next picture").click()
    looking.press("p")
    looking.expect_shown(3)
    looking.sheet.expect_mark(2, "keep")


def test_the_focus_stays_inside(looking: LookingPage) -> None:
    looking.press("Enter")
    for _ in range(30):
        looking.press("Tab")
        assert looking.page.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('#loupe') !== null"
        )


def test_a_step_never_waits_for_the_server(looking: LookingPage) -> None:
    looking.press("Enter")
    looking.pane.expect_ready()
    looking.press("ArrowRight")
    wait_until(lambda: ready_without_server(looking, 3), what="the next picture decoded ahead")
    looking.page.route("**/media/**", lambda route: route.abort())
    looking.press("ArrowRight")
    looking.expect_shown(3)
    looking.pane.expect_ready()
    looking.press("ArrowLeft", "ArrowLeft")
    looking.expect_shown(1)
    looking.pane.expect_ready()


def ready_without_server(looking: LookingPage, position: int) -> bool:
    """Whether the browser has decoded this picture although nobody looks at it yet."""
    address = looking.sheet.tile(position).get_attribute("data-large")
    found: bool = looking.page.evaluate(
        """async address => {
          const found = performance.getEntriesByType('resource').some(entry => entry.name.endsWith(address) && entry.responseEnd > 0);
          await new Promise(requestAnimationFrame);
          return found;
        }""",
        address,
    )
    return found


def test_the_blur_and_the_frame_are_there_before_the_picture(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2)
    complete(job, picture=lambda _image: plain_picture("#7d4e7c", 900))
    looking = LookingPage(open_sheet(job))
    held: list[Route] = []
    looking.page.route("**/large", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks the function it gets
    looking.sheet.start_at(0)
    looking.press("Enter")
    before = looking.pane.box()
    expect(looking.loupe.locator(".pane-sheets .shape image")).to_have_count(1)
    expect(looking.loupe.locator(".pane")).to_have_attribute("data-loading", "")
    for route in held:
        route.continue_()
    looking.page.unroute("**/large")
    looking.pane.expect_ready()
    after = looking.pane.box()
    assert (after["left"], after["top"], after["width"]) == (before["left"], before["top"], before["width"])


def test_a_picture_that_does_not_load_says_so_and_can_be_tried_again(looking: LookingPage) -> None:
    looking.page.route("**/large", lambda route: route.abort())
    with looking.page.expect_event("requestfailed", lambda request: request.url.endswith("/large")):
        looking.press("Enter")
    trouble = looking.loupe.locator(".pane-trouble")
    expect(trouble).to_contain_text("could not be loaded in full")
    looking.page.unroute("**/large")
    trouble.get_by_role("button", name="Try again").click()
    looking.pane.expect_ready()
    expect(trouble).to_have_count(0)


def test_on_a_screen_larger_than_the_large_file_the_original_is_shown(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(1)
    complete(job, picture=lambda _image: plain_picture("#4c7a4a", 2000))
    looking = LookingPage(open_sheet(job))
    looking.sheet.start_at(0)
    large = looking.sheet.tile(0).get_attribute("data-large") or ""
    looking.press("Enter")
    expect(looking.pane.file).to_have_attribute("data-file", large)
    looking.page.set_viewport_size({"width": 2400, "height": 1700})
    expect(looking.pane.file).to_have_attribute("data-file", large.replace("/large", "/original"))


def test_a_failed_image_gives_its_reason_and_the_button_that_helps(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(3)
    complete(job, [0, 2])
    fail(job, [1], error_type="transient", message="The provider did not answer in time, twice.")
    looking = LookingPage(open_sheet(job))
    looking.sheet.start_at(0)
    looking.press("Enter", "i", "ArrowRight")
    expect(looking.loupe.locator(".pane-note")).to_contain_text("did not answer in time, twice")
    expect(looking.loupe.locator(".marking")).to_be_hidden()
    expect(looking.loupe.locator("#loupe-facts")).to_contain_text("Provider trouble")
    looking.press("p")
    looking.expect_shown(1)
    looking.loupe.get_by_role("button", name="Run again").press("Enter")
    expect(looking.loupe.locator(".pane-note")).to_contain_text("queued")
    complete(job, [1])
    looking.sheet.poll()
    expect(looking.pane.file).to_be_visible()
    expect(looking.loupe.locator(".loupe-side")).to_be_hidden()
    looking.sheet.expect_saved(NONE, NONE, NONE)


def test_what_is_still_to_come_is_passed_over(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(5)
    complete(job, [0, 3])
    generate(job, [1])
    looking = LookingPage(open_sheet(job))
    looking.sheet.start_at(1)
    looking.press("Enter")
    looking.sheet.expect_said("There is no picture to look at yet")
    looking.press("ArrowLeft", "Enter", "ArrowRight")
    looking.expect_shown(3)
    looking.press("ArrowRight")
    looking.expect_shown(3)
    expect(looking.loupe.locator(".strip-thumb")).to_have_count(2)


def test_the_side_remembers_whether_it_was_open(looking: LookingPage) -> None:
    side = looking.loupe.locator(".loupe-side")
    looking.press("Enter")
    expect(side).to_contain_text("a lighthouse, number 1")
    expect(side).to_contain_text("Seed")
    looking.press("i", "ArrowRight")
    expect(side).to_be_hidden()
    looking.press("Escape")
    looking.page.reload()
    looking.sheet.start_at(0)
    looking.press("Enter")
    expect(side).to_be_hidden()
    looking.press("i")
    expect(side).to_contain_text("a lighthouse, number 1")


def test_i_on_the_sheet_opens_the_loupe_with_its_facts(looking: LookingPage) -> None:
    looking.press("Enter", "i", "Escape", "i")
    expect(looking.loupe.locator(".loupe-side")).to_contain_text("Seed")


def test_the_filmstrip_leads_to_its_pictures_and_shows_their_marks(looking: LookingPage) -> None:
    looking.press("Enter", "p")
    thumb = looking.loupe.locator('.strip-thumb[data-position="1"]')
    expect(thumb).to_have_attribute("data-mark", "keep")
    looking.loupe.locator('.strip-thumb[data-position="6"]').click()
    looking.expect_shown(6)
    looking.press("ArrowRight")
    looking.expect_shown(7)
    strip, current = looking.loupe.locator(".strip").bounding_box(), thumb_box(looking)
    assert strip is not None
    assert current["x"] + current["width"] / 2 == pytest.approx(strip["x"] + strip["width"] / 2, abs=4)


def thumb_box(looking: LookingPage) -> dict[str, float]:
    box = looking.loupe.locator('.strip-thumb[aria-current="true"]').bounding_box()
    assert box is not None
    return dict(box)


def test_updates_neither_close_nor_move_it_nor_load_its_picture_again(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(12)
    complete(job, range(4))
    looking = LookingPage(open_sheet(job))
    looking.sheet.start_at(2)
    looking.press("Enter")
    looking.pane.expect_ready()
    looking.pane.file.evaluate(TAGGED)
    box = looking.pane.box()
    loads: list[str] = []
    address = looking.sheet.tile(2).get_attribute("data-large") or ""
    looking.page.on("request", lambda request: loads.append(request.url) if address in request.url else None)
    for position in range(4, 12):
        complete(job, [position])
        looking.sheet.poll()
        expect(looking.loupe).to_be_visible()
        looking.expect_shown(2)
    expect(looking.loupe.locator('.strip-thumb[data-position="11"]')).to_have_count(1)
    assert looking.pane.file.evaluate(STILL_TAGGED)
    assert looking.pane.box() == box
    assert loads == []
    expect(looking.loupe.locator(".pane")).to_be_focused()
    looking.press("p")
    looking.expect_shown(3)
    looking.sheet.expect_saved(NONE, NONE, "keep", *[NONE] * 9)


def test_a_mark_made_elsewhere_shows_on_the_open_picture(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(3)
    complete(job, [0, 1])
    one, other = LookingPage(open_sheet(job)), open_sheet(job)
    one.sheet.start_at(0)
    one.press("Enter")
    other.start_at(0)
    other.press("p")
    other.expect_saved("keep", NONE, NONE)
    one.sheet.poll()
    expect(one.loupe.locator(".pane-frame")).to_have_attribute("data-mark", "keep")
    expect(one.button(one.loupe, "Keep")).to_have_attribute("aria-pressed", "true")


def test_a_thousand_pictures_are_stepped_through_across_the_borders_of_what_is_loaded(
    make_job: MakeJob, open_sheet: OpenSheet
) -> None:
    job = make_job(1000)
    number_all(job)
    looking = LookingPage(open_sheet(job))
    looking.sheet.start_at(0)
    looking.press("Enter")
    for position in range(1, 120):
        looking.press("ArrowRight")
        looking.expect_shown(position)
    looking.press("End")
    looking.expect_shown(999)
    looking.press("ArrowLeft", "ArrowLeft", "p")
    looking.expect_shown(998)
    looking.press("Home")
    looking.expect_shown(0)
    looking.press("ArrowRight")
    looking.expect_shown(1)
    assert looking.page.locator("#prompts .tile").count() <= 300
    looking.press("Escape")
    looking.sheet.expect_focus(1)
    expect(looking.sheet.tile(1)).to_be_in_viewport()


def test_on_a_phone_one_swipes_marks_and_closes(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(3)
    complete(job)
    looking = LookingPage(open_sheet(job, phone=True))
    looking.sheet.tile(0).tap()
    looking.expect_shown(0)
    expect(looking.loupe.locator(".loupe-side")).to_be_hidden()
    stage = looking.pane.box()["stage"]
    x, y = stage["left"] + stage["width"] / 2, stage["top"] + stage["height"] / 2
    looking.fingers([(x, y)], [(x - 40, y)], [(x - 120, y + 4)])
    looking.expect_shown(1)
    looking.fingers([(x, y)], [(x + 10, y)], [(x + 20, y)])
    looking.expect_shown(1)
    looking.fingers([(x, y)], [(x + 40, y)], [(x + 120, y)])
    looking.expect_shown(0)
    looking.button(looking.loupe, "Keep").tap()
    looking.expect_shown(1)
    looking.button(looking.loupe, "2 stars").tap()
    looking.button(looking.loupe, "About this picture").tap()
    expect(looking.loupe.locator("#loupe-facts")).to_contain_text("Seed")
    looking.button(looking.loupe, "About this picture").tap()
    looking.fingers([(x, y)], [(x, y + 60)], [(x, y + 160)])
    expect(looking.loupe).to_be_hidden()
    looking.sheet.expect_saved("keep", NONE, NONE)
    expect(looking.sheet.tile(1)).to_have_attribute("data-rating", "2")


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_everything_of_the_loupe_is_on_the_screen_and_large_enough_to_press(
    make_job: MakeJob, open_sheet: OpenSheet, *, phone: bool
) -> None:
    job = make_job(3)
    complete(job)
    looking = LookingPage(open_sheet(job, phone=phone))
    looking.sheet.start_at(0)
    looking.press("Enter")
    looking.pane.expect_ready()
    for button in looking.loupe.locator("button:visible").all():
        if "strip-thumb" in (button.get_attribute("class") or ""):
            continue
        expect(button).to_be_in_viewport(ratio=1)
        box = button.bounding_box()
        assert box is not None
        assert box["width"] >= 24
        assert box["height"] >= 24
    assert looking.page.evaluate("document.querySelector('#loupe').scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_loupe_compare_and_survey_are_accessible(
    make_job: MakeJob, open_sheet: OpenSheet, *, theme: str, phone: bool
) -> None:
    job = make_job(2, 3)
    complete(job)
    looking = LookingPage(open_sheet(job, phone=phone))
    looking.page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    looking.sheet.start_at(0)
    looking.press("p", "ArrowLeft")
    for key, surface in (("Enter", looking.loupe), ("c", looking.compare), ("n", looking.survey)):
        looking.press(key)
        expect(surface).to_be_visible()
        if surface is looking.loupe:
            looking.press("i" if phone else "Shift")
            expect(looking.loupe.locator("#loupe-facts")).to_contain_text("Seed")
        results = Axe().run(looking.page)
        assert results.violations_count == 0, results.generate_report()
        looking.press("Escape")
        expect(surface).to_be_hidden()


def test_what_goes_to_the_trash_makes_room_for_what_there_is_to_look_at(
    make_job: MakeJob, open_sheet: OpenSheet
) -> None:
    job = make_job(8)
    complete(job, range(3))
    looking = LookingPage(open_sheet(job))
    looking.sheet.start_at(2)
    looking.press("Enter", "Delete")
    looking.expect_shown(1)
    looking.press("Delete")
    looking.expect_shown(0)
    looking.press("Delete")
    expect(looking.loupe).to_be_hidden()
    wait_until(lambda: fresh(job).trashed_count == 3, what="three in the trash")
    chip = looking.page.locator('#chips [data-show="trash"]')
    expect(chip).to_be_visible()
    expect(chip).to_contain_text("3")
    expect(looking.page.locator('#chips [data-show="all"]')).to_contain_text("5")


def test_a_prompt_that_was_typed_survives_a_step_and_escape(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(3)
    complete(job, [0])
    fail(job, [1, 2])
    looking = LookingPage(open_sheet(job))
    prompt = looking.page.locator("#rerun-prompt")
    looking.sheet.tile(1).locator("[data-edits]").click()
    expect(prompt).to_be_focused()
    prompt.fill("a lighthouse at dawn")
    looking.press("Escape")
    expect(looking.loupe).to_be_hidden()
    looking.sheet.start_at(2)
    looking.press("Enter")
    expect(looking.page.locator('#loupe-facts[data-position="2"]')).to_be_visible()
    expect(prompt).not_to_have_value("a lighthouse at dawn")
    looking.press("ArrowLeft")
    expect(prompt).to_have_value("a lighthouse at dawn")
