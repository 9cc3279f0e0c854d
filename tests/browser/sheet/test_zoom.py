"""100 % at the pointer, pan and pinch: the picture is read pixel by pixel without losing one's place."""

import pytest
from playwright.sync_api import expect

from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.looking_page import LookingPage
from tests.services.application import MakeJob
from tests.web.curation.filling import complete, plain_picture

LARGE = 2400


@pytest.fixture
def looking(make_job: MakeJob, open_sheet: OpenSheet) -> LookingPage:
    """Three large pictures; the loupe is open on the first."""
    return open_large(make_job, open_sheet)


def open_large(make_job: MakeJob, open_sheet: OpenSheet, *, phone: bool = False, size: int = LARGE) -> LookingPage:
    job = make_job(3)
    complete(job, picture=lambda _image: plain_picture("#35586c", size))
    looking = LookingPage(open_sheet(job, phone=phone))
    looking.sheet.start_at(0)
    looking.press("Enter")
    looking.expect_shown(0)
    return looking


def test_at_first_all_of_the_picture_is_shown_as_large_as_it_fits(looking: LookingPage) -> None:
    box = looking.pane.box()
    assert box["height"] == pytest.approx(box["stage"]["height"], abs=1)
    assert box["width"] == pytest.approx(box["height"], abs=1)
    assert looking.pane.centre() == pytest.approx((0.5, 0.5), abs=0.01)


def test_z_shows_100_percent_at_the_pointer_and_all_of_it_again(looking: LookingPage) -> None:
    at = looking.hover_fraction(looking.pane, 0.25, 0.7)
    looking.press("z")
    assert looking.pane.box()["percent"] == pytest.approx(100, abs=0.2)
    assert looking.pane.fraction_at(*at) == pytest.approx((0.25, 0.7), abs=0.01)
    expect(looking.loupe.locator("[data-shows-zoom]")).to_have_text("100 %")
    expect(looking.button(looking.loupe, "Original size")).to_have_attribute("aria-pressed", "true")
    looking.press("z")
    assert looking.pane.centre() == pytest.approx((0.5, 0.5), abs=0.01)
    assert looking.pane.box()["percent"] < 50


def test_without_a_pointer_the_middle_is_shown(looking: LookingPage) -> None:
    looking.page.mouse.move(1, 1)
    looking.loupe.locator(".strip-thumb >> nth=0").hover()
    looking.press("z")
    assert looking.pane.centre() == pytest.approx((0.5, 0.5), abs=0.01)


