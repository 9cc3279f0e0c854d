"""A lane is what shares one limit: the models of one limit group, reached with one credential."""

import math
from dataclasses import dataclass

from app.generation.limiter import HORIZON_SECONDS
from app.generation.studio import Studio
from app.providers.catalogue import Model


@dataclass(frozen=True, slots=True)
class Lane:
    """`key` names the limiter; `slots` is how many calls may be in flight at once."""

    key: str
    models: tuple[str, ...]
    per_minute: float
    slots: int

    @property
    def account(self) -> str:
        """Provider and credential: whose refusal stops the lane."""
        return ":".join(self.key.split(":")[:2])


def lanes(studio: Studio) -> list[Lane]:
    """Every lane whose models can be used now."""
    groups: dict[str, list[Model]] = {}
    for model in studio.catalogue.models:
        if studio.providers.usable(model) is None:
            groups.setdefault(lane_key(studio, model), []).append(model)
    return [_lane(studio, key, models) for key, models in groups.items()]


def lane_key(studio: Studio, model: Model) -> str:
    return f"{model.provider}:{studio.providers.credential(model.provider)}:{model.limit_group}"


def _lane(studio: Studio, key: str, models: list[Model]) -> Lane:
    """The strictest limit of the group holds for all of it: the provider counts them together."""
    per_minute = min(model.images_per_minute for model in models)
    latency = studio.limiter.latency.expected(key, max(model.latency_seconds for model in models))
    slots = slots_for(per_minute, latency, min(model.max_in_flight for model in models))
    return Lane(key, tuple(model.id for model in models), per_minute, slots)


def slots_for(per_minute: float, latency_seconds: float, most: int) -> int:
    """Calls in flight that use the whole limit (Little's law): a fifth more for jitter, two for the start.

    `latency_seconds` is the p95 of one call. An image holds its slot from the dispatch on, which may be the horizon
    before its start.
    """
    return min(most, math.ceil(per_minute / 60 * (latency_seconds * 1.2 + HORIZON_SECONDS)) + 2)
