"""Start at the moment the limiter gave, or not at all.

Waiting happens in place, for two seconds at the most, and is never an error and never a retry. A message whose start is
past or void (a penalty has moved everybody), and any error in here, takes the image's dispatch mark away and skips the
message: dramatiq would run the actor if this hook merely raised.
"""

import threading
from datetime import datetime
from uuid import UUID

import structlog
from dramatiq import Broker, MessageProxy, Worker
from dramatiq.middleware import Middleware, SkipMessage
from sqlalchemy.exc import SQLAlchemyError

from actors.middleware.app_context import AppContext
from app.core.errors import RateLimiterUnavailable
from app.generation.dispatch import withdraw
from app.generation.limiter import HORIZON_SECONDS, Limiter

log = structlog.get_logger()

LATEST_SECONDS = 10.0
"""A start that is further past than this is void: its slot in the limit is long gone."""


class RateLimit(Middleware):
    """Guards actors that carry the option `rate_limit`."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._stopping = threading.Event()

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
        """Sleep until the start; True when the call may be made now."""
        limiter: Limiter = self._context.app.extensions["studio"].limiter
        key, start, epoch = message.options["limiter_key"], message.options["start"], message.options["epoch"]
        try:
            now, _ = limiter.look(key)
            seconds = (start - now) / 1e6
            if not -LATEST_SECONDS <= seconds <= HORIZON_SECONDS + 1 or self._stopping.wait(max(0.0, seconds)):
                return False
            return limiter.look(key)[1] == int(epoch)
        except RateLimiterUnavailable as error:
            log.warning("start_given_up", reason=error.message)
            return False

    def _withdraw(self, message: MessageProxy) -> None:
        try:
            withdraw(UUID(message.args[0]), datetime.fromisoformat(message.options["mark"]))
        except (SQLAlchemyError, LookupError, TypeError, ValueError) as error:
            log.warning("mark_left_to_expire", error_type=type(error).__name__)