def test_100_percent_are_pixels_of_the_screen(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    looking = open_large(make_job, open_sheet)
    session = looking.page.context.new_cdp_session(looking.page)
    screen = {"width": 1200, "height": 800, "deviceScaleFactor": 2, "mobile": False}
    session.send("Emulation.setDeviceMetricsOverride", screen)
    looking.press("z")
    box = looking.pane.box()
    assert box["width"] == pytest.approx(LARGE / 2, abs=1)
    expect(looking.loupe.locator("[data-shows-zoom]")).to_have_text("100 %")


def test_a_picture_that_is_smaller_than_the_stage_is_zoomed_to_the_next_hundred(
    make_job: MakeJob, open_sheet: OpenSheet
) -> None:
    looking = open_large(make_job, open_sheet, size=500)
    assert 100 < looking.pane.box()["percent"] < 150
    looking.press("z")
    assert looking.pane.box()["percent"] == pytest.approx(200, abs=0.5)


def test_zoomed_in_the_original_is_shown_and_stays_when_zoomed_out(looking: LookingPage) -> None:
    expect(looking.pane.file).to_have_attribute("data-file", looking.sheet.tile(0).get_attribute("data-large") or "")
    looking.press("z")
    expect(looking.pane.file).to_have_attribute("data-file", original(looking, 0))
    looking.pane.expect_ready()
    looking.press("z")
    expect(looking.pane.locator.locator("img[data-file]")).to_have_count(1)
    expect(looking.pane.file).to_have_attribute("data-file", original(looking, 0))


def original(looking: LookingPage, position: int) -> str:
    return (looking.sheet.tile(position).get_attribute("data-large") or "").replace("/large", "/original")


def test_dragging_moves_the_picture_under_the_pointer_but_never_past_its_edge(looking: LookingPage) -> None:
    looking.press("z")
    before = looking.pane.box()
    looking.drag(looking.pane, -150, 90)
    after = looking.pane.box()
    assert after["left"] - before["left"] == pytest.approx(-150, abs=2)
    assert after["top"] - before["top"] == pytest.approx(90, abs=2)
    looking.drag(looking.pane, 5000, 5000)
    box = looking.pane.box()
    assert box["left"] == pytest.approx(box["stage"]["left"], abs=1)
    assert box["top"] == pytest.approx(box["stage"]["top"], abs=1)
    assert looking.pane.box()["percent"] == pytest.approx(100, abs=0.2)


def test_a_click_zooms_and_a_drag_does_not(looking: LookingPage) -> None:
    at = looking.hover_fraction(looking.pane, 0.6, 0.4)
    looking.page.mouse.click(*at)
    assert looking.pane.box()["percent"] == pytest.approx(100, abs=0.2)
    assert looking.pane.fraction_at(*at) == pytest.approx((0.6, 0.4), abs=0.01)
    looking.page.mouse.click(*at)
    assert looking.pane.box()["percent"] < 50


def test_arrows_pan_while_zoomed_and_page_keys_step_keeping_zoom_and_place(looking: LookingPage) -> None:
    looking.press("z", "ArrowRight", "ArrowDown")
    x, y = looking.pane.centre()
    assert x > 0.52
    assert y > 0.52
    looking.expect_shown(0)
    looking.press("PageDown")
    looking.expect_shown(1)
    assert looking.pane.box()["percent"] == pytest.approx(100, abs=0.2)
    assert looking.pane.centre() == pytest.approx((x, y), abs=0.01)
    looking.button(looking.loupe, "Next picture").click()
    looking.expect_shown(2)
    assert looking.pane.centre() == pytest.approx((x, y), abs=0.01)
    looking.press("ArrowLeft", "ArrowUp", "PageUp")
    looking.expect_shown(1)
    assert looking.pane.centre() == pytest.approx((0.5, 0.5), abs=0.01)


def test_a_mark_while_zoomed_goes_on_to_the_same_part_of_the_next_picture(looking: LookingPage) -> None:
    looking.press("z", "ArrowRight")
    centre = looking.pane.centre()
    looking.press("p")
    looking.expect_shown(1)
    assert looking.pane.centre() == pytest.approx(centre, abs=0.01)
    looking.sheet.expect_saved("keep", "none", "none")


def test_escape_first_shows_all_of_it_then_closes(looking: LookingPage) -> None:
    looking.press("z", "Escape")
    expect(looking.loupe).to_be_visible()
    assert looking.pane.box()["percent"] < 50
    looking.press("Escape")
    expect(looking.loupe).to_be_hidden()
    looking.sheet.expect_focus(0)


def test_the_next_time_the_loupe_opens_it_shows_all_of_the_picture(looking: LookingPage) -> None:
    looking.press("z", "Enter", "Enter")
    assert looking.pane.box()["percent"] < 50


def test_the_wheel_zooms_with_ctrl_at_the_pointer_and_pans_without(looking: LookingPage) -> None:
    at = looking.hover_fraction(looking.pane, 0.3, 0.3)
    looking.page.keyboard.down("Control")
    looking.page.mouse.wheel(0, -120)
    looking.page.mouse.wheel(0, -120)
    looking.page.keyboard.up("Control")
    zoomed = looking.pane.box()
    assert zoomed["width"] > 1.5 * zoomed["stage"]["height"]
    assert looking.pane.fraction_at(*at) == pytest.approx((0.3, 0.3), abs=0.01)
    looking.page.mouse.wheel(40, 60)
    panned = looking.pane.box()
    assert panned["left"] - zoomed["left"] == pytest.approx(-40, abs=2)
    assert panned["top"] - zoomed["top"] == pytest.approx(-60, abs=2)
    looking.page.keyboard.down("Control")
    looking.page.mouse.wheel(0, 3000)
    looking.page.keyboard.up("Control")
    assert looking.pane.box()["height"] == pytest.approx(zoomed["stage"]["height"], abs=1)


def test_a_pinch_zooms_between_the_fingers_and_a_double_tap_goes_back(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    looking = open_large(make_job, open_sheet, phone=True)
    stage = looking.pane.box()["stage"]
    x, y = stage["left"] + stage["width"] / 2, stage["top"] + stage["height"] / 2
    whole = looking.pane.box()["width"]
    spread = [[(x - by, y), (x + by, y)] for by in (20, 25, 30, 40, 50, 60)]
    looking.fingers(*spread)
    assert looking.pane.box()["width"] == pytest.approx(3 * whole, rel=0.1)
    assert looking.pane.fraction_at(x, y) == pytest.approx((0.5, 0.5), abs=0.03)
    looking.expect_shown(0)
    looking.fingers([(x, y)], [(x - 30, y)], [(x - 90, y)])
    looking.expect_shown(0)
    assert looking.pane.centre()[0] > 0.55
    looking.fingers([(x, y)])
    looking.fingers([(x, y)])
    assert looking.pane.box()["width"] == pytest.approx(whole, abs=1)
    looking.fingers([(x, y)])
    looking.fingers([(x, y)])
    assert looking.pane.box()["percent"] == pytest.approx(100, abs=0.5)


def test_the_zoom_survives_updates_and_a_change_of_the_window(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(3)
    complete(job, [0], picture=lambda _image: plain_picture("#35586c", LARGE))
    looking = LookingPage(open_sheet(job))
    looking.sheet.start_at(0)
    looking.press("Enter", "z", "ArrowRight", "ArrowRight")
    centre = looking.pane.centre()
    complete(job, [1])
    looking.sheet.poll()
    expect(looking.loupe.locator(".strip-thumb")).to_have_count(2)
    looking.press("i")
    assert looking.pane.box()["percent"] == pytest.approx(100, abs=0.2)
    assert looking.pane.centre() == pytest.approx(centre, abs=0.05)
    looking.press("z")
    box = looking.pane.box()
    assert box["height"] == pytest.approx(min(box["stage"]["height"], box["stage"]["width"]), abs=1)
