"""When calls started, on the provider's own clock, and what that says about the use of its limit."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

SHARE = 0.95
WINDOW_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Starts:
    """Seconds of the provider's clock, in order: calls it let in, and calls it answered with 429."""

    accepted: tuple[float, ...]
    refused: tuple[float, ...]

    @classmethod
    def of(cls, calls: Iterable[Mapping[str, Any]]) -> Self:
        by_kind: dict[bool, list[float]] = {True: [], False: []}
        for call in calls:
            by_kind[call["outcome"] != "rate_limited"].append(call["started"])
        return cls(tuple(sorted(by_kind[True])), tuple(sorted(by_kind[False])))

    def between(self, begin: float, end: float) -> Self:
        accepted, refused = ([at for at in times if begin <= at < end] for times in (self.accepted, self.refused))
        return type(self)(tuple(accepted), tuple(refused))

    @property
    def n(self) -> int:
        return len(self.accepted)

    def use(self, per_minute: float) -> float | None:
        """(n - 1) / (last start - first start) / limit, in percent; None for fewer than two starts."""
        if self.n < 2:
            return None
        return 100 * (self.n - 1) / (self.accepted[-1] - self.accepted[0]) / (per_minute / 60)

    @property
    def refused_percent(self) -> float:
        """429s for each hundred calls that were let in."""
        return 100 * len(self.refused) / max(1, self.n)

    @property
    def longest_gap(self) -> float:
        """Seconds between two starts, at most."""
        return max((after - before for before, after in pairwise(self.accepted)), default=0.0)

    def first_full(self, since: float, per_minute: float) -> float | None:
        """The first moment from `since` on after which WINDOW_SECONDS hold 95 % of the limit; None if there is none."""
        wanted = SHARE * per_minute / 60 * WINDOW_SECONDS
        for begin in [since, *(at for at in self.accepted if at > since)]:
            held = bisect_left(self.accepted, begin + WINDOW_SECONDS) - bisect_left(self.accepted, begin)
            if held >= wanted:
                return begin
        return None
