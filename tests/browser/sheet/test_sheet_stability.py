"""Stability is a contract: whatever arrives, nobody's focus, screen, selection or marks move by it."""

import os
import time
from collections.abc import Iterator
from threading import Event, Thread
from typing import Self

import pytest
from flask import Flask
from playwright.sync_api import expect

from app.core.database import db
from app.generation.models import Job
from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.sheet_page import SheetPage
from tests.services.application import MakeJob
from tests.services.waiting import wait_until
from tests.web.curation.filling import complete, fresh, images_of

PICTURES = int(os.environ.get("PROOFSHEET_TEST_CULLED", "120"))
"""Culled by keys alone; 1000 takes two minutes."""
MARKS_A_SECOND = 10
ARRIVALS_A_SECOND = 5


class Arrivals:
    """Completes pictures from a thread of its own, so many a second."""

    def __init__(self, app: Flask, job: Job, positions: list[int]) -> None:
        self._app, self._job_id, self._positions = app, job.id, positions
        self._over = Event()
        self.arrived = 0
        self._thread = Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        with self._app.app_context():
            for position in self._positions:
                if self._over.wait(1 / ARRIVALS_A_SECOND):
                    break
                complete(db.session.get_one(Job, self._job_id), [position])
                self.arrived += 1
            db.session.remove()


def every(seconds: float, times: int) -> Iterator[int]:
    """Numbers, one each so many seconds."""
    begin = time.monotonic()
    for number in range(times):
        time.sleep(max(0.0, begin + number * seconds - time.monotonic()))
        yield number


def test_culled_by_keys_while_pictures_arrive_every_mark_is_stored_on_its_picture(
    app: Flask, make_job: MakeJob, open_sheet: OpenSheet
) -> None:
    coming = PICTURES * ARRIVALS_A_SECOND // MARKS_A_SECOND
    job = make_job((PICTURES + coming) // 2 + 1, 2)
    complete(job, range(PICTURES + 1))
    sheet = open_sheet(job)
    sheet.expect_focus(0)
    moved: list[tuple[int, int]] = []
    with Arrivals(app, job, list(range(PICTURES + 1, PICTURES + coming))) as arrivals:
        for number in every(1 / MARKS_A_SECOND, PICTURES):
            if (focused := sheet.focused()) != number:
                moved.append((number, focused))
            sheet.press("p" if number % 3 else "x")
        assert arrivals.arrived > coming / 3
    assert moved == []
    wanted = ["keep" if number % 3 else "reject" for number in range(PICTURES)]
    wait_until(lambda: fresh(job).kept_count + fresh(job).rejected_count == PICTURES, what="every mark")
    marks = [image.mark for image in images_of(job)]
    assert marks[:PICTURES] == wanted
    assert set(marks[PICTURES:]) == {"none"}
    sheet.expect_focus(PICTURES)
    expect(sheet.page.locator("#dock-held")).to_be_hidden()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_nothing_moves_while_pictures_arrive_all_the_time(
    app: Flask, make_job: MakeJob, open_sheet: OpenSheet, *, phone: bool
) -> None:
    job = make_job(60, 2)
    complete(job, range(80))
    sheet = open_sheet(job, phone=phone)
    sheet.start_at(40)
    sheet.press("Space", "ArrowRight", "Space")
    scroll = sheet.page.evaluate("scrollY")
    top = sheet.tile(41).bounding_box()
    with Arrivals(app, job, list(range(80, 110))) as arrivals:
        for _ in range(12):
            sheet.poll()
            sheet.expect_focus(41)
            assert sheet.selected() == [40, 41]
            assert sheet.page.evaluate("scrollY") == scroll
            assert sheet.tile(41).bounding_box() == top
        wait_until(lambda: arrivals.arrived >= 10, what="ten pictures")
    sheet.poll()
    sheet.expect_focus(41)
    assert sheet.tile(41).bounding_box() == top


def test_the_head_growing_does_not_push_down_what_is_looked_at(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(80)
    complete(job, range(40))
    sheet = open_sheet(job)
    sheet.start_at(35)
    sheet.scroll_to(600)
    before = sheet.tile(35).bounding_box()
    sheet.page.evaluate("document.getElementById('job-head').style.paddingBottom = '90px'")
    sheet.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    after = sheet.tile(35).bounding_box()
    assert before
    assert after
    assert after["y"] == pytest.approx(before["y"], abs=1)


def pill(sheet: SheetPage) -> str:
    expect(sheet.page.locator("#new-pill")).to_be_visible()
    return sheet.page.locator("#new-pill").inner_text()


def test_what_newly_matches_waits_until_it_is_let_in(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(60)
    complete(job, range(0, 60, 2))
    sheet = open_sheet(job, query="?show=unmarked")
    expect(sheet.page.locator(".tile")).to_have_count(30)
    sheet.start_at(40)
    before = sheet.tile(40).bounding_box()
    complete(job, [1, 3, 5])
    sheet.poll()
    assert pill(sheet) == "3 new ↑"
    expect(sheet.page.locator(".tile")).to_have_count(30)
    sheet.expect_focus(40)
    sheet.page.locator("#new-pill").click()
    expect(sheet.page.locator(".tile")).to_have_count(33)
    expect(sheet.page.locator("#new-pill")).to_be_hidden()
    sheet.expect_focus(40)
    after = sheet.tile(40).bounding_box()
    assert before
    assert after
    assert after["y"] == pytest.approx(before["y"], abs=3)
    sheet.expect_said("3 new pictures are on the sheet")


def test_a_marked_picture_stays_under_a_filter_it_no_longer_matches(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(4)
    complete(job)
    sheet = open_sheet(job, query="?show=unmarked")
    sheet.press("p", "x")
    sheet.expect_saved("keep", "reject", "none", "none")
    sheet.come_back_to_the_page()
    expect(sheet.page.locator(".tile")).to_have_count(4)
    sheet.expect_focus(2)
    expect(sheet.page.locator("#new-pill")).to_be_hidden()


def test_newest_first_new_pictures_wait_above(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(8)
    complete(job, range(4))
    sheet = open_sheet(job, query="?sort=newest")
    sheet.expect_focus(3)
    complete(job, [6])
    sheet.poll()
    assert pill(sheet) == "1 new ↑"
    sheet.expect_focus(3)
    sheet.page.locator("#new-pill").click()
    first = sheet.page.locator(".tile").first
    expect(first).to_have_attribute("data-position", "6")
    sheet.expect_focus(3)
