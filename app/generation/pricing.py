"""What a job will cost and how long it will take, before it is started."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.core.errors import UnknownModel
from app.generation.lanes import slots_for
from app.generation.studio import Studio
from app.providers.catalogue import Model
from app.providers.model import Size


@dataclass(frozen=True, slots=True)
class Estimate:
    """`cost` is None for a model without a price: it cannot be started. Seconds at the provider's limit."""

    images: int
    cost: Decimal | None
    prices_as_of: date
    seconds: float
    images_per_minute: float


def estimate(studio: Studio, model: Model, *, quality: str, size: Size, images: int) -> Estimate:
    """Images times the price of each, and the time they take at the pace of the limit."""
    price = model.price(quality, size)
    pace = attainable_pace(studio, model)
    return Estimate(
        images=images,
        cost=None if price is None else price * images,
        prices_as_of=model.prices_as_of,
        seconds=max(0, images - 1) * 60 / pace + model.latency_seconds if images else 0.0,
        images_per_minute=model.images_per_minute,
    )


def attainable_pace(studio: Studio, model: Model) -> float:
    """Images per minute: the limit, or what the slots allow if that is less."""
    limit = model.images_per_minute
    slots = min(slots_for(limit, model.latency_seconds, model.max_in_flight), studio.settings.generate_threads)
    return min(limit, slots * 60 / model.latency_seconds)


def listed_price(studio: Studio, model_id: str, quality: str, size: Size) -> Decimal:
    """What the price list says of one picture; 0 for a model that has left the catalogue."""
    try:
        return studio.catalogue.model(model_id).price(quality, size) or Decimal(0)
    except UnknownModel:
        return Decimal(0)
