"""The models one can choose, with their sizes, prices and limits. The data is in catalogue.toml."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Self

from app.core.errors import ConfigurationError, UnknownModel
from app.providers.catalogue_file import read_models, read_writer_prices
from app.providers.model import Model, Size
from app.providers.pricing import WriterPrice

__all__ = ["PACE", "Catalogue", "Model", "Size", "seconds_for"]

PACE = 0.98
"""Share of a provider's limit that is used, so that its clock and ours may differ a little."""


class Catalogue:
    """All models, in the order in which they are offered."""

    def __init__(self, models: Iterable[Model], writer_prices: Mapping[str, WriterPrice] | None = None) -> None:
        self._models = {model.id: model for model in models}
        self.writer_prices: Mapping[str, WriterPrice] = writer_prices or {}

    @classmethod
    def load(cls, extra: Path | None = None, *, images_per_minute: Mapping[str, float] | None = None) -> Self:
        """The shipped catalogue with `extra` laid over it, and limits by provider or model id over both.

        Raises ConfigurationError that names the file, the model and the field.
        """
        return cls(_with_limits(read_models(extra), images_per_minute or {}), read_writer_prices(extra))

    @property
    def models(self) -> tuple[Model, ...]:
        return tuple(self._models.values())

    def model(self, model_id: str) -> Model:
        """The model with this id. Raises UnknownModel."""
        try:
            return self._models[model_id]
        except KeyError:
            known = ", ".join(self._models)
            raise UnknownModel(f"There is no model {model_id!r}. Choose one of: {known}.") from None


def _with_limits(models: list[Model], limits: Mapping[str, float]) -> list[Model]:
    names = {model.id for model in models} | {model.provider for model in models}
    if unknown := sorted(set(limits) - names):
        raise ConfigurationError(
            f"PROOFSHEET_IMAGES_PER_MINUTE names {', '.join(unknown)}; known are {', '.join(sorted(names))}."
        )
    return [
        replace(model, images_per_minute=limits.get(model.id, limits.get(model.provider, model.images_per_minute)))
        for model in models
    ]


def seconds_for(images: int, images_per_minute: float, latency: float) -> float:
    """Seconds until the last of so many images is there, started evenly at the limit; 0 for none."""
    if images <= 0:
        return 0.0
    return (images - 1) * 60 / (images_per_minute * PACE) + latency
