"""What staff see of the engine: pauses, lanes, models."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import func, select

from app.core.database import db
from app.generation.model_settings import NOTHING, Setting
from app.generation.model_switches import ModelState, model_states, settings
from app.generation.models import Job
from app.generation.provider_models import ProviderPause
from app.generation.states import JobState
from app.generation.switches import account_of


@dataclass(frozen=True, slots=True)
class Paused:
    """An account that refused us, or whose jobs still wait although somebody has lifted its pause."""

    provider: str
    reason: str | None
    """None when the pause is lifted and only jobs are left of it."""
    paused_at: datetime | None
    jobs: int
    is_ours: bool
    """Whether this is the account in use: another key is another account."""


@dataclass(frozen=True, slots=True)
class ProviderModels:
    """A provider with its models, and what staff have set for all of them together."""

    provider: str
    setting: Setting
    models: Sequence[ModelState]


def pauses() -> list[Paused]:
    """The account in use first. Another one concerns nobody once no job waits for it."""
    rows = {row.account: row for row in db.session.scalars(select(ProviderPause))}
    waiting = _jobs_by_account()
    found = [_paused(account, rows.get(account), waiting.get(account, 0)) for account in {*rows, *waiting}]
    shown = [each for each in found if each.is_ours or each.jobs]
    return sorted(shown, key=lambda each: (not each.is_ours, each.provider, each.reason or ""))


def _paused(account: str, row: ProviderPause | None, jobs: int) -> Paused:
    provider = account.partition(":")[0]
    return Paused(
        provider=provider,
        reason=row.reason if row else None,
        paused_at=row.paused_at if row else None,
        jobs=jobs,
        is_ours=account == account_of(provider),
    )


def _jobs_by_account() -> dict[str, int]:
    """Jobs that an account's refusal has paused. A cause with a slash is a model."""
    rows = db.session.execute(
        select(Job.paused_for, func.count())
        .where(Job.state == JobState.PAUSED, Job.paused_for.is_not(None))
        .group_by(Job.paused_for)
    )
    return {cause: count for cause, count in rows if cause and "/" not in cause}


def provider_models() -> list[ProviderModels]:
    """Every provider of the catalogue, in its order."""
    set_by_staff = settings()
    groups: Iterable[tuple[str, Iterable[ModelState]]] = groupby(
        sorted(model_states(), key=lambda state: state.model.provider), key=lambda state: state.model.provider
    )
    return [ProviderModels(provider, set_by_staff.get(provider, NOTHING), list(models)) for provider, models in groups]
