"""Leaves a store that is down alone, so that nobody waits for it.

After some failures in a row the store counts as down: what is asked of it fails at once. After a rest one caller may
try, and the rest of them as soon as that has worked.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import structlog

from app.core.errors import StorageError, StoreDown

log = structlog.get_logger()

MOST_FAILURES = 3
REST_SECONDS = 5.0


class Breaker:
    """What one process knows of its store."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._failures = 0
        self._down_until = 0.0
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether an operation that begins now would fail at once."""
        with self._lock:
            return self._refuses()

    @contextmanager
    def passage(self) -> Iterator[bool]:
        """Around one operation. Yields whether it is the one that finds out if the store is back.

        Raises StoreDown while the store counts as down. Any other answer, a refusal too, shows that the store is up.
        """
        probe = self._enter()
        answered: bool | None = None
        try:
            yield probe
            answered = True
        except StorageError as error:
            answered = not isinstance(error, StoreDown)
            raise
        finally:
            self._leave(answered, probe=probe)

    def _refuses(self) -> bool:
        return self._failures >= MOST_FAILURES and (self._probing or time.monotonic() < self._down_until)

    def _enter(self) -> bool:
        with self._lock:
            if self._refuses():
                raise StoreDown("The store does not answer; it is tried again in a few seconds.")
            self._probing = self._failures >= MOST_FAILURES
            return self._probing

    def _leave(self, answered: bool | None, *, probe: bool) -> None:
        """answered: None when the operation was broken off before the store had its say."""
        with self._lock:
            was_down = self._failures >= MOST_FAILURES
            if probe:
                self._probing = False
            if answered:
                self._failures = 0
            elif answered is False:
                self._failures += 1
                self._down_until = time.monotonic() + REST_SECONDS
            is_down = self._failures >= MOST_FAILURES
        if is_down != was_down:
            log.warning("store_is_down" if is_down else "store_is_back")
