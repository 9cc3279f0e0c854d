"""Finding pictures: filters in the address, the search, and all that match at once."""

import pytest
from playwright.sync_api import Page, expect

from app.generation.models import Job
from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.sheet_page import SheetPage
from tests.services.application import MakeJob
from tests.services.waiting import wait_until
from tests.web.curation.filling import complete, fail, images_of

PROMPTS = ("a red fox", "a blue whale", "a red boat", "a green hill")


@pytest.fixture
def job(make_job: MakeJob) -> Job:
    job = make_job(PROMPTS, 2)
    complete(job)
    return job


@pytest.fixture
def sheet(job: Job, open_sheet: OpenSheet) -> SheetPage:
    sheet = open_sheet(job)
    sheet.start_at(0)
    return sheet


def search(page: Page, text: str) -> None:
    page.locator("#find-text").fill(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_slash_leads_to_the_search_and_escape_back_to_the_pictures(sheet: SheetPage) -> None:
    sheet.press("ArrowRight", "/")
    expect(sheet.page.locator("#find-text")).to_be_focused()
    sheet.press("p", "x")
    sheet.press("Escape")
    sheet.expect_focus(1)
    sheet.expect_saved(*["none"] * 8)
    expect(sheet.page.locator("#find-text")).to_have_value("")


def test_a_search_narrows_the_sheet_and_its_address_says_so(sheet: SheetPage) -> None:
    search(sheet.page, "red")
    assert sheet.page.url.endswith("/?q=red")
    expect(sheet.page.locator(".tile")).to_have_count(4)
    expect(sheet.page.locator(".active-filters")).to_contain_text("4 of 8")
    sheet.page.get_by_role("link", name="Remove the filter: “red”").click()
    expect(sheet.page.locator(".tile")).to_have_count(8)
    assert "?" not in sheet.page.url


def test_filters_are_chosen_in_a_menu_and_say_only_what_differs(sheet: SheetPage) -> None:
    page = sheet.page
    page.get_by_role("button", name="Filter").click()
    filters = page.locator("#filters")
    expect(filters).to_be_in_viewport(ratio=1)
    filters.get_by_label("Prompt number").fill("3")
    filters.get_by_label("Sort").select_option("newest")
    filters.get_by_role("button", name="Show").click()
    expect(page.locator(".tile")).to_have_count(2)
    assert page.url.split("?")[1] == "prompt=3&sort=newest"
    expect(page.get_by_role("button", name="Filter")).to_contain_text("2")


def test_back_leads_to_the_sheet_before_the_filter(sheet: SheetPage) -> None:
    search(sheet.page, "boat")
    expect(sheet.page.locator(".tile")).to_have_count(2)
    sheet.page.go_back()
    expect(sheet.page.locator(".tile")).to_have_count(8)
    expect(sheet.page.locator(".active-filters")).to_have_count(0)
    sheet.page.go_forward()
    expect(sheet.page.locator(".tile")).to_have_count(2)


def test_the_focus_stays_on_its_picture_when_the_filter_still_shows_it(sheet: SheetPage) -> None:
    sheet.start_at(5)
    search(sheet.page, "red")
    sheet.expect_focus(5)
    search(sheet.page, "whale")
    sheet.expect_focus(2)


def test_a_chip_keeps_the_other_filters(sheet: SheetPage) -> None:
    search(sheet.page, "red")
    sheet.start_at(0)
    sheet.press("p")
    sheet.expect_saved("keep", *["none"] * 7)
    sheet.page.get_by_role("link", name="Kept 1").click()
    expect(sheet.page.locator(".tile")).to_have_count(1)
    assert sheet.page.url.endswith("/?show=kept&q=red") or sheet.page.url.endswith("/?q=red&show=kept")


def choose(page: Page, item: str) -> None:
    page.locator("#matching-open").click()
    page.get_by_role("button", name=item).click()


def test_all_that_match_are_marked_after_the_number_was_agreed_to(sheet: SheetPage) -> None:
    search(sheet.page, "red")
    choose(sheet.page, "Reject all…")
    question = sheet.page.locator("#confirm")
    expect(question).to_contain_text("Reject all 4 pictures?")
    question.get_by_role("button", name="Go back").click()
    sheet.expect_saved(*["none"] * 8)
    choose(sheet.page, "Reject all…")
    question.get_by_role("button", name="Reject 4").click()
    sheet.expect_saved("reject", "reject", "none", "none", "reject", "reject", "none", "none")
    sheet.start_at(0)
    sheet.press("Control+z")
    sheet.expect_saved(*["none"] * 8)


def test_all_that_match_go_to_the_trash_and_come_back(sheet: SheetPage) -> None:
    search(sheet.page, "whale")
    choose(sheet.page, "Move all to the trash…")
    sheet.page.locator("#confirm").get_by_role("button", name="Move 2").click()
    wait_until(lambda: [image.trashed_at is not None for image in images_of(sheet.job)].count(True) == 2, what="trash")
    sheet.page.goto(f"/jobs/{sheet.job.id}/?show=trash")
    expect(sheet.page.locator(".tile")).to_have_count(2)
    choose(sheet.page, "Take all out of the trash…")
    sheet.page.locator("#confirm").get_by_role("button", name="Take 2").click()
    wait_until(lambda: all(image.trashed_at is None for image in images_of(sheet.job)), what="no trash")


def test_what_failed_runs_again_after_the_number_was_agreed_to(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(4)
    complete(job, [0])
    fail(job, [1, 2], error_type="transient", message="Busy.")
    fail(job, [3])
    sheet = open_sheet(job)
    choose(sheet.page, "Run the failed ones again…")
    question = sheet.page.locator("#confirm")
    expect(question).to_contain_text("Run 2 again?")
    expect(question).to_contain_text("1 image would fail in the same way again")
    question.get_by_role("button", name="Run 2 again").click()
    expect(sheet.page.locator(".toast")).to_contain_text("2 images will run again.")
    expect(sheet.tile(1)).to_have_attribute("data-state", "queued")
    expect(sheet.tile(3)).to_have_attribute("data-state", "failed")


def test_filters_work_on_a_phone(job: Job, open_sheet: OpenSheet) -> None:
    page = open_sheet(job, phone=True).page
    page.locator("#filters-open").tap()
    expect(page.locator("#filters")).to_be_in_viewport(ratio=1)
    page.locator("#filter-mark").select_option("keep")
    page.locator("#filters").get_by_role("button", name="Show").tap()
    expect(page.get_by_text("No picture is like that.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_remix_opens_the_form_like_the_picture_and_spends_nothing(sheet: SheetPage) -> None:
    sheet.start_at(2)
    sheet.press("r")
    sheet.page.wait_for_url("**/jobs/new?like=*")
    expect(sheet.page.locator("#field-prompts")).to_have_value("a blue whale")
    expect(sheet.page.get_by_role("button", name="Start 1 image")).to_be_visible()
