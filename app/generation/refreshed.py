"""A value of the database that a process keeps for a moment, because it is needed far more often than it changes."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from app.core.database import db, in_transaction

log = structlog.get_logger()
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Kept(Generic[Value]):
    value: Value
    until: float
    """On the monotonic clock."""


class Refreshed(Generic[Value]):
    """Reads again what is older than `seconds`. One to a process, shared by its threads."""

    def __init__(self, read: Callable[[Connection], Value], seconds: float) -> None:
        self._read = read
        self._seconds = seconds
        self._kept: Kept[Value] | None = None
        self._lock = threading.Lock()

    def get(self) -> Value:
        """The value, at most `seconds` old, or older while the database does not answer.

        Raises SQLAlchemyError when it has never answered.
        """
        kept = self._kept
        if kept is not None and time.monotonic() < kept.until:
            return kept.value
        # Nobody waits here: whoever waits may hold rows that the reading thread's connection is waited for with.
        alone = self._lock.acquire(blocking=False)
        try:
            return kept.value if kept is not None and not alone else self._renewed(kept)
        finally:
            if alone:
                self._lock.release()

    def forget(self) -> None:
        """Read again the next time: this process has just changed it."""
        self._kept = None

    def _renewed(self, kept: Kept[Value] | None) -> Value:
        try:
            value = self._now()
        except SQLAlchemyError as error:
            if kept is None:
                raise
            log.warning("old_value_kept", error_type=type(error).__name__)
            value = kept.value
        self._kept = Kept(value, time.monotonic() + self._seconds)
        return value

    def _now(self) -> Value:
        """Inside a write its own connection is used: a second one could be waited for by all who hold a first."""
        if in_transaction():
            return self._read(db.session.connection())
        with db.engine.connect() as connection:
            return self._read(connection)
