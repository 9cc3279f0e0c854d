"""A person at a contact sheet, in a real browser: what every key costs until its effect is painted."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.services.browser import get_browser

PROBE = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--enable-precise-memory-info"]
SCREEN: Any = {"width": 1280, "height": 800}
MEGABYTE = 1e6
KEEP_FIRST, REJECT_FIRST, REJECT = ("p", "x"), ("x", "p"), ("x",)
"""Keys that mark."""
PATIENCE_MS = 120_000
"""A page that takes longer than this is broken and not slow."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser, the one of the tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=get_browser(), args=ARGUMENTS)
        yield browser
        browser.close()


def p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


@dataclass(frozen=True, slots=True)
class Culler:
    """One open page. All times are milliseconds, on the page's own clock."""

    page: Page

    def go(self, address: str) -> None:
        self.page.goto(address, wait_until="domcontentloaded")

    def first_picture(self) -> float:
        """From the beginning of the navigation until the first picture is painted."""
        self.page.wait_for_function("() => benchProbe.firstPicture !== undefined")
        return float(self.page.evaluate("benchProbe.firstPicture"))

    def settled(self) -> None:
        """Every picture on the screen is there."""
        self.page.wait_for_function("() => benchProbe.isSettled()")

    def at_rest(self) -> None:
        """What a page fetches by itself when it opens is there: scripts, the order, the tiles around the screen."""
        self.settled()
        self.page.wait_for_load_state("networkidle")

    def marks(self, count: int, *, a_second: float = 10, keys: Sequence[str] = KEEP_FIRST) -> list[float]:
        """These keys in turns, at an even pace. Raises RuntimeError when many ask for a mark that is there already."""
        before = self._empty()
        times = self._pressed("marks", keys, count, a_second)
        if (empty := self._empty() - before) > count / 10:
            raise RuntimeError(f"{empty} of {count} keys asked for a mark that was there: they measure nothing")
        return times

    def mark_selected(self) -> None:
        """Keeps everything that is selected, until the page shows it."""
        self.page.keyboard.press("p")
        self.page.wait_for_function("() => benchProbe.allMarked('keep')")

    def steps(self, count: int, *, a_second: float = 4) -> list[float]:
        """From picture to picture in the loupe, which is opened and closed again."""
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#loupe[open] .pane-picture[data-ready]", state="attached")
        times = self._pressed("steps", ["ArrowRight"], count, a_second)
        self.page.keyboard.press("Escape")
        return times

    def scroll(self, seconds: float) -> tuple[list[float], int]:
        """From top to end: the time between frames, and the most tiles in the document."""
        self.page.evaluate("seconds => benchProbe.scroll(seconds)", seconds)
        self.settled()
        found: tuple[list[float], int] = tuple(self.page.evaluate("[benchProbe.frames, benchProbe.mostTiles]"))
        return found

    def tiles(self) -> int:
        return int(self.page.evaluate("benchProbe.tiles()"))

    def nodes(self) -> int:
        return int(self.page.evaluate("benchProbe.nodes()"))

    def memory(self) -> float:
        """Megabytes of the page's heap after its waste is collected."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("HeapProfiler.collectGarbage")
        used = session.send("Runtime.getHeapUsage")["usedSize"]
        session.detach()
        return float(used) / MEGABYTE

    def _pressed(self, what: str, keys: Sequence[str], count: int, a_second: float) -> list[float]:
        before = len(self._times(what))
        begin = time.monotonic()
        for number in range(count):
            self.page.keyboard.press(keys[number % len(keys)])
            # A person's pace does not wait for the page.
            time.sleep(max(0.0, begin + (number + 1) / a_second - time.monotonic()))
        self.page.wait_for_function("([what, count]) => benchProbe[what].length >= count", arg=[what, before + count])
        return self._times(what)[before:]

    def _empty(self) -> int:
        return int(self.page.evaluate("benchProbe.empty"))

    def _times(self, what: str) -> list[float]:
        times: list[float] = self.page.evaluate("what => benchProbe[what]", what)
        return times


@contextmanager
def fresh(browser: Browser, cookie: Any) -> Iterator[Culler]:
    """A page of a fresh browser with nothing cached, not yet anywhere."""
    context = browser.new_context(viewport=SCREEN)
    context.add_cookies([cookie])
    context.add_init_script(PROBE)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield Culler(page)
    context.close()


@contextmanager
def opened(browser: Browser, address: str, cookie: Any) -> Iterator[Culler]:
    """A fresh browser at this address."""
    with fresh(browser, cookie) as culler:
        culler.go(address)
        yield culler
