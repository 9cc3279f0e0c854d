"""How long a caller waits for a store that is slow or fails."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO
from typing import TypeVar

from app.core.errors import StoreDown

Result = TypeVar("Result")

ATTEMPTS = 3
RETRY_SECONDS = 5.0
"""Only what failed quickly is tried again: a store that was silent once would only be waited for twice as long."""
PIECE = 1 << 18
"""Bytes after which it is looked whether there is time left."""

_until: ContextVar[float] = ContextVar("until", default=float("inf"))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let the store's operations in this block begin and move bytes only for so long; then they raise StoreDown.

    A silence that has begun is not cut short, so the block may last one time-out longer.
    """
    token = _until.set(min(_until.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _until.reset(token)


def check_time() -> None:
    """Raise StoreDown when the time of `within` is over."""
    if time.monotonic() > _until.get():
        raise StoreDown("The store takes too long.")


def in_time(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, as long as there is time for them."""
    for piece in pieces:
        check_time()
        yield piece


class TimedBytes(BytesIO):
    """Bytes to send, as long as there is time for them."""

    def read(self, size: int | None = -1, /) -> bytes:
        check_time()
        return super().read(size)


def persistently(act: Callable[[], Result]) -> Result:
    """What `act` answers, tried up to three times while it fails quickly with StoreDown."""
    begun = time.monotonic()
    for attempt in range(1, ATTEMPTS):
        try:
            return act()
        except StoreDown:
            check_time()
            if time.monotonic() - begun > RETRY_SECONDS:
                raise
        time.sleep(random.uniform(0.15, 0.3) * 2**attempt)
    return act()
