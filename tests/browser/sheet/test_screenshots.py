"""The pictures of the documentation, taken from a sheet as a person sees it: docs/sheet.md shows them.

One is written only when it is missing, so that a run leaves the tree as it was; delete it to have it taken anew.
"""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image as Pillow
from playwright.sync_api import expect

from app.generation.models import Image, Job
from app.prompts.split import split_pasted
from app.providers.painting.paint import paint
from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.sheet_page import SheetPage
from tests.services.application import MakeJob
from tests.services.installation import PROJECT
from tests.web.curation.filling import complete, fail, generate

IMAGES = PROJECT / "docs" / "images"
PROMPTS = tuple(split_pasted((PROJECT / "examples" / "prompts.txt").read_text(encoding="utf-8")))
SIDE = 512
SMALLEST = 20_000
"""Bytes; a page on which nothing is to be seen has fewer."""
Scheme = Literal["light", "dark"]
each_scheme = pytest.mark.parametrize("scheme", ["light", "dark"])


@cache
def painting(prompt: str, seed: int) -> bytes:
    file = BytesIO()
    paint(prompt, seed, SIDE, SIDE).resize((SIDE, SIDE), Pillow.Resampling.LANCZOS).save(file, "PNG", compress_level=1)
    return file.getvalue()


def painted(image: Image) -> bytes:
    return painting(image.prompt_sent, image.variation)


@pytest.fixture
def full(make_job: MakeJob) -> Job:
    """Every picture is there."""
    job = make_job(PROMPTS, title="Coasts, kitchens and foxes")
    complete(job, picture=painted)
    return job


@pytest.fixture
def half_filled(make_job: MakeJob) -> Job:
    """Four variations to a prompt; some pictures are there, some are being made, some wait."""
    job = make_job(PROMPTS[:8], 4, title="Eight scenes, four of each")
    complete(job, range(13), picture=painted)
    generate(job, range(13, 17))
    return job


@pytest.fixture
def with_failures(make_job: MakeJob) -> Job:
    job = make_job(PROMPTS[:14], title="Some need another look")
    complete(job, [0, 1, 2, 5, 6, 7, 9, 11, 12, 13], picture=painted)
    fail(job, [3], message="The provider refused this prompt: it names a person.")
    fail(job, [4], error_type="transient", message="The provider was overloaded three times.")
    fail(
        job, [8], error_type="ambiguous", message="The call was made and its answer was lost. It may have been billed."
    )
    fail(job, [10], error_type="permanent", message="This size is not made by the model.")
    return job


def take(sheet: SheetPage, name: str, tmp_path: Path) -> None:
    """The page as it is, once its pictures are there."""
    sheet.page.wait_for_function(
        "() => [...document.querySelectorAll('.tile-picture, .pane-picture')].every(image => image.complete)"
    )
    sheet.page.mouse.move(0, 0)
    taken = tmp_path / f"{name}.jpg"
    sheet.page.screenshot(path=taken, type="jpeg", quality=82, animations="disabled")
    assert taken.stat().st_size > SMALLEST
    kept = IMAGES / taken.name
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(taken.read_bytes())


@pytest.fixture
def seen(open_sheet: OpenSheet, scheme: Scheme) -> OpenSheet:
    """Opens a sheet in light or in dark."""

    def open_(job: Job, **how: object) -> SheetPage:
        sheet = open_sheet(job, **how)
        sheet.page.emulate_media(color_scheme=scheme)
        return sheet

    return open_


def decide(sheet: SheetPage) -> None:
    sheet.start_at(0)
    sheet.press("p", "p", "x", "p", "ArrowRight", "x", "ArrowRight", "p", "4")
    expect(sheet.page.locator("[data-pending]")).to_have_count(0)


@each_scheme
def test_a_full_sheet(seen: OpenSheet, full: Job, scheme: Scheme, tmp_path: Path) -> None:
    sheet = seen(full, size=(1280, 860))
    decide(sheet)
    take(sheet, f"sheet-{scheme}", tmp_path)


@each_scheme
def test_a_sheet_that_fills_up(seen: OpenSheet, half_filled: Job, scheme: Scheme, tmp_path: Path) -> None:
    sheet = seen(half_filled, size=(1280, 860))
    sheet.start_at(0)
    sheet.press("p", "x", "x", "p")
    take(sheet, f"sheet-half-filled-{scheme}", tmp_path)


@each_scheme
def test_a_sheet_with_failures(seen: OpenSheet, with_failures: Job, scheme: Scheme, tmp_path: Path) -> None:
    take(seen(with_failures, size=(1280, 860)), f"sheet-failures-{scheme}", tmp_path)


@each_scheme
def test_the_loupe(seen: OpenSheet, full: Job, scheme: Scheme, tmp_path: Path) -> None:
    sheet = seen(full, size=(1280, 860))
    decide(sheet)
    sheet.start_at(12)
    sheet.press("Enter")
    expect(sheet.page.locator("#loupe .pane-picture").last).to_have_attribute("data-ready", "")
    expect(sheet.page.locator("#loupe-facts")).to_contain_text("Model")
    take(sheet, f"loupe-{scheme}", tmp_path)


@each_scheme
def test_comparing_two(seen: OpenSheet, full: Job, scheme: Scheme, tmp_path: Path) -> None:
    sheet = seen(full, size=(1280, 860))
    sheet.start_at(9)
    sheet.press("c")
    expect(sheet.page.locator("#compare .pane-picture[data-ready]")).to_have_count(2)
    take(sheet, f"compare-{scheme}", tmp_path)


@each_scheme
def test_a_survey(seen: OpenSheet, full: Job, scheme: Scheme, tmp_path: Path) -> None:
    sheet = seen(full, size=(1280, 860))
    sheet.start_at(4)
    sheet.press("Space", "ArrowRight", "Space", "ArrowRight", "Space", "ArrowRight", "Space", "ArrowRight", "Space")
    sheet.press("n")
    expect(sheet.page.locator("#survey")).to_be_visible()
    take(sheet, f"survey-{scheme}", tmp_path)


@each_scheme
def test_a_phone(seen: OpenSheet, full: Job, scheme: Scheme, tmp_path: Path) -> None:
    sheet = seen(full, phone=True)
    sheet.page.locator(".tile").nth(2).scroll_into_view_if_needed()
    take(sheet, f"phone-{scheme}", tmp_path)
