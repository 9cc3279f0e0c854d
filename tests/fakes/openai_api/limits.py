"""The two ways in which a provider counts: so many in a window that slides, or a bucket that fills up again."""

import time
from collections import deque
from typing import Any, Protocol


class Limit(Protocol):
    def take(self, now: float | None = None) -> float:
        """Counts one call and answers 0, or the seconds after which to come again; a refused call is not counted."""
        ...

    def used(self) -> tuple[float, float, float]:
        """Calls a minute, how many of them are used up now, and the seconds until none are."""
        ...

    def described(self) -> dict[str, object]: ...


def told(limit: Limit) -> dict[str, str]:
    """The headers in which OpenAI names a limit."""
    per_minute, used, seconds = limit.used()
    return {
        "x-ratelimit-limit-requests": f"{per_minute:.0f}",
        "x-ratelimit-remaining-requests": f"{max(0.0, per_minute - used):.0f}",
        "x-ratelimit-reset-requests": f"{seconds * 1000:.0f}ms" if seconds < 1 else f"{seconds:.3f}s",
    }


class SlidingWindow:
    """At most `images` accepted calls in any `seconds`."""

    def __init__(self, images: int, seconds: float = 60.0) -> None:
        self.images, self.seconds = images, seconds
        self._accepted: deque[float] = deque()

    def take(self, now: float | None = None) -> float:
        now = time.monotonic() if now is None else now
        while self._accepted and self._accepted[0] <= now - self.seconds:
            self._accepted.popleft()
        if self.images <= 0:
            return self.seconds
        if len(self._accepted) >= self.images:
            return self._accepted[0] + self.seconds - now
        self._accepted.append(now)
        return 0.0

    def used(self) -> tuple[float, float, float]:
        scale = 60 / self.seconds
        last = self._accepted[-1] + self.seconds - time.monotonic() if self._accepted else 0.0
        return self.images * scale, len(self._accepted) * scale, max(0.0, last)

    def described(self) -> dict[str, object]:
        return {"kind": "window", "images": self.images, "seconds": self.seconds}


class TokenBucket:
    """`per_minute` calls a minute, at most `burst` at once; starts full."""

    def __init__(self, per_minute: float, burst: int = 1) -> None:
        self.per_minute, self.burst = per_minute, burst
        self._tokens, self._at = float(burst), time.monotonic()

    def take(self, now: float | None = None) -> float:
        now = time.monotonic() if now is None else now
        self._tokens = min(self.burst, self._tokens + max(0.0, now - self._at) * self.per_minute / 60)
        self._at = now
        if self._tokens >= 1 - 1e-9:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) * 60 / self.per_minute

    def used(self) -> tuple[float, float, float]:
        missing = self.burst - self._tokens
        return self.per_minute, missing, missing * 60 / self.per_minute

    def described(self) -> dict[str, object]:
        return {"kind": "bucket", "per_minute": self.per_minute, "burst": self.burst}


def limit_from(described: dict[str, Any] | None) -> Limit | None:
    """The limit that the control endpoint was told to set."""
    if described is None:
        return None
    options = {key: value for key, value in described.items() if key != "kind"}
    return SlidingWindow(**options) if described["kind"] == "window" else TokenBucket(**options)
