"""Ask for a dispatch soon, once for many: a slot has become free."""

import structlog
from redis.exceptions import RedisError

from app.core.queue import ActorName, enqueue
from app.core.redis import redis_client
from app.generation.studio import studio

log = structlog.get_logger()

COALESCE_MILLISECONDS = 200


def ask_for_dispatch() -> None:
    """Send a dispatch unless one was asked for a moment ago; the scheduler sends one each second anyway."""
    try:
        first = redis_client(studio().settings.redis_url or "").set(
            "proofsheet:dispatch:asked", "1", nx=True, px=COALESCE_MILLISECONDS
        )
    except RedisError as error:
        log.warning("dispatch_not_asked", error_type=type(error).__name__)
        return
    if first:
        enqueue(ActorName.DISPATCH)
