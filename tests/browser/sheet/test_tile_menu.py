"""The menu of a picture that is held on a touch screen."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.sheet_page import SheetPage
from tests.services.application import MakeJob
from tests.services.waiting import wait_until
from tests.web.curation.filling import complete, images_of

NONE = "none"


@pytest.fixture
def sheet(make_job: MakeJob, open_sheet: OpenSheet) -> SheetPage:
    job = make_job(5)
    complete(job, range(4))
    return open_sheet(job, phone=True)


@pytest.fixture
def menu(sheet: SheetPage) -> Locator:
    return sheet.page.locator("#tile-menu")


def hold(sheet: SheetPage, position: int) -> None:
    """Hold a finger on a tile until its menu is there, then lift it."""
    tile = sheet.tile(position)
    box = tile.bounding_box()
    assert box is not None
    touch = {
        "pointerType": "touch",
        "isPrimary": True,
        "bubbles": True,
        "clientX": box["x"] + 40,
        "clientY": box["y"] + 40,
    }
    tile.dispatch_event("pointerdown", touch)
    expect(sheet.page.locator("#tile-menu")).to_be_visible()
    tile.dispatch_event("pointerup", touch)


@pytest.mark.parametrize(("item", "mark"), [("Keep", "keep"), ("Reject", "reject")])
def test_holding_opens_a_menu_that_marks(sheet: SheetPage, menu: Locator, item: str, mark: str) -> None:
    hold(sheet, 1)
    expect(menu).to_be_in_viewport(ratio=1)
    expect(menu).to_contain_text("1")
    menu.get_by_role("button", name=item).tap()
    expect(menu).to_be_hidden()
    sheet.expect_saved(NONE, mark, NONE, NONE, NONE)
    hold(sheet, 1)
    expect(menu.get_by_role("button", name=item)).to_have_attribute("aria-pressed", "true")
    menu.get_by_role("button", name="Clear the mark").tap()
    sheet.expect_saved(*[NONE] * 5)


def test_stars_are_given_from_the_menu(sheet: SheetPage, menu: Locator) -> None:
    hold(sheet, 0)
    menu.get_by_role("button", name="4 stars").tap()
    wait_until(lambda: images_of(sheet.job)[0].rating == 4, what="four stars")
    hold(sheet, 0)
    expect(menu.get_by_role("button", name="4 stars")).to_have_attribute("aria-pressed", "true")
    expect(menu.locator("[data-lit]")).to_have_count(4)


def test_what_is_selected_is_meant_together(sheet: SheetPage, menu: Locator) -> None:
    hold(sheet, 1)
    menu.get_by_role("button", name="Select", exact=True).tap()
    sheet.tile(2).tap()
    hold(sheet, 2)
    expect(menu).to_contain_text("2 selected pictures")
    menu.get_by_role("button", name="Reject").tap()
    sheet.expect_saved(NONE, "reject", "reject", NONE, NONE)


def test_a_picture_goes_to_the_trash_and_comes_back(sheet: SheetPage, menu: Locator) -> None:
    hold(sheet, 3)
    menu.get_by_role("button", name="Move to the trash").tap()
    wait_until(lambda: images_of(sheet.job)[3].trashed_at, what="the trash")
    sheet.page.locator(".toast").get_by_role("button", name="Undo").tap()
    wait_until(lambda: not images_of(sheet.job)[3].trashed_at, what="the way back")


def test_the_loupe_opens_from_the_menu(sheet: SheetPage, menu: Locator) -> None:
    hold(sheet, 2)
    menu.get_by_role("button", name="Look at it large").tap()
    expect(sheet.loupe).to_be_visible()


def test_what_has_no_picture_offers_no_marks(sheet: SheetPage, menu: Locator) -> None:
    hold(sheet, 4)
    expect(menu.get_by_role("button", name="Keep")).to_be_hidden()
    expect(menu.get_by_role("button", name="Select", exact=True)).to_be_visible()


def test_a_touch_elsewhere_closes_the_menu(sheet: SheetPage, menu: Locator) -> None:
    hold(sheet, 0)
    sheet.page.locator("h1").tap()
    expect(menu).to_be_hidden()


def test_on_a_phone_the_dock_holds_counts_and_one_button_and_the_tools_scroll(sheet: SheetPage) -> None:
    page = sheet.page
    expect(page.locator("#dock-counts")).to_be_in_viewport(ratio=1)
    expect(page.locator("#publish-open")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#auto-advance").scroll_into_view_if_needed()
    expect(page.locator("#auto-advance")).to_be_in_viewport()
    page.locator("#help-open").scroll_into_view_if_needed()
    expect(page.locator("#help-open")).to_be_in_viewport()
