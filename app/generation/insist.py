"""Repeat what must not be given up: a picture is paid for, and what stands in the way will pass."""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

log = structlog.get_logger()
Result = TypeVar("Result")
Errors = type[Exception] | tuple[type[Exception], ...]

PERSIST_SECONDS = 100.0
"""How long a picture waits for a database or a disk that does not take it: less than a worker's drain leaves it."""
DATABASE_AWAY: Errors = (DBAPIError, NoConnection)
"""It is being restarted, or does not answer. Whether the last commit was made is not known then."""


def insist(action: Callable[[], Result], passing: Errors = DATABASE_AWAY) -> Result:
    """Repeat an action that may run twice while it fails with an error that passes. Raises the last one in the end."""
    deadline = time.monotonic() + PERSIST_SECONDS
    wait = 0.2
    while True:
        try:
            return action()
        except passing as error:
            if time.monotonic() > deadline:
                raise
            log.warning("result_waits", error_type=type(error).__name__)
            time.sleep(wait)
            wait = min(wait * 2, 5.0)
