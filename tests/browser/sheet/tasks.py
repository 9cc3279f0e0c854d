"""How long the page was busy at a stretch: by the time of its own thread, so that a busy machine does not count."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page


@dataclass
class Tasks:
    longest: float = 0.0
    """Milliseconds; known when the watching is over."""


@contextmanager
def watch_tasks(page: Page) -> Iterator[Tasks]:
    """Measure every task of the page's main thread until the block ends."""
    browser = page.context.browser
    assert browser is not None
    found = Tasks()
    browser.start_tracing(page=page, categories=["toplevel", "disabled-by-default-devtools.timeline"])
    yield found
    events = json.loads(browser.stop_tracing())["traceEvents"]
    main = {event["tid"] for event in events if event.get("args", {}).get("name") == "CrRendererMain"}
    found.longest = max(
        (event.get("tdur", 0) / 1000 for event in events if event["tid"] in main and event["name"].endswith("RunTask")),
        default=0.0,
    )
