"""The limit that an answer's headers name, in calls a minute.

`x-ratelimit-limit-requests` (or `-images`) is how many calls fit into a period that is not named. The headers beside it
tell which period it is: `remaining` is how many calls are left of it, `reset` how long until all of them are there
again. A bucket that is filled up steadily needs (limit - remaining) / limit of its period for that.
"""

import re
from collections.abc import Mapping

UNITS = ("images", "requests")
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_SECONDS = (DAY, HOUR, MINUTE, 1.0, 0.001)


def told_limit(headers: Mapping[str, str]) -> float | None:
    """The strictest limit a minute that the headers name; None when they name none, or one for a longer time.

    A limit for an hour or a day says nothing about the pace: it may be used up at once.
    """
    return min((limit for unit in UNITS if (limit := _of(headers, unit)) is not None), default=None)


def _of(headers: Mapping[str, str], unit: str) -> float | None:
    limit = _number(headers.get(f"x-ratelimit-limit-{unit}"))
    if limit is None or limit <= 0:
        return None
    remaining = _number(headers.get(f"x-ratelimit-remaining-{unit}"))
    reset = duration(headers.get(f"x-ratelimit-reset-{unit}"))
    return limit if reset is None or _fits_a_minute(limit, remaining, reset) else None


def _fits_a_minute(limit: float, remaining: float | None, reset: float) -> bool:
    """Whether the period can be a minute: it lasts as long as the reset, at least."""
    if reset > MINUTE + 1:
        return False
    used = limit - remaining if remaining is not None else 0.0
    if used <= 0 or reset <= 0:
        return True
    period = limit * reset / used
    return not any(0.7 < period / longer < 1.4 for longer in (HOUR, DAY))


def duration(text: str | None) -> float | None:
    """Seconds of "6m0s", "120ms", "1.5s", "7h12m0s" or a plain number; None for anything else."""
    if text is None or not (text := text.strip()):
        return None
    if (plain := _number(text)) is not None:
        return plain
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    return sum(float(part) * unit for part, unit in zip(found.groups(), _SECONDS, strict=True) if part)


def _number(text: str | None) -> float | None:
    if text is None or not re.fullmatch(r"\d+(\.\d+)?", text.strip()):
        return None
    return float(text)
