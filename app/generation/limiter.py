"""One pace for all processes: a GCRA per limiter key, kept in Redis and moved by one Lua call.

The generic cell rate algorithm (ITU-T I.371, virtual scheduling) keeps a single number, the theoretical arrival time
of the next start. Each reservation moves it on by the emission interval, so starts are spread evenly and a window of
any length never holds more than the limit. All times are micro-seconds of Redis' own clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import redis
from redis.exceptions import RedisError

from app.core.errors import RateLimiterUnavailable

HORIZON_SECONDS = 2.0
"""How far ahead starts are given away: Redis never holds more work than this."""
USE = 0.98
"""Share of the configured limit that is used; the rest is for clocks and networks."""
LONGEST_SECONDS = 86_400
"""The longest penalty that is believed; anything beyond it is a clock that jumped."""
FORGET_SECONDS = 2 * LONGEST_SECONDS

RESERVE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local state = redis.call('HMGET', KEYS[1], 'arrival', 'epoch', 'penalty_until')
local arrival = tonumber(state[1] or 0)
local epoch = tonumber(state[2] or 0)
local penalty_until = tonumber(state[3] or 0)
local room, interval, horizon = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
-- A clock that jumped must not freeze the key: no start lies further off than the horizon or the penalty allow.
if arrival > math.max(now + horizon + interval, penalty_until) then arrival = now + interval end
if penalty_until > now + tonumber(ARGV[5]) then penalty_until = 0 end
if arrival < now then arrival = now end
if arrival < penalty_until then arrival = penalty_until end
local starts = {}
while #starts < room and arrival <= now + horizon do
  starts[#starts + 1] = string.format('%.0f', arrival)
  arrival = arrival + interval
end
redis.call('HSET', KEYS[1], 'arrival', string.format('%.0f', arrival),
           'penalty_until', string.format('%.0f', penalty_until))
redis.call('EXPIRE', KEYS[1], ARGV[4])
return {string.format('%.0f', now), epoch, starts}
"""

PENALISE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local state = redis.call('HMGET', KEYS[1], 'arrival', 'penalty_until')
local until_then = now + tonumber(ARGV[1])
local penalty_until = math.max(tonumber(state[2] or 0), until_then)
redis.call('HSET', KEYS[1], 'penalty_until', string.format('%.0f', penalty_until),
           'arrival', string.format('%.0f', math.max(tonumber(state[1] or 0), penalty_until)))
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('EXPIRE', KEYS[1], ARGV[2])
return string.format('%.0f', penalty_until)
"""

LOOK = """
local clock = redis.call('TIME')
return {string.format('%.0f', clock[1] * 1000000 + clock[2]), tonumber(redis.call('HGET', KEYS[1], 'epoch') or 0)}
"""


@dataclass(frozen=True, slots=True)
class Reserved:
    """Starts given away. `now` and `starts` are micro-seconds of Redis' clock; `epoch` grows with every penalty."""

    now: int
    epoch: int
    starts: list[int]


class Limiter:
    """The limiter of one Redis. Every method raises RateLimiterUnavailable when Redis cannot be asked."""

    def __init__(self, client: Callable[[], redis.Redis]) -> None:
        self._client = client

    def reserve(self, key: str, room: int, *, per_minute: float) -> Reserved:
        """Up to `room` starts within the horizon, at 98 % of the limit."""
        interval = 60_000_000 / (per_minute * USE)
        now, epoch, starts = self._run(
            RESERVE, key, room, interval, HORIZON_SECONDS * 1e6, FORGET_SECONDS, LONGEST_SECONDS * 1e6
        )
        return Reserved(int(now), int(epoch), [int(start) for start in starts])

    def penalise(self, key: str, seconds: float) -> None:
        """Nobody starts for so long; starts already given away become void."""
        seconds = min(seconds, LONGEST_SECONDS)
        self._run(PENALISE, key, seconds * 1e6, FORGET_SECONDS)

    def look(self, key: str) -> tuple[int, int]:
        """(now, epoch)."""
        now, epoch = self._run(LOOK, key)
        return int(now), int(epoch)

    def _run(self, script: str, key: str, *arguments: float) -> Any:
        try:
            return cast(Any, self._client().eval(script, 1, f"proofsheet:limiter:{key}", *(str(a) for a in arguments)))
        except RedisError as error:
            raise RateLimiterUnavailable(f"The limiter cannot be asked: {type(error).__name__}.") from error
