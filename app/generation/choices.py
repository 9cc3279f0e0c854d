"""What can be chosen for a job: models, and the qualities and sizes the chosen model supports."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import UnknownModel
from app.generation.studio import Studio
from app.providers.catalogue import Model, Size


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """`reason` says why it cannot be chosen now; None when it can."""

    model: Model
    reason: str | None

    @property
    def text(self) -> str:
        return f"{self.model.label} · demo" if self.model.is_demo else f"{self.model.label} · {self.model.provider}"


def model_choices(studio: Studio) -> Sequence[ModelChoice]:
    """Every model of the catalogue, usable or not."""
    return [ModelChoice(model, studio.providers.usable(model)) for model in studio.catalogue.models]


def first_usable(studio: Studio) -> Model:
    """The default model. Raises UnknownModel when none can be used."""
    for choice in model_choices(studio):
        if choice.reason is None:
            return choice.model
    raise UnknownModel("No model can be used. Set OPENAI_API_KEY, or allow the demo painter in the catalogue.")


def demo_model(studio: Studio) -> Model | None:
    """A model that costs nothing and needs no key, if the catalogue has one."""
    return next((model for model in studio.catalogue.models if model.is_demo), None)


def priced_qualities(model: Model) -> tuple[str, ...]:
    """The qualities that can be started: those with a price for at least one size."""
    return tuple(
        quality for quality in model.qualities if any(model.price(quality, size) is not None for size in model.sizes)
    )


def fitting_quality(model: Model, quality: str) -> str:
    """The wanted quality if the model has it, else the model's default."""
    return quality if quality in priced_qualities(model) else model.default_quality


def fitting_size(model: Model, size: str) -> Size:
    """The wanted size if the model makes it, else the nearest it makes; its default for what is no size."""
    try:
        return model.nearest_size(Size.parse(size))
    except ValueError:
        return model.default_size
