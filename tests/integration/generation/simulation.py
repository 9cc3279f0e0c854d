"""The real limiter against a model of a provider, in simulated time: minutes pass in a second."""

import heapq
import math
import random
from collections.abc import Callable
from itertools import count
from typing import Any, Literal

import redis

from app.generation.limiter import Limiter
from tests.fakes.openai_api.limits import Limit

KEY = "a lane"
BEGIN = 1_800_000_000
DISPATCH_SECONDS = 0.2
SLOTS = 60
"""More than enough for what is given ahead."""
Wait = Literal["exact", "whole seconds", "none"]


class Simulation:
    """Calls are let in or refused at once; a call is made a little after its start, and its refusal takes a little too.

    `jitter` is seconds from the start to the provider, `delay` from there back to the limiter, each between two bounds.
    `accepted` and `refused` hold the moments of the calls in seconds.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        per_minute: float,
        limit: Limit,
        wait: Wait = "exact",
        jitter: tuple[float, float] = (0.02, 0.12),
        delay: tuple[float, float] = (0.01, 0.1),
        tells: Callable[[], float | None] = lambda: None,
        seed: int = 1,
    ) -> None:
        client = redis.Redis.from_url(redis_url, decode_responses=True)
        self.limiter = Limiter(lambda: client, clock=lambda: round((BEGIN + self.now) * 1e6))
        self.per_minute, self.limit = per_minute, limit
        self.now = 0.0
        self.accepted: list[float] = []
        self.refused: list[float] = []
        self._wait, self._jitter, self._delay, self._tells = wait, jitter, delay, tells
        self._random = random.Random(seed)
        self._ahead = 0
        self._order = count()
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._at(0.0, self._dispatch)

    def run(self, seconds: float) -> None:
        """Let so much time pass."""
        end = self.now + seconds
        while self._events and self._events[0][0] <= end:
            self.now, _, action, arguments = heapq.heappop(self._events)
            action(*arguments)
        self.now = end

    def pause(self, seconds: float) -> None:
        """Let so much time pass in which there is nothing to start."""
        self._events = [event for event in self._events if event[2] != self._dispatch]
        self.run(seconds)
        self._at(self.now, self._dispatch)

    def use(self, begin: float, end: float, per_minute: float) -> float:
        """Percent of the limit that was used."""
        return 100 * sum(begin <= at < end for at in self.accepted) / ((end - begin) * per_minute / 60)

    def refusals(self, begin: float, end: float) -> int:
        return sum(begin <= at < end for at in self.refused)

    def _at(self, moment: float, action: Callable[..., None], *arguments: Any) -> None:
        heapq.heappush(self._events, (moment, next(self._order), action, arguments))

    def _dispatch(self) -> None:
        reserved = self.limiter.reserve(KEY, SLOTS - self._ahead, per_minute=self.per_minute)
        for start in reserved.starts:
            self._ahead += 1
            self._at(start / 1e6 - BEGIN + self._random.uniform(0, 0.01), self._enter, start, reserved.epoch)
        self._at(self.now + DISPATCH_SECONDS, self._dispatch)

    def _enter(self, start: int, epoch: int) -> None:
        entered = self.limiter.enter(KEY, start, epoch)
        if entered.at is not None and entered.at > entered.now:
            self._at(entered.at / 1e6 - BEGIN, self._enter, entered.at, entered.epoch)
            return
        self._ahead -= 1
        if entered.at is not None:
            self._at(self.now + self._random.uniform(*self._jitter), self._call, entered.epoch)

    def _call(self, epoch: int) -> None:
        seconds = self.limit.take(BEGIN + self.now)
        if seconds <= 0:
            self.accepted.append(self.now)
        else:
            self.refused.append(self.now)
            self._at(self.now + self._random.uniform(*self._delay), self._penalise, seconds, epoch)

    def _penalise(self, seconds: float, epoch: int) -> None:
        named = {"exact": math.ceil(seconds * 1000) / 1000, "whole seconds": float(math.ceil(seconds)), "none": None}
        self.limiter.penalise(KEY, named[self._wait], epoch=epoch, told=self._tells())
