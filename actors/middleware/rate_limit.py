"""Start at the moment the limiter gave, or not at all.

Waiting happens in place, for about two seconds at the most, and is never an error and never a retry. At its moment the
limiter is asked once more: a start that a penalty has made void, or that is found so late that it would come too close
to the next one, is exchanged for the next free start if that is near. Otherwise, and on any error in here, the image's
dispatch mark is taken away and the message skipped: dramatiq would run the actor if this hook merely raised.
"""

import threading
import time
from datetime import datetime
from uuid import UUID

import structlog
from dramatiq import Broker, MessageProxy, Worker
from dramatiq.middleware import Middleware, SkipMessage
from sqlalchemy.exc import SQLAlchemyError

from actors.middleware.app_context import AppContext
from app.core.errors import RateLimiterUnavailable
from app.generation.dispatch import withdraw
from app.generation.limiter import HORIZON_SECONDS, Entered, Limiter

log = structlog.get_logger()

LONGEST_WAIT = HORIZON_SECONDS + 1
MOST_EXCHANGES = 5
"""A start that was exchanged so often is given up: something else is wrong."""


class RedisTime:
    """Redis' clock as this process knows it from the last answer: one question for each start is enough."""

    def __init__(self) -> None:
        self._ahead: float | None = None

    def now(self, limiter: Limiter, key: str) -> float:
        """Micro-seconds."""
        if self._ahead is None:
            self.ask(limiter, key)
        return time.monotonic() * 1e6 + (self._ahead or 0.0)

    def ask(self, limiter: Limiter, key: str) -> None:
        begun = time.monotonic()
        self.learn(limiter.look(key)[0], begun)

    def learn(self, now: int, begun: float) -> None:
        """An answer to a question asked at `begun` said that it is `now`; about half the way there ago."""
        self._ahead = now - (begun + time.monotonic()) / 2 * 1e6


class RateLimit(Middleware):
    """Guards actors that carry the option `rate_limit`."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._stopping = threading.Event()
        self._time = RedisTime()

    @property
    def actor_options(self) -> set[str]:
        return {"rate_limit"}

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        self._stopping.set()

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        if not broker.get_actor(message.actor_name).options.get("rate_limit"):
            return
        try:
            allowed = self._wait(message)
        except Exception as error:
            log.exception("rate_limit_failed", error_type=type(error).__name__)
            allowed = False
        if not allowed:
            self._withdraw(message)
            raise SkipMessage("not at its start")

    def _wait(self, message: MessageProxy) -> bool:
        """Sleep until the start; True when the call may be made now, under the epoch that the message then names."""
        limiter: Limiter = self._context.app.extensions["studio"].limiter
        key, start, epoch = message.options["limiter_key"], int(message.options["start"]), int(message.options["epoch"])
        try:
            for _ in range(MOST_EXCHANGES):
                if not self._sleep_until(limiter, key, start):
                    return False
                entered = self._enter(limiter, key, start, epoch)
                message.options["epoch"] = epoch = entered.epoch
                if entered.at is None or entered.at <= entered.now:
                    return entered.at is not None
                start = entered.at
        except RateLimiterUnavailable as error:
            log.warning("start_given_up", reason=error.message)
        return False

    def _sleep_until(self, limiter: Limiter, key: str, start: int) -> bool:
        """False when the start is too far off to be true, or the process is told to stop."""
        seconds = self._seconds_until(limiter, key, start)
        if seconds > LONGEST_WAIT:
            log.warning("start_given_up", reason=f"It is {seconds:.0f} s off, which no start is.")
            return False
        return not self._stopping.wait(max(0.0, seconds))

    def _seconds_until(self, limiter: Limiter, key: str, start: int) -> float:
        """A start that seems far off is more likely one by a clock that was set since we asked: ask once more."""
        seconds = (start - self._time.now(limiter, key)) / 1e6
        if seconds > LONGEST_WAIT:
            self._time.ask(limiter, key)
            seconds = (start - self._time.now(limiter, key)) / 1e6
        return seconds

    def _enter(self, limiter: Limiter, key: str, start: int, epoch: int) -> Entered:
        begun = time.monotonic()
        entered = limiter.enter(key, start, epoch)
        self._time.learn(entered.now, begun)
        return entered

    def _withdraw(self, message: MessageProxy) -> None:
        try:
            withdraw(UUID(message.args[0]), datetime.fromisoformat(message.options["mark"]))
        except (SQLAlchemyError, LookupError, TypeError, ValueError) as error:
            log.warning("mark_left_to_expire", error_type=type(error).__name__)
