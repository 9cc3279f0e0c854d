"""Thumbnails of what is near the screen are there before it is scrolled to."""

from itertools import pairwise
from urllib.parse import urlsplit

from playwright.sync_api import Request

from tests.browser.sheet.conftest import OpenSheet
from tests.services.application import MakeJob
from tests.services.waiting import wait_until
from tests.web.curation.filling import complete

PICTURES = 30


def test_they_come_one_by_one_and_scrolling_asks_for_none_again(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(PICTURES)
    complete(job)
    sheet = open_sheet(job, size=(700, 900))
    sheet.page.wait_for_load_state("networkidle")
    asked: list[str] = []
    sheet.page.on("request", lambda request: asked.append(thumb(request)) if thumb(request) else None)
    sheet.page.reload()

    wait_until(lambda: sheet.page.evaluate("1") and len(set(asked)) == PICTURES, what="all thumbnails")
    begins = sheet.page.evaluate(
        """() => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/thumb'))
               .map(({ startTime }) => startTime).sort((a, b) => a - b)"""
    )
    last = begins[-5:]  # those before are near enough for the browser itself
    assert min(after - before for before, after in pairwise(last)) >= 20

    assert len(asked) == PICTURES
    sheet.press("Control+End")
    sheet.expect_focus(PICTURES - 1)
    sheet.page.wait_for_function(
        'position => document.querySelector(`[data-position="${position}"] .tile-picture`).complete', arg=PICTURES - 1
    )
    assert len(asked) == PICTURES


def thumb(request: Request) -> str:
    """The address, where a thumbnail is asked for."""
    path = urlsplit(request.url).path
    return path if path.endswith("/thumb") else ""
