"""What the provider's answers tell the limiter: refusals slow everybody down, successes say how long a call takes."""

import structlog

from app.core.errors import ProviderError, RateLimiterUnavailable
from app.generation.lanes import lane_key
from app.generation.studio import studio

log = structlog.get_logger()


def slow_down(limiter_key: str, epoch: int | None, error: ProviderError) -> None:
    """A 429 moves everybody's next start. `epoch` is the one under which the call was made."""
    if not error.rate_limited:
        return
    try:
        penalty = studio().limiter.penalise(limiter_key, error.retry_after, epoch=epoch, told=error.limit_per_minute)
    except RateLimiterUnavailable as unavailable:
        log.warning("penalty_not_shared", reason=unavailable.message)
        return
    if penalty.begun:
        log.warning("pace_lowered", lane=limiter_key, seconds=penalty.seconds, per_minute=round(penalty.per_minute, 1))


def note_success(model_id: str, *, milliseconds: int | None, limit_per_minute: float | None) -> None:
    """How long a call took from sending to its end, and the limit that the provider named. Lost without harm."""
    try:
        key = lane_key(studio(), studio().catalogue.model(model_id))
        seconds = None if milliseconds is None else milliseconds / 1000
        studio().limiter.note(key, latency_seconds=seconds, told=limit_per_minute)
    except RateLimiterUnavailable as unavailable:
        log.warning("latency_not_noted", reason=unavailable.message)
