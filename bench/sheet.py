"""The contact sheet in a real browser, with few pictures and with ten thousand, beside one plain page with them all."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import NamedTuple
from uuid import UUID

from playwright.sync_api import Browser

from bench.culling import KEEP_FIRST, REJECT, REJECT_FIRST, chromium, fresh, opened, p95
from bench.figures import Figure
from bench.full_job import full_job
from bench.plain_page import plain_page, served
from bench.services import Services
from bench.sheet_server import HTMX, Asking, server_figures
from bench.tasks import Tasks, watch_tasks
from bench.web import Web, job_path, web

PART = "8 The contact sheet"
FEW = 100
OPENINGS = 3
MARKS, STEPS = 60, 30
MINUTES, MARKS_A_MINUTE = 10, 40
PAGE = 300
BROWSER = (
    "Chromium, headless, 1280 x 800, nothing cached; the web process by the Procfile's own command, SQLite. Times are "
    "the page's own: from the key's time stamp until after the frame that shows its effect."
)
SCROLL = f"{BROWSER} From top to end in six seconds, a piece each frame."
TASKS = (
    f"{BROWSER} The longest task of the page's main thread, by its own clock: two cores run the browser with its "
    "software painting, the web process and the measurement. On the wall, the same with waiting for a core."
)
MEMORY = (
    f"{BROWSER} JavaScript heap after collecting waste. Time is scaled: a minute is {MARKS_A_MINUTE} marks with the "
    "focus going on, at 20 a second."
)
PLAIN = (
    f"{BROWSER} The same tiles and styles in one document; a mark is an attribute, nothing is sent, nothing is updated."
)


class Times(NamedTuple):
    """Milliseconds, over all openings of one job."""

    firsts: list[float]
    early: list[float]
    marks: list[float]
    steps: list[float]


def measure(services: Services) -> Iterator[Figure]:
    many = services.pick(10_000, quick=400)
    with web(services) as studio, chromium() as browser:
        few_id = full_job(studio.team, FEW, name="few")
        many_id = full_job(studio.team, many, name="many")
        yield from _culling(browser, studio, {FEW: few_id, many: many_id})
        yield from _tasks(browser, studio, many_id, many)
        yield from _scrolling(browser, studio, many_id, many)
        yield from _remembering(browser, studio, many_id, many)
        yield from server_figures(PART, studio, few_id, FEW)
        yield from server_figures(PART, studio, many_id, many)
        yield from _plain(browser, studio, many_id, many)


def _culling(browser: Browser, studio: Web, jobs: Mapping[int, UUID]) -> Iterator[Figure]:
    """The jobs are opened in turns: a machine that becomes slower in between is so for each of them."""
    found = {images: Times([], [], [], []) for images in jobs}
    for number in range(OPENINGS):
        # The other way round each time: what is marked so already is neither drawn nor sent.
        keys = REJECT_FIRST if number % 2 else KEEP_FIRST
        for images, job_id in jobs.items():
            _open(browser, studio, job_id, found[images], keys)
    for images, times in found.items():
        yield from _times(f"{images:,} images", times)
    most = max(jobs)
    yield from _ratios(found[FEW], found[most], f"{most:,} / {FEW}")


def _ratios(few: Times, many: Times, name: str) -> Iterator[Figure]:
    marks, steps = p95(many.marks) / p95(few.marks), p95(many.steps) / p95(few.steps)
    yield Figure(PART, f"key to painted mark, {name}", marks, "x", len(many.marks), BROWSER, "<= 1.5")
    yield Figure(PART, f"loupe step, {name}", steps, "x", len(many.steps), BROWSER, "<= 1.5")


def _open(browser: Browser, studio: Web, job_id: UUID, times: Times, keys: Sequence[str]) -> None:
    with opened(browser, studio.address + job_path(job_id), studio.cookie()) as culler:
        times.firsts.append(culler.first_picture())
        times.early.extend(culler.marks(10, keys=keys))
        culler.at_rest()
        times.marks.extend(culler.marks(MARKS, keys=keys))
        culler.page.keyboard.press("Control+Home")
        times.steps.extend(culler.steps(STEPS))


def _times(name: str, times: Times) -> Iterator[Figure]:
    first = median(times.firsts)
    yield Figure(PART, f"{name}: first picture painted, median of openings", first, "ms", OPENINGS, BROWSER, "<= 1000")
    early = times.early
    yield Figure(
        PART, f"{name}: key to painted mark while the page opens, longest", max(early), "ms", len(early), BROWSER
    )
    marks, steps = times.marks, times.steps
    yield Figure(PART, f"{name}: key to painted mark, p95", p95(marks), "ms", len(marks), BROWSER, "<= 50")
    yield Figure(PART, f"{name}: loupe step, p95", p95(steps), "ms", len(steps), BROWSER, "<= 100")


def _tasks(browser: Browser, studio: Web, job_id: UUID, images: int) -> Iterator[Figure]:
    name = f"{images:,} images"
    with fresh(browser, studio.cookie()) as culler:
        with watch_tasks(culler.page) as opening:
            culler.go(studio.address + job_path(job_id))
            culler.at_rest()
        yield from _longest(f"{name}, opening", opening)
        with watch_tasks(culler.page) as marking:
            culler.marks(20, keys=REJECT_FIRST)
            culler.steps(8)
            culler.page.keyboard.press("Control+a")
            culler.mark_selected()
            culler.at_rest()
        yield from _longest(f"{name}, marks, loupe, all of them kept", marking)


def _longest(name: str, tasks: Tasks) -> Iterator[Figure]:
    yield Figure(PART, f"{name}: longest task", tasks.worked, "ms", tasks.count, TASKS, "<= 200")
    yield Figure(PART, f"{name}: longest task on the wall", tasks.lasted, "ms", tasks.count, TASKS)


def _scrolling(browser: Browser, studio: Web, job_id: UUID, images: int) -> Iterator[Figure]:
    name = f"{images:,} images, scrolling to the end"
    with opened(browser, studio.address + job_path(job_id), studio.cookie()) as culler:
        culler.at_rest()
        with watch_tasks(culler.page) as tasks:
            frames, tiles = culler.scroll(6)
        yield from _longest(name, tasks)
        yield Figure(PART, f"{name}: frame, p95", p95(frames), "ms", len(frames), SCROLL)
        yield Figure(PART, f"{name}: most tiles in the document", tiles, "", len(frames), SCROLL, "<= 300")
        yield Figure(PART, f"{name}: elements in the document", culler.nodes(), "", 1, SCROLL)


def _remembering(browser: Browser, studio: Web, job_id: UUID, images: int) -> Iterator[Figure]:
    with opened(browser, studio.address + job_path(job_id), studio.cookie()) as culler:
        culler.at_rest()
        culler.marks(MARKS_A_MINUTE, a_second=20, keys=REJECT)
        after_one = culler.memory()
        culler.marks((MINUTES - 1) * MARKS_A_MINUTE, a_second=20, keys=REJECT)
        after_all = culler.memory()
    name = f"{images:,} images: memory"
    yield Figure(PART, f"{name} after a minute of culling", after_one, "MB", MARKS_A_MINUTE, MEMORY)
    marks = MINUTES * MARKS_A_MINUTE
    yield Figure(
        PART, f"{name} after {MINUTES} minutes / after one", after_all / after_one, "x", marks, MEMORY, "<= 1.3"
    )


def _plain(browser: Browser, studio: Web, job_id: UUID, images: int) -> Iterator[Figure]:
    name = f"one plain page of {images:,}"
    page = _all_tiles(studio, job_id, images)
    with served(page, studio.address) as address, opened(browser, address, studio.cookie()) as culler:
        yield Figure(PART, f"{name}: first picture painted", culler.first_picture(), "ms", 1, PLAIN)
        culler.settled()
        marks = culler.marks(4, a_second=0.3, keys=REJECT_FIRST)
        yield Figure(PART, f"{name}: key to painted mark, longest", max(marks), "ms", len(marks), PLAIN)
        with watch_tasks(culler.page) as tasks:
            frames, tiles = culler.scroll(6)
        yield Figure(PART, f"{name}: longest task while scrolling", tasks.worked, "ms", tasks.count, TASKS)
        yield Figure(PART, f"{name}: frame, p95, while scrolling", p95(frames), "ms", len(frames), PLAIN)
        yield Figure(PART, f"{name}: elements in the document", culler.nodes(), "", tiles, PLAIN)
        yield Figure(PART, f"{name}: memory", culler.memory(), "MB", 1, PLAIN)
    yield Figure(PART, f"{name}: size", len(page.encode()) / 1e6, "MB", 1, PLAIN)


def _all_tiles(studio: Web, job_id: UUID, images: int) -> str:
    asking = Asking(studio, job_id)
    try:
        sheet = asking.client.get(asking.path).get_data(as_text=True)
        parts = [
            asking.client.get(f"{asking.path}tiles?at={first}-{min(first + PAGE, images) - 1}", headers=HTMX)
            for first in range(0, images, PAGE)
        ]
        return plain_page(sheet, "".join(part.get_data(as_text=True) for part in parts))
    finally:
        asking.close()
