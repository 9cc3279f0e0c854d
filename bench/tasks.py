"""How long the page's own thread worked at a stretch."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page


@dataclass
class Tasks:
    """Milliseconds of the longest task; known when the watching is over."""

    worked: float = 0.0
    """By the thread's own clock: what the page asks of a machine."""
    lasted: float = 0.0
    """On the wall, with what else the two cores did meanwhile."""
    count: int = 0


@contextmanager
def watch_tasks(page: Page) -> Iterator[Tasks]:
    """Measure every task of the page's main thread until the block ends."""
    if (browser := page.context.browser) is None:
        raise RuntimeError("the page belongs to no browser that can be traced")
    found = Tasks()
    browser.start_tracing(page=page, categories=["toplevel"])
    yield found
    events = json.loads(browser.stop_tracing())["traceEvents"]
    main = {(event["pid"], event["tid"]) for event in events if event.get("args", {}).get("name") == "CrRendererMain"}
    tasks = [event for event in events if (event["pid"], event["tid"]) in main and event["name"].endswith("RunTask")]
    found.count = len(tasks)
    found.worked = max((event.get("tdur", 0) / 1000 for event in tasks), default=0.0)
    found.lasted = max((event.get("dur", 0) / 1000 for event in tasks), default=0.0)
