"""What the mouse and the finger reach: selections, images that failed, the loupe at the original size."""

from playwright.sync_api import Locator, expect

from tests.browser.sheet.conftest import OpenSheet
from tests.services.application import MakeJob
from tests.web.curation.filling import complete, fail, images_of

NONE = "none"


def test_what_is_done_to_a_selected_tile_is_done_to_the_selection(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2, 3)
    complete(job)
    sheet = open_sheet(job)
    sheet.tile(1).click()
    sheet.tile(3).click(modifiers=["Shift"])
    bar = sheet.page.locator("#dock-selection")
    expect(bar).to_contain_text("3 selected")
    sheet.tile(2).get_by_role("button", name="Keep").click()
    sheet.expect_saved(NONE, "keep", "keep", "keep", NONE, NONE)
    sheet.tile(5).hover()
    sheet.tile(5).get_by_role("button", name="Reject").click()
    sheet.expect_saved(NONE, "keep", "keep", "keep", NONE, "reject")
    bar.get_by_role("button", name="Clear").click()
    sheet.expect_saved(*[NONE] * 5, "reject")
    bar.get_by_role("button", name="Deselect all").click()
    expect(bar).to_be_hidden()
    assert sheet.selected() == []


def test_on_a_phone_the_dock_marks_what_was_held_and_tapped(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(6)
    complete(job)
    sheet = open_sheet(job, phone=True)
    hold(sheet.tile(1))
    sheet.tile(2).tap()
    expect(sheet.page.locator("#dock-selection")).to_contain_text("2 selected")
    assert sheet.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sheet.page.locator("#dock-selection").get_by_role("button", name="Reject").tap()
    sheet.expect_saved(NONE, "reject", "reject", NONE, NONE, NONE)


def hold(tile: Locator) -> None:
    touch = {"pointerType": "touch", "isPrimary": True, "bubbles": True, "clientX": 1, "clientY": 1}
    tile.dispatch_event("pointerdown", touch)
    menu = tile.page.locator("#tile-menu")
    expect(menu).to_be_visible()
    tile.dispatch_event("pointerup", touch)
    menu.get_by_role("button", name="Select").tap()
    expect(tile).to_have_attribute("aria-selected", "true")


def test_the_keys_work_as_soon_as_the_sheet_is_open(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(3)
    complete(job)
    sheet = open_sheet(job)
    sheet.expect_focus(0)
    sheet.press("p")
    sheet.expect_saved("keep", NONE, NONE)


def test_a_refused_prompt_is_edited_in_the_loupe(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2)
    complete(job, [0])
    fail(job, [1], message="The provider refused this prompt.")
    sheet = open_sheet(job)
    sheet.tile(1).get_by_text("Edit and run again").click()
    prompt = sheet.page.get_by_label("Prompt", exact=True)
    expect(prompt).to_be_focused()
    prompt.fill("")
    sheet.loupe.get_by_role("button", name="Edit and run again").click()
    expect(sheet.page.locator(".toast")).to_contain_text("Prompt cannot be empty")
    prompt.fill("a calm lake")
    sheet.loupe.get_by_role("button", name="Edit and run again").click()
    expect(sheet.tile(1)).to_have_attribute("data-state", "queued")
    assert images_of(job)[1].prompt_typed == "a calm lake"


def test_with_its_side_closed_the_loupe_still_marks_with_the_mouse(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2)
    complete(job)
    sheet = open_sheet(job)
    sheet.press("Enter", "i")
    sheet.loupe.get_by_role("button", name="Keep").click()
    sheet.expect_saved("keep", NONE)
    sheet.press("Shift+Enter")
    expect(sheet.page.locator("#publish-panel")).to_be_visible()


def test_publish_follows_the_marks_and_rests_at_none(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2)
    complete(job)
    sheet = open_sheet(job)
    publish = sheet.page.locator("#publish-open")
    expect(publish).to_have_attribute("aria-disabled", "true")
    sheet.press("p")
    expect(publish).to_contain_text("Publish 1…")
    expect(publish).not_to_have_attribute("aria-disabled", "true")
    sheet.press("Control+z", "Shift+Enter")
    expect(publish).to_contain_text("Publish 0…")
    sheet.expect_said("No kept picture waits for its page")
    expect(sheet.page.locator("#publish-panel")).to_be_hidden()
