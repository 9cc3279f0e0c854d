"""Waiting for a condition without taking part in what is measured: a look now and then."""

import time
from collections.abc import Callable

EVERY_SECONDS = 0.5


def wait_for(condition: Callable[[], object], *, within: float, what: str) -> None:
    """Returns when the condition holds. Raises TimeoutError after `within` seconds, naming `what`."""
    give_up = time.monotonic() + within
    while not condition():
        if time.monotonic() > give_up:
            raise TimeoutError(f"waited {within:.0f} s for {what}")
        time.sleep(EVERY_SECONDS)
