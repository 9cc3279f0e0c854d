"""Waiting for a condition: the only place in the tests that lets time pass."""

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def wait_until(condition: Callable[[], Result], *, within: float = 20.0, what: str = "the condition") -> Result:
    """Call `condition` until it answers something true; answers that. Fails after `within` seconds, naming `what`."""
    give_up = time.monotonic() + within
    while not (result := condition()):
        if time.monotonic() > give_up:
            raise AssertionError(f"waited {within:g} s for {what}")
        time.sleep(0.02)
    return result
