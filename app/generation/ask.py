"""Ask for a dispatch soon, once for many: a slot has become free.

Each dispatch says for how long another one is of no use. While a lane is short of slots, every slot that becomes free
is worth one soon, and the last of many must not be forgotten: one asker waits for the moment to pass. While the limit
or the number of images is what holds a lane back, the schedule's own dispatches are enough; asking is then only for the
case that the schedule is late.
"""

import time

import redis
import structlog
from redis.exceptions import RedisError

from app.core.queue import ActorName, enqueue
from app.core.redis import redis_client, run_script
from app.generation.studio import studio

log = structlog.get_logger()

KEY = "proofsheet:dispatch:lately"
SHORT, ENOUGH = "short", "enough"
SHORT_OF_SLOTS_MILLISECONDS = 200
OTHERWISE_MILLISECONDS = 1200
"""Longer than the schedule's second, shorter than the two seconds for which starts are given away."""
WAITER = "proofsheet:dispatch:waiter"
MOST_WAITS = 4
"""Then the schedule has sent a dispatch anyway."""
MAY_ASK, MAY_WAIT = "ask", "wait"
TURN = f"""
if redis.call('SET', KEYS[1], '{SHORT}', 'NX', 'PX', {SHORT_OF_SLOTS_MILLISECONDS}) then return '{MAY_ASK}' end
if redis.call('GET', KEYS[1]) == '{ENOUGH}' then return '' end
if redis.call('SET', KEYS[2], '1', 'NX', 'PX', {MOST_WAITS * SHORT_OF_SLOTS_MILLISECONDS}) then return '{MAY_WAIT}' end
return ''
"""
"""Whether the caller may ask for a dispatch, or is the one to wait for that, or neither. One call, as every image that
ends makes it."""


def ask_for_dispatch() -> None:
    """Send a dispatch unless one was asked for, or was there, a moment ago.

    While slots are short, the first to find it so waits here for the moment to pass, 0.2 s as a rule, and asks for all.
    """
    try:
        first = _first(redis_client(_url()))
    except RedisError as error:
        log.warning("dispatch_not_asked", error_type=type(error).__name__)
        return
    if first:
        enqueue(ActorName.DISPATCH)


def note_dispatch(*, short_of_slots: bool) -> None:
    """Whether the round has given away every free slot of a lane and could have used more."""
    value, milliseconds = (SHORT, SHORT_OF_SLOTS_MILLISECONDS) if short_of_slots else (ENOUGH, OTHERWISE_MILLISECONDS)
    try:
        redis_client(_url()).set(KEY, value, px=milliseconds)
    except RedisError as error:
        log.warning("dispatch_not_noted", error_type=type(error).__name__)


def _first(client: redis.Redis) -> bool:
    """Whether nobody has asked lately, now or after having waited for all."""
    turn: str = run_script(client, TURN, [KEY, WAITER])
    if turn != MAY_WAIT:
        return turn == MAY_ASK
    asks = _wait(client)
    client.delete(WAITER)
    return asks


def _wait(client: redis.Redis) -> bool:
    """Whether a dispatch is still worth asking for when the last one's moment is over.

    That moment may be prolonged: a dispatch that looked before this slot became free may say later that it is over.
    """
    for _ in range(MOST_WAITS):
        time.sleep(max(0, client.pttl(KEY)) / 1000)
        if client.get(KEY) == ENOUGH:
            return False
        if _nobody_lately(client):
            return True
    return False


def _nobody_lately(client: redis.Redis) -> bool:
    """The first line of the script, for the one who has waited."""
    return bool(client.set(KEY, SHORT, nx=True, px=SHORT_OF_SLOTS_MILLISECONDS))


def _url() -> str:
    return studio().settings.redis_url or ""
