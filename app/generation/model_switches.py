"""What staff set for models while everything runs: limits, switching off, shutdown dates. Each is audited.

Every process knows within two seconds. Calls in flight finish.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from app.audit.record import Actor, record
from app.core.clock import utc_now
from app.core.database import db, lock_for, transaction
from app.core.errors import BadInput, Conflict
from app.core.queue import ActorName, enqueue
from app.generation.model_settings import NOTHING, Setting, overlay
from app.generation.provider_models import ModelSetting
from app.generation.studio import studio
from app.generation.switches import resume_jobs
from app.providers.model import Model

LEAST_PER_MINUTE, MOST_PER_MINUTE = 0.1, 100_000.0
MOST_REASON = 300
YEARS = range(2020, 2101)
"""A date outside is a slip of the keyboard."""


@dataclass(frozen=True, slots=True)
class ModelState:
    """A model as it is now. `configured_per_minute` is what holds when staff take their own limit back."""

    model: Model
    configured_per_minute: float
    reason: str | None
    """Why it cannot be used; None when it can."""
    setting: Setting
    """What staff have set for this very model."""

    @property
    def differs(self) -> bool:
        """Whether another limit holds than the configured one."""
        return self.model.images_per_minute != self.configured_per_minute


def model_states() -> list[ModelState]:
    """Every model of the catalogue."""
    configured = {model.id: model.images_per_minute for model in studio().configured.models}
    usable, own = studio().providers.usable, settings()
    return [
        ModelState(model, configured[model.id], usable(model), own.get(model.id, NOTHING))
        for model in studio().catalogue.models
    ]


def settings() -> Mapping[str, Setting]:
    """What staff have set, by model id or provider."""
    return overlay(db.session.connection()).settings


def set_limit(name: str, per_minute: float | None, actor: Actor) -> None:
    """So many images a minute for a model, or for each model of a provider; None goes back to the configured limit.

    Raises BadInput for an unknown name or a number that cannot be meant.
    """
    if per_minute is not None and not (math.isfinite(per_minute) and LEAST_PER_MINUTE <= per_minute <= MOST_PER_MINUTE):
        raise BadInput([f"A limit is between {LEAST_PER_MINUTE:g} and {MOST_PER_MINUTE:,.0f} images per minute."])

    def change(setting: ModelSetting) -> None:
        record(
            actor,
            "limit.changed",
            workspace_id=None,
            subject_id=None,
            name=name,
            before=setting.images_per_minute,
            per_minute=per_minute,
        )
        setting.images_per_minute = per_minute

    _change(name, actor, change)


def disable_model(name: str, reason: str, actor: Actor) -> None:
    """Start no further call for a model, or for all of a provider. Its images wait; their jobs pause with the reason.

    Raises BadInput for an unknown name, and for a reason that is missing or too long.
    """
    reason = " ".join(reason.split()).rstrip(".")
    if not 1 <= len(reason) <= MOST_REASON:
        raise BadInput([f"Say why in 1 to {MOST_REASON} characters: people read it where they would choose the model."])

    def change(setting: ModelSetting) -> None:
        record(actor, "model.disabled", workspace_id=None, subject_id=None, name=name, reason=reason)
        setting.disabled_reason = reason

    _change(name, actor, change)
    enqueue(ActorName.SWEEP)


def enable_model(name: str, actor: Actor) -> int:
    """Undo that, and let the jobs go on that it has paused; answers how many. Done twice, it changes nothing more.

    Raises BadInput for an unknown name, Conflict for a model whose whole provider is switched off.
    """
    provider = name.partition("/")[0]
    if name != provider and settings().get(provider, NOTHING).disabled_reason:
        raise Conflict(f"{name} is switched off with all models of {provider}. Enable {provider}.")

    def change(setting: ModelSetting) -> None:
        if setting.disabled_reason:
            record(actor, "model.enabled", workspace_id=None, subject_id=None, name=name)
        setting.disabled_reason = None

    _change(name, actor, change)
    return _resume_usable(name, actor)


def set_shutdown_date(name: str, day: date | None, actor: Actor) -> int:
    """The day from which the provider does not offer it any more; None goes back to what the catalogue says.

    Answers how many jobs go on because the model can be used again. Raises BadInput for an unknown name or a year that
    cannot be meant.
    """
    if day is not None and day.year not in YEARS:
        raise BadInput([f"The year of a shutdown date is between {YEARS[0]} and {YEARS[-1]}."])

    def change(setting: ModelSetting) -> None:
        shown = day and day.isoformat()
        record(actor, "model.shutdown_date_changed", workspace_id=None, subject_id=None, name=name, day=shown)
        setting.shutdown_date = day

    _change(name, actor, change)
    return _resume_usable(name, actor)


def _change(name: str, actor: Actor, change: Callable[[ModelSetting], None]) -> None:
    """Change one row, which is made when it is missing and goes when it says nothing any more."""
    _check_name(name)
    with transaction() as session:
        lock_for(f"model_settings:{name}")
        setting = session.get(ModelSetting, name, populate_existing=True) or ModelSetting(name=name)
        change(setting)
        setting.changed_at, setting.changed_by = utc_now(), actor.user_id
        says_nothing = (setting.images_per_minute, setting.disabled_reason, setting.shutdown_date) == (None, None, None)
        if not says_nothing:
            session.add(setting)
        elif setting in session:
            session.delete(setting)
        enqueue(ActorName.DISPATCH)
    studio().forget()


def _check_name(name: str) -> None:
    models = studio().configured.models
    known = {model.id for model in models} | {model.provider for model in models}
    if name not in known:
        raise BadInput([f"There is no model or provider {name!r}. Known are {', '.join(sorted(known))}."])


def _resume_usable(name: str, actor: Actor) -> int:
    usable = {state.model.id for state in model_states() if not state.reason}
    return resume_jobs({each for each in usable if each == name or each.startswith(f"{name}/")}, actor)
