"""On which models an image can be run instead, what that changes about it, and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.core.errors import BadInput
from app.core.filters import money
from app.generation.choices import ModelChoice, fitting_quality, fitting_size, model_choices
from app.generation.models import Image
from app.generation.studio import studio
from app.providers.catalogue import Model
from app.providers.model import Size


@dataclass(frozen=True, slots=True)
class Route:
    """An image on one model: with its own quality and size where the model has them, else with the nearest."""

    model: Model
    quality: str
    size: Size
    cost: Decimal
    changes: tuple[str, ...]

    @property
    def text(self) -> str:
        """`GPT Image 2 · openai · $0.04 · 1536x1024 instead of 1024x1024`."""
        name = ModelChoice(self.model, None).text
        return " · ".join([name, money(self.cost) if self.cost else "free", *self.changes])

    @property
    def choice(self) -> tuple[str, str]:
        """The model's id and the text of its line in a list."""
        return self.model.id, self.text


def routes_of(image: Image) -> Sequence[Route]:
    """Every model that can be used now and has a price for this image; the image's own first."""
    found = [_route(image, choice.model) for choice in model_choices(studio()) if choice.reason is None]
    return sorted((route for route in found if route), key=lambda route: route.model.id != image.model)


def route_to(image: Image, model_id: str) -> Route:
    """The image on this model. Raises UnknownModel, and BadInput when the model cannot be used or has no price."""
    model = studio().catalogue.model(model_id)
    if reason := next((choice.reason for choice in model_choices(studio()) if choice.model.id == model.id), None):
        raise BadInput([f"{model.label} cannot be used: {reason}."])
    route = _route(image, model)
    if route is None:
        raise BadInput([f"{model.label} has no price for a picture like this one, so it cannot be started."])
    return route


def _route(image: Image, model: Model) -> Route | None:
    quality, size = fitting_quality(model, image.quality), fitting_size(model, f"{image.width}x{image.height}")
    cost = model.price(quality, size)
    if cost is None:
        return None
    changes = [
        f"{size} instead of {image.width}x{image.height}" if size != Size(image.width, image.height) else "",
        f"{quality} quality instead of {image.quality}" if quality != image.quality else "",
    ]
    return Route(model, quality, size, cost, tuple(change for change in changes if change))
