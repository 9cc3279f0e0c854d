"""Updates arrive while a person works: nothing jumps, nothing is lost, nothing is missed."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import APIResponse, Route, expect

from app.curation.forms import Change
from app.curation.marks import change_marks
from app.generation.states import Mark
from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.sheet_page import MARK_REQUEST, SheetPage
from tests.services.application import MakeJob, Team
from tests.web.curation.filling import complete, fail, generate, number_all

TAGGED = "element => { element.tagged = true }"
STILL_TAGGED = "element => element.tagged === true"


def test_a_picture_appears_without_a_reload(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2, 2)
    sheet = open_sheet(job)
    expect(sheet.tile(1)).to_contain_text("queued")
    generate(job, [1])
    expect(sheet.tile(1)).to_contain_text("generating")
    complete(job, [1])
    expect(sheet.tile(1).locator("img.tile-picture")).to_be_visible()
    expect(sheet.page.locator("#job-head")).to_contain_text("1 of 4")


def test_focus_selection_scroll_and_loupe_survive_an_update(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(60)
    complete(job, range(40))
    sheet = open_sheet(job)
    sheet.start_at(35)
    sheet.press("Space", "ArrowRight", "Space")
    scroll = sheet.page.evaluate("scrollY")
    assert scroll > 0
    sheet.tile(36).evaluate(TAGGED)
    complete(job, range(40, 60))
    sheet.poll()
    expect(sheet.tile(59).locator("img")).to_have_count(1)
    sheet.expect_focus(36)
    assert sheet.selected() == [35, 36]
    assert sheet.page.evaluate("scrollY") == scroll
    assert sheet.tile(36).evaluate(STILL_TAGGED)


def test_the_focused_tile_itself_changes_under_the_focus(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(4)
    complete(job, [0])
    sheet = open_sheet(job)
    sheet.start_at(2)
    sheet.press("Space")
    complete(job, [2])
    sheet.poll()
    expect(sheet.tile(2)).to_have_attribute("data-state", "completed")
    sheet.expect_focus(2)
    assert sheet.selected() == [2]
    expect(sheet.page.locator('.tile[tabindex="0"]')).to_have_count(1)
    sheet.press("p")
    sheet.expect_saved("none", "none", "keep", "none")


def test_a_change_of_a_tile_does_not_load_its_picture_again(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2)
    complete(job, [0])
    sheet = open_sheet(job)
    expect(sheet.tile(0).locator("img")).to_be_visible()
    sheet.page.wait_for_function("document.querySelector('.tile-picture').complete")
    sheet.tile(0).locator("img").evaluate(TAGGED)
    loads: list[str] = []
    sheet.page.on("request", lambda request: loads.append(request.url) if "/media/" in request.url else None)
    sheet.start_at(0)
    sheet.press("p")
    sheet.expect_saved("keep", "none")
    sheet.poll()
    sheet.expect_mark(0, "keep")
    assert sheet.tile(0).locator("img").evaluate(STILL_TAGGED)
    assert loads == []


def test_a_mark_on_its_way_is_not_undone_by_an_older_answer(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(3)
    complete(job, [0])
    sheet = open_sheet(job)
    held = sheet.hold_first(MARK_REQUEST)
    sheet.start_at(0)
    sheet.press("p")
    complete(job, [1])
    sheet.poll()
    expect(sheet.tile(1)).to_have_attribute("data-state", "completed")
    sheet.expect_mark(0, "keep")
    expect(sheet.page.locator("#dock-counts")).to_contain_text("1 kept")
    sheet.wait_for(held).continue_()
    sheet.expect_saved("keep", "none", "none")
    expect(sheet.tile(0)).not_to_have_attribute("data-pending", "")
    sheet.expect_mark(0, "keep")
    expect(sheet.page.locator("#dock-counts")).to_contain_text("1 kept")
    expect(sheet.tile(0)).to_have_attribute("data-mark", "keep")


def test_an_answer_older_than_the_tile_is_dropped(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2)
    complete(job, [0])
    sheet = open_sheet(job)
    held = sheet.hold_first("**/changes*")
    complete(job, [1])
    late = sheet.wait_for(held)
    old = late.fetch()
    sheet.start_at(0)
    sheet.press("p")
    sheet.expect_saved("keep", "none")
    expect(sheet.tile(0)).not_to_have_attribute("data-pending", "")
    late.fulfill(response=old)
    expect(sheet.tile(1)).to_have_attribute("data-state", "completed")
    sheet.expect_mark(0, "keep")
    expect(sheet.page.locator("#dock-counts")).to_contain_text("1 kept")


def page_at_the_end(sheet: SheetPage) -> tuple[Route, APIResponse]:
    """Go to the end: the tiles there are rendered, and have not arrived."""
    expect(sheet.tile(150)).to_be_attached()
    held = sheet.hold_first("**/tiles?*")
    sheet.press("Control+End")
    late = sheet.wait_for(held)
    return late, late.fetch()


def test_a_change_before_the_page_it_is_on_arrives_is_not_missed(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(600)
    complete(job, [0])
    sheet = open_sheet(job)
    late, rendered = page_at_the_end(sheet)
    complete(job, [595])
    sheet.poll()
    late.fulfill(response=rendered)
    expect(sheet.tile(595)).to_have_attribute("data-state", "completed")
    sheet.expect_focus(599)


Overtaken = tuple[SheetPage, Route, APIResponse]


@pytest.fixture
def overtaken(make_job: MakeJob, open_sheet: OpenSheet, team: Team) -> Overtaken:
    """The sheet of an ended job: a picture is kept after the tiles it is among were rendered and before they arrive."""
    job = make_job(600)
    number_all(job)
    sheet = open_sheet(job)
    late, rendered = page_at_the_end(sheet)
    kept = [Change([595], "mark", Mark.KEEP)]
    change_marks(job.id, kept, workspace_id=team.workspace_id, actor=team.actor)
    return sheet, late, rendered


def test_a_mark_before_the_page_it_is_on_arrives_is_not_missed_when_the_job_has_ended(overtaken: Overtaken) -> None:
    sheet, late, rendered = overtaken
    with sheet.page.expect_response("**/changes*"):
        sheet.page.evaluate("document.dispatchEvent(new CustomEvent('jobChanged'))")
    late.fulfill(response=rendered)
    sheet.expect_mark(595, "keep")


def test_nor_is_it_where_the_page_arrives_while_the_changes_are_on_their_way(overtaken: Overtaken) -> None:
    sheet, late, rendered = overtaken
    sheet.page.route("**/nothing", lambda route: route.continue_())  # with the last route all that is held would go on
    held = sheet.hold_first("**/changes*")
    sheet.page.evaluate("document.dispatchEvent(new CustomEvent('jobChanged'))")
    asked = sheet.wait_for(held)
    changes = asked.fetch()
    late.fulfill(response=rendered)
    expect(sheet.tile(595)).to_be_attached()
    asked.fulfill(response=changes)
    sheet.expect_mark(595, "keep")


def test_polling_stops_when_the_job_has_ended_and_says_so(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2)
    complete(job, [0])
    sheet = open_sheet(job)
    expect(sheet.page.locator("#updates")).to_have_attribute("hx-trigger", "every 3s")
    complete(job, [1])
    expect(sheet.page.locator("#updates")).not_to_have_attribute("hx-trigger", "every 3s")
    sheet.expect_said("The job is done")
    expect(sheet.page.locator("#job-head")).to_contain_text("completed")


def test_another_device_sees_the_same_marks(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(3)
    complete(job, [0, 1])
    one, other = open_sheet(job), open_sheet(job, phone=True)
    one.start_at(0)
    one.press("p", "x")
    other.expect_mark(0, "keep")
    other.expect_mark(1, "reject")
    expect(other.page.locator("#dock-counts")).to_contain_text("1 kept")


def test_on_a_phone_a_tap_opens_the_loupe_and_three_tiles_make_a_row(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(6)
    complete(job)
    sheet = open_sheet(job, phone=True)
    boxes = [sheet.tile(position).bounding_box() for position in range(4)]
    tops = [box["y"] for box in boxes if box]
    assert tops[0] == tops[1] == tops[2] < tops[3]
    sheet.tile(1).tap()
    expect(sheet.loupe).to_be_visible()
    sheet.page.get_by_role("button", name="Keep").tap()
    sheet.expect_saved("none", "keep", *["none"] * 4)
    assert sheet.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("phone", [False, True])
def test_the_sheet_is_accessible(make_job: MakeJob, open_sheet: OpenSheet, *, phone: bool) -> None:
    job = make_job(3, 2)
    complete(job, range(4))
    fail(job, [4])
    generate(job, [5])
    sheet = open_sheet(job, phone=phone)
    sheet.start_at(0)
    sheet.press("p", "x")
    sheet.expect_saved("keep", "reject", *["none"] * 4)
    results = Axe().run(sheet.page)
    assert results.violations_count == 0, results.generate_report()


def test_what_a_person_starts_on_an_ended_job_shows_without_a_reload(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2)
    complete(job, [0])
    fail(job, [1], error_type="transient")
    sheet = open_sheet(job)
    expect(sheet.page.locator("#updates")).not_to_have_attribute("hx-trigger", "every 3s")
    sheet.tile(1).get_by_role("button", name="Run again").click()
    expect(sheet.tile(1)).to_have_attribute("data-state", "queued")
    expect(sheet.page.locator("#updates")).to_have_attribute("hx-trigger", "every 3s")
    complete(job, [1])
    expect(sheet.tile(1)).to_have_attribute("data-state", "completed")


def test_publishing_shows_on_the_tiles_without_a_reload(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2)
    complete(job)
    sheet = open_sheet(job)
    sheet.start_at(0)
    sheet.press("p", "Shift+Enter")
    sheet.page.get_by_role("button", name="Publish 1 page").click()
    expect(sheet.tile(0)).to_contain_text("writing…")
    expect(sheet.page.locator("#publish-panel")).to_be_visible()
    expect(sheet.page.locator("#updates")).to_have_attribute("hx-trigger", "every 3s")
