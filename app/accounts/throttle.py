"""Counts attempts within a window, shared by all hosts through Redis.

Without Redis each process counts for itself: signing in must go on working, and guessing must not become free.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import redis
import structlog
from flask import Flask, current_app
from redis.exceptions import RedisError

from app.core.redis import redis_client
from app.core.settings import Settings

log = structlog.get_logger()

LOCAL_KEYS = 10_000
"""More than this are not remembered by one process; the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `attempts` within `seconds` from the first one."""

    attempts: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Count:
    attempts: int
    seconds_left: float


class Throttle:
    """One counter to a key, which starts anew when its window has passed."""

    def __init__(self, client: Callable[[], redis.Redis] | None) -> None:
        """client: answers the shared client; None counts in this process only."""
        self._client = client
        self._local: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def attempt(self, key: str, limit: Limit) -> float:
        """Count one attempt. Answers 0 when it may go on, else the seconds until the next one may."""
        count = self._count(key, limit.seconds)
        return 0 if count.attempts <= limit.attempts else max(1, math.ceil(count.seconds_left))

    def forget(self, key: str) -> None:
        """Start the counter anew."""
        with self._lock:
            self._local.pop(key, None)
        if self._client is None:
            return
        try:
            self._client().delete(key)
        except RedisError as error:
            log.warning("throttle_not_shared", error_type=type(error).__name__)

    def _count(self, key: str, seconds: int) -> Count:
        if self._client is None:
            return self._count_here(key, seconds)
        try:
            return _count_there(self._client(), key, seconds)
        except RedisError as error:
            log.warning("throttle_not_shared", error_type=type(error).__name__)
            return self._count_here(key, seconds)

    def _count_here(self, key: str, seconds: int) -> Count:
        now = time.monotonic()
        with self._lock:
            attempts, ends = self._local.pop(key, (0, 0.0))
            if ends <= now:
                attempts, ends = 0, now + seconds
            self._local[key] = (attempts + 1, ends)
            while len(self._local) > LOCAL_KEYS:
                del self._local[next(iter(self._local))]
            return Count(attempts + 1, ends - now)


def _count_there(client: redis.Redis, key: str, seconds: int) -> Count:
    """One round trip; the window begins with its first attempt, and always has an end."""
    pipeline = client.pipeline(transaction=True)
    pipeline.set(key, 0, ex=seconds, nx=True)
    pipeline.incr(key)
    pipeline.pttl(key)
    _, attempts, milliseconds = pipeline.execute()
    return Count(int(attempts), int(milliseconds) / 1000)


def init_throttle(app: Flask, settings: Settings) -> None:
    """Give the application the counter of these settings."""
    url = settings.redis_url
    app.extensions["throttle"] = Throttle((lambda: redis_client(url)) if url else None)


def throttle() -> Throttle:
    """The counter of the current application."""
    return cast(Throttle, current_app.extensions["throttle"])
