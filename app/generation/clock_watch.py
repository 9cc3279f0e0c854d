"""Whether the database's clock runs evenly. On SQLite it is the machine's, which people, networks and a long sleep set.

After a step every moment that was written before it seems older than it is, or younger: what follows from ages has to
wait until enough has been written by the new clock.
"""

import threading
import time
from datetime import datetime

import structlog

log = structlog.get_logger()

STEP_SECONDS = 3.0
"""By so much the clocks move apart between two looks before it is a step, and not a slow answer of the database."""


class ClockWatch:
    """Compares the database's clock with one that nobody can set. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._apart: float | None = None
        self._even_since = time.monotonic()
        self._stepped = False

    def look(self, now: datetime) -> None:
        """The database's clock says just now that it is `now`."""
        with self._lock:
            apart = now.timestamp() - time.monotonic()
            step = 0.0 if self._apart is None else apart - self._apart
            self._apart = apart
            if abs(step) > STEP_SECONDS:
                self._even_since, self._stepped = time.monotonic(), True
                log.warning("clock_was_set", seconds=round(step, 1))

    @property
    def even_seconds(self) -> float:
        """For how long the clock has run evenly, as far as this process has seen it."""
        return time.monotonic() - self._even_since

    def stepped_within(self, seconds: float) -> bool:
        """Whether this process has seen a step so lately."""
        return self._stepped and self.even_seconds < seconds
