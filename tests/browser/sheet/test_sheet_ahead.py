"""Thumbnails of what is near the screen are there before it is scrolled to."""

from itertools import pairwise

from tests.browser.sheet.conftest import OpenSheet
from tests.services.application import MakeJob
from tests.services.waiting import wait_until
from tests.web.curation.filling import complete

PICTURES = 36
FETCHED = """() => performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/thumb"))
    .map(({ name, startTime }) => [name, startTime])"""
AHEAD = """() => [...document.querySelectorAll('.tile-picture[loading="eager"]')].map(({ currentSrc }) => currentSrc)"""
IS_THERE = """position => {
    const picture = document.querySelector(`[data-position="${position}"] .tile-picture`);
    return picture.complete && picture.naturalWidth > 0;
}"""


def test_they_come_one_by_one_and_scrolling_asks_for_none_again(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(PICTURES)
    complete(job)
    sheet = open_sheet(job, size=(700, 900))
    wait_until(lambda: len(sheet.page.evaluate(FETCHED)) == PICTURES, what="all thumbnails")

    ahead = sheet.page.evaluate(AHEAD)
    begins = sorted(begin for name, begin in sheet.page.evaluate(FETCHED) if name in ahead)
    assert len(begins) >= 5, "the others are near enough for the browser itself"
    assert min(after - before for before, after in pairwise(begins)) >= 20

    sheet.press("Control+End")
    sheet.expect_focus(PICTURES - 1)
    sheet.page.wait_for_function(IS_THERE, arg=PICTURES - 1)
    assert len(sheet.page.evaluate(FETCHED)) == PICTURES
