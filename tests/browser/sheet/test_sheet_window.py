"""Ten thousand images on one sheet: a window of its tiles is in the document, and everything works on all of them."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from app.core.clock import utc_now
from app.core.database import transaction
from app.curation.forms import Change
from app.curation.marks import change_marks
from app.curation.runs import parse_runs
from app.generation.models import Image, Job
from app.generation.states import Mark
from app.publishing.purge import purge_image_now
from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.sheet_page import MARK_REQUEST, SheetPage
from tests.services.application import MakeJob, Team
from tests.services.waiting import wait_until
from tests.web.curation.filling import fresh, images_of, number_all

MOST = 300
LAST = 9999

Many = Callable[..., SheetPage]


@pytest.fixture
def many(make_job: MakeJob, open_sheet: OpenSheet) -> Many:
    """A sheet of so many pictures, four to a prompt, with the focus on the first."""

    def open_(images: int = 400, **how: object) -> SheetPage:
        job = make_job(images // 4, 4, **{key: how.pop(key) for key in ("width", "height") if key in how})
        number_all(job)
        return open_sheet(job, **how)

    return open_


def test_ten_thousand_images_are_one_sheet(many: Many) -> None:
    sheet = many(LAST + 1)
    page = sheet.page
    expect(sheet.tile(0)).to_be_focused()
    lines = int(page.locator("#sheet").get_attribute("aria-rowcount") or 0)
    assert lines == -(-(LAST + 1) // sheet.columns())
    pitch = page.evaluate("parseFloat(document.getElementById('prompts').style.getPropertyValue('--pitch'))")
    assert page.evaluate("document.getElementById('prompts').offsetHeight") == pytest.approx(lines * pitch, abs=2)

    sheet.press("Control+End")
    sheet.expect_focus(LAST)
    expect(sheet.tile(LAST)).to_be_in_viewport(ratio=1)
    assert sheet.tiles_in_document() <= MOST
    sheet.press("Control+Home")
    sheet.expect_focus(0)
    expect(sheet.tile(0)).to_be_in_viewport(ratio=1)

    sheet.scroll_to(lines * pitch / 2)
    places = wait_until(lambda: _on_the_screen(page), what="the tiles in the middle")
    assert 4900 < min(places) < max(places) < 5100
    assert sheet.tiles_in_document() <= MOST


def _on_the_screen(page: Page) -> list[int]:
    places: list[int] = page.evaluate(
        "[...document.querySelectorAll('.tile')].filter(tile => { const box = tile.getBoundingClientRect();"
        " return box.bottom > 0 && box.top < innerHeight }).map(tile => Number(tile.dataset.position))"
    )
    return places


def test_all_of_ten_thousand_are_marked_and_taken_back_at_once(many: Many) -> None:
    sheet = many(LAST + 1)
    page = sheet.page
    sheet.expect_focus(0)
    sheet.press("Control+a")
    expect(page.locator("#selected-count")).to_have_text("All 10,000 matching selected")
    sheet.press("p")
    wait_until(lambda: fresh(sheet.job).kept_count == LAST + 1, what="every picture kept")
    sheet.expect_said("10,000 kept")
    expect(page.locator("#dock-counts")).to_contain_text("10,000 kept")
    expect(page.locator('.tile:not([data-mark="keep"])')).to_have_count(0)

    sheet.press("Control+z")
    wait_until(lambda: fresh(sheet.job).kept_count == 0, what="every mark taken back")
    expect(page.locator('.tile[data-mark="keep"]')).to_have_count(0)


def test_the_document_stays_bounded_from_the_top_to_the_end(many: Many) -> None:
    sheet = many(2000)
    page = sheet.page
    seen = 0
    end = page.evaluate("document.documentElement.scrollHeight - innerHeight")
    for top in range(0, int(end) + 1400, 1400):
        sheet.scroll_to(top)
        page.evaluate("new Promise(requestAnimationFrame)")
        seen = max(seen, sheet.tiles_in_document())
    expect(sheet.tile(1999)).to_be_in_viewport()
    assert seen <= MOST


def test_empty_frames_stand_where_tiles_are_still_loading(many: Many) -> None:
    sheet = many(2000)
    held = sheet.hold_first("**/tiles?*")
    height = sheet.page.evaluate("document.documentElement.scrollHeight")
    sheet.press("Control+End")
    sheet.wait_for(held)
    assert sheet.page.evaluate("document.documentElement.scrollHeight") == height
    assert sheet.page.evaluate("scrollY + innerHeight") == pytest.approx(height, abs=80)
    held[0].continue_()
    sheet.expect_focus(1999)


def test_keys_typed_before_their_tiles_are_there_wait_and_mark_what_they_were_meant_for(many: Many) -> None:
    sheet = many(2000)
    held = sheet.hold_first("**/tiles?*")
    sheet.press("Control+End", "ArrowLeft", "ArrowLeft", "p", "x")
    late = sheet.wait_for(held)
    assert fresh(sheet.job).kept_count == 0
    late.continue_()
    wait_until(lambda: fresh(sheet.job).rejected_count == 1, what="both marks")
    marks = {image.position: image.mark for image in images_of(sheet.job) if image.mark != "none"}
    assert marks == {1997: "keep", 1998: "reject"}
    sheet.expect_focus(1999)


def test_keys_quicker_than_frames_lead_over_the_end_of_the_screen(many: Many) -> None:
    sheet = many()
    sheet.press_in_one_task("p", times=60)
    sheet.expect_focus(60)
    expect(sheet.tile(60)).to_be_in_viewport(ratio=1)
    wait_until(lambda: fresh(sheet.job).kept_count == 60, what="all the marks")
    assert {image.position for image in images_of(sheet.job) if image.mark == "keep"} == set(range(60))


def test_keys_whose_picture_cannot_be_loaded_mark_nothing(many: Many) -> None:
    sheet = many(2000)
    sheet.page.route("**/tiles?*", lambda route: route.abort())
    sheet.press("Control+End")
    sheet.press_in_one_task("p", times=3)  # all of them before the answer that does not come
    sheet.expect_said("The picture could not be loaded. Nothing was marked")
    sheet.page.unroute("**/tiles?*")
    expect(sheet.tile(1999)).to_be_attached(timeout=8000)
    sheet.expect_focus(1999)
    assert fresh(sheet.job).kept_count + fresh(sheet.job).rejected_count == 0


def test_keys_after_the_last_picture_that_could_be_loaded_mark_nothing(many: Many) -> None:
    sheet = many(2000)
    expect(sheet.tile(150)).to_be_attached()
    sheet.page.route("**/tiles?*", lambda route: route.abort())
    last = int(sheet.page.locator(".tile").last.get_attribute("data-position") or 0)
    sheet.start_at(last)
    sheet.page.evaluate(
        """() => {
            for (const key of ["p", "x"]) document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        }"""
    )
    expect(sheet.page.locator("#announcer")).to_contain_text("The next picture could not be loaded", timeout=15_000)
    sheet.expect_mark(last, "keep")
    wait_until(lambda: fresh(sheet.job).kept_count == 1, what="the mark")
    assert fresh(sheet.job).rejected_count == 0


def test_a_picture_scrolled_out_of_sight_is_brought_back_before_anything_is_decided(many: Many) -> None:
    sheet = many(2000)
    sheet.press("ArrowRight")
    sheet.scroll_to(20000)
    expect(sheet.tile(1)).not_to_be_attached()
    expect(sheet.page.locator("#sheet")).to_be_focused()
    sheet.press("p")
    sheet.expect_focus(1)
    expect(sheet.tile(1)).to_be_in_viewport(ratio=1)
    sheet.expect_mark(1, None)
    sheet.press("p")
    sheet.expect_mark(1, "keep")
    wait_until(lambda: fresh(sheet.job).kept_count == 1, what="one mark")


def test_an_arrow_leads_on_from_the_focused_picture_wherever_the_screen_is(many: Many) -> None:
    sheet = many(2000)
    sheet.press("ArrowRight")
    sheet.scroll_to(20000)
    expect(sheet.page.locator("#sheet")).to_be_focused()
    sheet.press("ArrowRight")
    sheet.expect_focus(2)


def test_a_range_reaches_over_pictures_that_were_never_loaded_and_is_taken_back_exactly(many: Many) -> None:
    sheet = many(2000)
    sheet.press("ArrowRight", "ArrowRight", "x", "ArrowLeft")
    wait_until(lambda: fresh(sheet.job).rejected_count == 1, what="the first mark")
    sheet.press("Control+Shift+End")
    expect(sheet.page.locator("#selected-count")).to_have_text("1,998 selected")
    sheet.press("p", "Escape")
    wait_until(lambda: fresh(sheet.job).kept_count == 1998, what="the range")
    sheet.press("Control+z")
    wait_until(lambda: fresh(sheet.job).kept_count == 0, what="the range taken back")
    assert fresh(sheet.job).rejected_count == 1
    sheet.press("Control+y")
    wait_until(lambda: fresh(sheet.job).kept_count == 1998, what="the range again")


@pytest.mark.parametrize("change", ["size", "window"])
def test_the_focused_picture_stays_in_place_when_columns_change(many: Many, change: str) -> None:
    sheet = many(2000)
    for _ in range(12):
        sheet.press("ArrowDown")
    wait_until(lambda: sheet.focused() >= 0, what="the focused picture")
    position = sheet.focused()
    top = sheet.tile(position).bounding_box()
    columns = sheet.columns()
    if change == "size":
        sheet.page.evaluate("document.documentElement.style.setProperty('--tile', '110px')")
    else:
        sheet.page.set_viewport_size({"width": 760, "height": 800})
    wait_until(lambda: sheet.columns() != columns, what="other columns")
    sheet.expect_focus(position)
    after = sheet.tile(position).bounding_box()
    assert top
    assert after
    assert after["y"] == pytest.approx(top["y"], abs=3)


def test_a_range_whose_answer_was_lost_is_undone_exactly(many: Many, team: Team) -> None:
    sheet = many(2000)
    kept = [Change(range(700, 800), "mark", Mark.KEEP)]
    change_marks(sheet.job.id, kept, workspace_id=team.workspace_id, actor=team.actor)
    held = sheet.hold_first(MARK_REQUEST)
    sheet.press("Control+a", "x")
    route = sheet.wait_for(held)
    route.fetch()
    assert fresh(sheet.job).rejected_count == 2000
    route.abort("connectionreset")
    sheet.press("Control+z")
    wait_until(lambda: fresh(sheet.job).rejected_count == 0, what="the range undone")
    assert fresh(sheet.job).kept_count == 100


def test_a_reload_returns_to_where_one_was(many: Many) -> None:
    sheet = many(2000)
    sheet.scroll_to(9000)
    seen = wait_until(lambda: _on_the_screen(sheet.page), what="the tiles of the place")
    position = seen[len(seen) // 2]
    sheet.tile(position).click()
    before = sheet.tile(position).bounding_box()
    sheet.page.reload()
    sheet.expect_focus(position)
    after = sheet.tile(position).bounding_box()
    assert before
    assert after
    assert after["y"] == pytest.approx(before["y"], abs=3)


def test_a_link_to_a_picture_leads_to_it_wherever_it_is(many: Many) -> None:
    sheet = many(800)
    target = images_of(sheet.job)[777]
    sheet.page.goto("about:blank")
    sheet.page.goto(f"/jobs/{sheet.job.id}/#image-{target.id}")
    sheet.expect_focus(777)
    expect(sheet.tile(777)).to_be_in_viewport()


def test_lines_and_cells_say_where_they_are(many: Many) -> None:
    sheet = many(2000)
    sheet.press("Control+End")
    sheet.expect_focus(1999)
    grid, columns = sheet.page.locator("#sheet"), sheet.columns()
    expect(grid).to_have_attribute("aria-rowcount", str(-(-2000 // columns)))
    line = sheet.page.locator(".line", has=sheet.tile(1999))
    expect(line).to_have_attribute("aria-rowindex", str(1999 // columns + 1))
    expect(sheet.tile(1999)).to_have_attribute("aria-colindex", str(1999 % columns + 1))


def test_on_a_phone_it_is_three_to_a_row_and_bounded_too(many: Many) -> None:
    sheet = many(2000, phone=True)
    assert sheet.columns() == 3
    sheet.scroll_to(40000)
    expect(sheet.page.locator(".tile").nth(40)).to_be_attached()
    assert sheet.tiles_in_document() <= MOST
    assert sheet.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_pictures_of_another_shape_keep_the_cells_equal(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job: Job = make_job(20, width=1536, height=1024)
    number_all(job)
    sheet = open_sheet(job)
    heights = {round(box["height"]) for position in range(12) if (box := sheet.tile(position).bounding_box())}
    assert len(heights) == 1


def test_what_is_gone_for_good_meanwhile_makes_room_and_is_asked_for_once(many: Many, team: Team) -> None:
    sheet = many(600)
    job = sheet.job
    expect(sheet.tile(150)).to_be_attached()
    with transaction() as session:
        session.execute(update(Image).where(Image.job_id == job.id, Image.position == 595).values(trashed_at=utc_now()))
        session.execute(update(Job).where(Job.id == job.id).values(trashed_count=1))
    [gone] = images_of(job, [595])
    assert purge_image_now(gone.id, workspace_id=team.workspace_id, actor=team.actor)
    asked: list[str] = []
    sheet.page.on("request", lambda request: asked.append(request.url) if asks_for(request.url, 595) else None)
    sheet.press("Control+End")
    sheet.expect_focus(599)
    sheet.press(*["ArrowLeft"] * 4)
    sheet.expect_focus(594)
    sheet.press("p")
    sheet.expect_focus(596)
    assert len(asked) == 1


def asks_for(url: str, position: int) -> bool:
    """Whether the tile of a position is asked for."""
    address = urlsplit(url)
    return address.path.endswith("/tiles") and position in parse_runs(parse_qs(address.query)["at"][0], most=MOST)
