"""One pace for all processes: a GCRA per limiter key, kept in Redis and moved by one Lua call.

The generic cell rate algorithm (ITU-T I.371, virtual scheduling) keeps a single number, the theoretical arrival time
of the next start. Each reservation moves it on by the emission interval, so starts are spread evenly and a window of
any length never holds more than the limit. Refusals lower the pace, and it finds its way back by itself; the rules are
in limiter_scripts.py. All times are micro-seconds of Redis' own clock unless a name says seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import redis
from redis.exceptions import RedisError

from app.core.errors import RateLimiterUnavailable
from app.core.redis import run_script
from app.generation import limiter_scripts as scripts
from app.generation.latency import Latencies
from app.generation.limiter_scripts import HORIZON_SECONDS, USE

__all__ = ["HORIZON_SECONDS", "USE", "Entered", "Limiter", "Penalty", "Reading", "Reserved"]


@dataclass(frozen=True, slots=True)
class Reserved:
    """Starts given away. `now` and `starts` are micro-seconds of Redis' clock; `epoch` grows with every penalty."""

    now: int
    epoch: int
    starts: list[int]


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a start. `at` is `now` for a call that is to be made now, later for one that must wait until then
    and ask again, None for one that is void. `epoch` is the one under which it may be made.
    """

    now: int
    epoch: int
    at: int | None


@dataclass(frozen=True, slots=True)
class Penalty:
    """Nobody starts for `seconds`; then the pace is `per_minute`. `begun` is False for a refusal of a known episode."""

    seconds: float
    per_minute: float
    begun: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a limiter is doing. Rates are a minute; counts are of the last minute."""

    now: int
    epoch: int
    next_start: int
    penalty_seconds: float
    told_per_minute: float | None
    """The limit that the provider has named, if it has."""
    current_per_minute: float
    starts: int
    refusals: int
    last_refusal: int | None


class Limiter:
    """The limiter of one Redis. Every method raises RateLimiterUnavailable when Redis cannot be asked.

    `clock` answers micro-seconds in the place of Redis' own clock; simulations bring one.
    """

    def __init__(self, client: Callable[[], redis.Redis], *, clock: Callable[[], int] | None = None) -> None:
        self.latency = Latencies(self.latencies)
        self._client = client
        self._clock = clock

    def reserve(self, key: str, room: int, *, per_minute: float) -> Reserved:
        """Up to `room` starts within the horizon, at 98 % of the limit or, after refusals, at the pace that is learned.

        A limit that is not the one of the last call holds at once; what was learned about the other is forgotten.
        """
        now, epoch, starts = self._run(scripts.RESERVE, [_state(key)], room, per_minute)
        return Reserved(int(now), int(epoch), [int(start) for start in starts])

    def give_back(self, key: str, unused: list[int], *, epoch: int) -> bool:
        """Return the last starts of a reservation that nobody needs; False when others have been given since."""
        return bool(self._run(scripts.GIVE_BACK, [_state(key)], unused[0], unused[-1], epoch))

    def enter(self, key: str, start: int, epoch: int) -> Entered:
        """Ask whether a start may be made now. One that is late or older than a penalty gets another if one is near."""
        answer = self._run(scripts.ENTER, [_state(key), _starts(key)], start, epoch)
        now, valid, at = (int(number) for number in answer)
        return Entered(now, valid, None if at < 0 else at or now)

    def penalise(
        self, key: str, seconds: float | None, *, epoch: int | None = None, told: float | None = None
    ) -> Penalty:
        """The provider has refused a call: nobody starts for so long, and starts already given become void.

        `seconds` is the wait that the provider named; without one it is 1 s, doubled while not even the first call
        after it is let in. `epoch` is the refused call's; of the many calls that are refused together only the first
        lowers the pace. `told` is the limit a minute that the provider named.
        """
        now, until, rate, begun = self._run(
            scripts.PENALISE, [_state(key), _refusals(key)], _text(seconds), _text(epoch), _text(told)
        )
        return Penalty(max(0, int(until) - int(now)) / 1e6, float(rate), bool(begun))

    def note(self, key: str, *, latency_seconds: float | None = None, told: float | None = None) -> None:
        """Remember how long a successful call took, and the limit a minute that its answer named."""
        milliseconds = None if latency_seconds is None else latency_seconds * 1000
        self._run(scripts.NOTE, [_state(key), _latencies(key)], _text(milliseconds), _text(told))

    def latencies(self, key: str) -> list[float]:
        """Seconds that the last successful calls took, the oldest first."""
        try:
            stored = cast(list[str], self._client().lrange(_latencies(key), 0, -1))
        except RedisError as error:
            raise _unavailable(error) from error
        return [int(milliseconds) / 1000 for milliseconds in stored]

    def look(self, key: str) -> tuple[int, int]:
        """(now, epoch)."""
        now, epoch = self._run(scripts.LOOK, [_state(key)])
        return int(now), int(float(epoch))

    def read(self, key: str, *, per_minute: float) -> Reading:
        """What the limiter is doing, for people to read; a limit that no start was given under yet is taken as new."""
        now, epoch, arrival, until, told, current, starts, refusals, last = self._run(
            scripts.READ, [_state(key), _starts(key), _refusals(key)], per_minute
        )
        return Reading(
            now=int(now),
            epoch=int(epoch),
            next_start=max(int(arrival), int(until), int(now)),
            penalty_seconds=max(0, int(until) - int(now)) / 1e6,
            told_per_minute=float(told) or None,
            current_per_minute=float(current),
            starts=int(starts),
            refusals=int(refusals),
            last_refusal=int(last) or None,
        )

    def _run(self, script: str, keys: list[str], *arguments: object) -> Any:
        now = "" if self._clock is None else self._clock()
        try:
            return run_script(self._client(), script, keys, now, *arguments)
        except RedisError as error:
            raise _unavailable(error) from error


def _state(key: str) -> str:
    return f"proofsheet:limiter:{key}"


def _starts(key: str) -> str:
    return f"proofsheet:limiter:{key}:starts"


def _refusals(key: str) -> str:
    return f"proofsheet:limiter:{key}:refusals"


def _latencies(key: str) -> str:
    return f"proofsheet:limiter:{key}:latencies"


def _text(number: float | None) -> str:
    return "" if number is None else str(number)


def _unavailable(error: RedisError) -> RateLimiterUnavailable:
    return RateLimiterUnavailable(f"The limiter cannot be asked: {type(error).__name__}.")
