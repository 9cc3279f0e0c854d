"""Stacks: the pictures of a prompt, or those that look alike, under the one on top."""

import pytest
from playwright.sync_api import expect

from app.generation.models import Job
from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.looking_page import LookingPage
from tests.browser.sheet.sheet_page import SheetPage
from tests.services.application import MakeJob
from tests.services.waiting import wait_until
from tests.web.curation.filling import fresh, number_all

NONE = "none"


@pytest.fixture
def job(make_job: MakeJob) -> Job:
    job = make_job(3, 4)
    number_all(job)
    return job


def expect_order(sheet: SheetPage, *positions: int) -> None:
    tiles = sheet.page.locator(".tile")
    expect(tiles).to_have_count(len(positions))
    assert [int(tile.get_attribute("data-position") or -1) for tile in tiles.all()] == list(positions)


def test_s_lays_the_pictures_of_a_prompt_on_one_another_and_spreads_them_again(job: Job, open_sheet: OpenSheet) -> None:
    sheet = open_sheet(job)
    sheet.start_at(5)
    sheet.press("s")
    expect_order(sheet, 0, 1, 2, 3, 4, 8, 9, 10, 11)
    sheet.expect_focus(4)
    expect(sheet.tile(4)).to_have_attribute("data-at-stack", "4")
    sheet.expect_said("Stack of 4 closed")
    sheet.press("s")
    expect_order(sheet, *range(12))
    sheet.expect_focus(4)


def test_stacks_of_the_server_open_and_close(job: Job, open_sheet: OpenSheet) -> None:
    sheet = open_sheet(job, query="?stack=prompt")
    sheet.expect_focus(0)
    expect_order(sheet, 0, 4, 8)
    sheet.press("ArrowRight", "s")
    expect_order(sheet, 0, 4, 5, 6, 7, 8)
    sheet.press("ArrowRight", "ArrowRight", "s")
    expect_order(sheet, 0, 4, 8)
    sheet.expect_focus(4)


def test_a_mark_on_a_closed_stack_is_for_the_picture_one_sees(job: Job, open_sheet: OpenSheet) -> None:
    sheet = open_sheet(job, query="?stack=prompt")
    sheet.press("p", "x")
    sheet.expect_saved("keep", NONE, NONE, NONE, "reject", *[NONE] * 7)


def test_keep_only_is_for_the_whole_stack(job: Job, open_sheet: OpenSheet) -> None:
    sheet = open_sheet(job, query="?stack=prompt")
    sheet.press("s", "ArrowRight", "Shift+P")
    sheet.expect_said("kept, 3 rejected")
    sheet.expect_saved("reject", "keep", "reject", "reject", *[NONE] * 8)


def test_all_matching_are_also_those_inside_closed_stacks(job: Job, open_sheet: OpenSheet) -> None:
    sheet = open_sheet(job, query="?stack=prompt")
    sheet.press("Control+a")
    expect(sheet.page.locator("#selected-count")).to_have_text("All 12 matching selected")
    sheet.press("p")
    wait_until(lambda: fresh(job).kept_count == 12, what="all kept")


def test_a_single_picture_is_no_stack(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(3)
    number_all(job)
    sheet = open_sheet(job)
    sheet.press("s")
    sheet.expect_said("There is nothing to stack here")


def test_pictures_of_a_closed_stack_are_surveyed_compared_and_looked_at(job: Job, open_sheet: OpenSheet) -> None:
    looking = LookingPage(open_sheet(job, query="?stack=prompt"))
    looking.press("ArrowRight", "n")
    looking.expect_surveyed("2·1", "2·2", "2·3", "2·4", active="2·1")
    looking.press("ArrowRight", "c")
    looking.expect_compared("2·2", "2·3")
    looking.press("p")
    looking.expect_compared("2·2", "3·1")
    looking.sheet.expect_saved(*[NONE] * 6, "keep", *[NONE] * 5)
    looking.press("Escape", "ArrowLeft", "n")
    looking.expect_surveyed("2·1", "2·2", "2·3", "2·4", active="2·1")
    looking.press("ArrowRight", "Enter")
    expect(looking.loupe).to_be_visible()
    looking.expect_shown(5)
    looking.press("Escape")
    expect_order(looking.sheet, 0, 4, 5, 6, 7, 8)
    looking.sheet.expect_focus(5)
