"""What staff have set for models, laid over the catalogue and the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, select

from app.generation.provider_models import ModelSetting
from app.providers.catalogue import Catalogue
from app.providers.model import Model


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for one name; None leaves what the catalogue says."""

    images_per_minute: float | None = None
    disabled_reason: str | None = None
    shutdown_date: date | None = None


NOTHING = Setting()


@dataclass(frozen=True, slots=True)
class Overlay:
    """Settings by model id or provider. What is set for a model goes before what is set for its provider."""

    settings: Mapping[str, Setting]

    def over(self, catalogue: Catalogue) -> Catalogue:
        """The catalogue as staff have set it; itself when they have set nothing."""
        return Catalogue([self._over(model) for model in catalogue.models]) if self.settings else catalogue

    def _over(self, model: Model) -> Model:
        own, shared = self.settings.get(model.id, NOTHING), self.settings.get(model.provider, NOTHING)
        return replace(
            model,
            images_per_minute=own.images_per_minute or shared.images_per_minute or model.images_per_minute,
            disabled_reason=own.disabled_reason or shared.disabled_reason,
            shutdown_date=own.shutdown_date or shared.shutdown_date or model.shutdown_date,
        )


def overlay(connection: Connection) -> Overlay:
    """Everything that is set."""
    each = ModelSetting
    columns = (each.name, each.images_per_minute, each.disabled_reason, each.shutdown_date)
    rows = connection.execute(select(*columns))
    return Overlay({row.name: Setting(row.images_per_minute, row.disabled_reason, row.shutdown_date) for row in rows})
