"""How long the calls of a lane really take: what decides how many must run at once to use its limit."""

import math
import threading
import time
from collections.abc import Callable, Sequence

import structlog

from app.core.errors import RateLimiterUnavailable

log = structlog.get_logger()

ENOUGH = 20
"""Fewer measured calls than this do not lower what the catalogue says; so many of the newest show a slower provider."""
FRESH_SECONDS = 3.0
"""A process asks again after so long, so that a dispatch need not wait for it."""


def p95(latencies: Sequence[float]) -> float | None:
    """The 95th percentile by the nearest rank; None of nothing."""
    if not latencies:
        return None
    return sorted(latencies)[math.ceil(0.95 * len(latencies)) - 1]


class Latencies:
    """The p95 of each lane, from what all processes have noted, remembered for a moment.

    `ask` answers the seconds that the last successful calls of a limiter key took, or raises RateLimiterUnavailable.
    """

    def __init__(self, ask: Callable[[str], Sequence[float]]) -> None:
        self._ask = ask
        self._known: dict[str, tuple[float, tuple[int, float | None]]] = {}
        self._lock = threading.Lock()

    def expected(self, key: str, catalogue_seconds: float) -> float:
        """The p95 that a lane should reckon with: what is measured, and at least the catalogue's while little is."""
        count, measured = self._lately(key)
        if measured is None:
            return catalogue_seconds
        # Twice as long from one moment to the next must not hold up the starts, as far as the catalogue expects it.
        return max(measured, min(catalogue_seconds, 2 * measured) if count >= ENOUGH else catalogue_seconds)

    def measured(self, key: str) -> float | None:
        """The p95 of the remembered calls; None while there are none, or they cannot be asked for."""
        return self._lately(key)[1]

    def _lately(self, key: str) -> tuple[int, float | None]:
        with self._lock:
            at, known = self._known.get(key, (-math.inf, (0, None)))
        if time.monotonic() - at < FRESH_SECONDS:
            return known
        known = self._asked(key)
        with self._lock:
            self._known[key] = (time.monotonic(), known)
        return known

    def _asked(self, key: str) -> tuple[int, float | None]:
        try:
            latencies = self._ask(key)
        except RateLimiterUnavailable as error:
            log.warning("latency_from_catalogue", lane=key, reason=error.message)
            return 0, None
        percentiles = [known for part in (latencies, latencies[-ENOUGH:]) if (known := p95(part)) is not None]
        return len(latencies), max(percentiles, default=None)
