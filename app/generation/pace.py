"""What the limiter is doing, lane by lane, for people to read: the operations page and the command line."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import structlog

from app.core.database import db_now
from app.core.errors import RateLimiterUnavailable
from app.generation.lanes import Lane, lanes
from app.generation.occupied import occupied
from app.generation.studio import studio
from app.generation.waiting import calls_in_flight

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pace:
    """One lane. Rates are starts a minute. What only the limiter knows is None while it cannot be asked."""

    key: str
    provider: str
    models: tuple[str, ...]
    configured_per_minute: float
    """The limit as configured."""
    slots: int
    """How many calls may be in flight at once."""
    in_flight: int
    p95_latency_seconds: float | None
    """Of the last successful calls; None while none are remembered."""
    current_per_minute: float | None = None
    """The pace of the starts now: below 98 % of the limit while a refusal is remembered."""
    told_per_minute: float | None = None
    """The limit that the provider has named lately, if it has."""
    waits_seconds: float | None = None
    """How long nobody starts because the provider asked to wait; 0 while it did not."""
    next_start_seconds: float | None = None
    """How far off the next start is that can be given away."""
    starts_last_minute: int | None = None
    refusals_last_minute: int | None = None
    last_refusal_seconds: float | None = None
    """How long ago the last refusal was; None when there was none in the last minute."""
    epoch: int | None = None
    """Grows with every penalty."""


def paces() -> list[Pace]:
    """The pace of every lane that can be used now."""
    in_flight = occupied(calls_in_flight(db_now()), studio().settings.lease_seconds).slots
    return [_pace(lane, in_flight) for lane in lanes(studio())]


def _pace(lane: Lane, in_flight: Counter[str]) -> Pace:
    return Pace(
        key=lane.key,
        provider=lane.key.partition(":")[0],
        models=lane.models,
        configured_per_minute=lane.per_minute,
        slots=lane.slots,
        in_flight=sum(in_flight[model] for model in lane.models),
        p95_latency_seconds=studio().limiter.latency.measured(lane.key),
        **_limiter_says(lane),
    )


def _limiter_says(lane: Lane) -> dict[str, Any]:
    """The fields of a Pace that only the limiter knows."""
    try:
        reading = studio().limiter.read(lane.key, per_minute=lane.per_minute)
    except RateLimiterUnavailable as error:
        log.warning("pace_not_known", lane=lane.key, reason=error.message)
        return {}
    return {
        "current_per_minute": reading.current_per_minute,
        "told_per_minute": reading.told_per_minute,
        "waits_seconds": reading.penalty_seconds,
        "next_start_seconds": (reading.next_start - reading.now) / 1e6,
        "starts_last_minute": reading.starts,
        "refusals_last_minute": reading.refusals,
        "last_refusal_seconds": reading.last_refusal and (reading.now - reading.last_refusal) / 1e6,
        "epoch": reading.epoch,
    }
