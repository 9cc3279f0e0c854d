"""Why no call is made: a provider has refused our account, or its model cannot be used. A person puts it right.

A refusal pauses the account, for all workspaces, and every running job of the provider. While the account is paused no
start is given and no image is claimed; new jobs begin paused. Another key is another account: the old one's pause does
not concern it.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from app.audit.record import Actor, record
from app.core.database import db, transaction
from app.core.errors import BadInput, Conflict, UnknownModel
from app.core.queue import ActorName, enqueue
from app.generation.models import Image, Job
from app.generation.moves import lock_job, pause, resume
from app.generation.provider_models import ProviderPause
from app.generation.states import JOB_TAKES_WORK, ImageState, JobState
from app.generation.studio import studio

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Stop:
    """`cause` is the paused account or the model that cannot be used; `reason` a sentence for people."""

    cause: str
    reason: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """What resuming a provider did; nothing when somebody else had done it before."""

    lifted: int
    jobs: int


def account_of(provider: str) -> str:
    """The account with which this process calls the provider."""
    return f"{provider}:{studio().providers.credential(provider)}"


def provider_of(model_id: str) -> str:
    return model_id.partition("/")[0]


def paused_accounts() -> frozenset[str]:
    """Accounts with which no call may be started, as they were a second ago at most."""
    return frozenset(studio().pauses.get())


def is_paused(model_id: str) -> bool:
    """Whether the account that would pay for this model's pictures is paused, as of a second ago."""
    return account_of(provider_of(model_id)) in studio().pauses.get()


def paused_sentence(model_id: str) -> str | None:
    """What to say to people about the pause of this model's provider, as of a second ago; None without one."""
    reason = studio().pauses.get().get(account_of(provider_of(model_id)))
    return reason and _sentence(reason)


def _sentence(reason: str) -> str:
    return f"The provider is paused: {reason}"


def stop_of(model_id: str) -> Stop | None:
    """Why no call is made for this model, as the database says now; None when calls are made."""
    if reason := unusable(model_id):
        return Stop(model_id, reason)
    account = account_of(provider_of(model_id))
    paused = db.session.scalar(select(ProviderPause.reason).where(ProviderPause.account == account))
    return Stop(account, _sentence(paused)) if paused is not None else None


def unusable(model_id: str) -> str | None:
    """Why pictures cannot be made with this model now, as a sentence; None when they can."""
    try:
        reason = studio().providers.usable(studio().catalogue.model(model_id))
    except UnknownModel as error:
        return error.message
    return f"{model_id} cannot be used: {reason}." if reason else None


def pause_account(account: str, provider: str, reason: str) -> None:
    """Start no call with this account until a person resumes it; pause the running jobs. The first reason stays."""
    with transaction() as session:
        session.execute(_insert_once(account, provider, reason[:1000]))
    studio().forget()
    for job_id in _jobs(Job.state.in_(sorted(JOB_TAKES_WORK)), Job.model.startswith(f"{provider}/", autoescape=True)):
        pause_stopped(job_id)
    log.warning("provider_paused", provider=provider, account=account)


def pause_stopped(job_id: UUID) -> bool:
    """Pause the job if no call can be made for its model and nobody has paused or ended it; whether it did."""
    studio().forget()
    if not _needs_its_model(job_id):
        return False
    with transaction():
        job = lock_job(job_id)
        stop = stop_of(job.model) if job.state in JOB_TAKES_WORK else None
        if stop is not None:
            pause(job, stop.reason, cause=stop.cause)
        return stop is not None


def _needs_its_model(job_id: UUID) -> bool:
    """Whether images of the job wait for its own model. Those that were sent to another one go on without it."""
    moving = Image.state.in_([ImageState.QUEUED, ImageState.GENERATING])
    own = select(Image.id).where(Image.job_id == job_id, moving, Image.rerouted.is_(False))
    return bool(db.session.scalar(select(exists(own))))


def _insert_once(account: str, provider: str, reason: str) -> Any:
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    values = {"account": account, "provider": provider, "reason": reason}
    return dialect.insert(ProviderPause).values(values).on_conflict_do_nothing()


def lift(job: Job, actor: Actor) -> None:
    """What stopped this job is put right, says the person who resumes it: calls may be made with its account again.

    The caller holds the job's lock, and lets the studio forget after the commit. Raises Conflict when the model cannot
    be used all the same.
    """
    studio().forget()
    if (reason := unusable(job.model)) and _needs_its_model(job.id):
        raise Conflict(f"{reason} The job cannot go on before that is put right.")
    accounts = {account_of(provider_of(job.model)), job.paused_for or ""}
    _lift(ProviderPause.account.in_(sorted(accounts)), actor)


def resume_provider(provider: str, actor: Actor) -> Resumed:
    """Make calls again, with any account of the provider, and let every job go on that its refusal has paused.

    What a person paused stays paused. Raises BadInput for a provider that does not exist.
    """
    if provider not in studio().providers.names:
        known = ", ".join(sorted(studio().providers.names))
        raise BadInput([f"There is no provider {provider!r}. Known are {known}."])
    with transaction():
        lifted = _lift(ProviderPause.provider == provider, actor)
    studio().forget()
    by_it = Job.paused_for.startswith(f"{provider}:", autoescape=True)
    causes = db.session.scalars(select(Job.paused_for).where(Job.state == JobState.PAUSED, by_it).distinct())
    return Resumed(lifted, resume_jobs({cause for cause in causes if cause}, actor))


def resume_jobs(causes: AbstractSet[str], actor: Actor) -> int:
    """Let the jobs go on that were paused for one of these; answers how many."""
    stopped = _jobs(Job.state == JobState.PAUSED, Job.paused_for.in_(sorted(causes)))
    resumed = sum(_resume(job_id, causes, actor) for job_id in stopped)
    if resumed:
        enqueue(ActorName.DISPATCH)
    return resumed


def _resume(job_id: UUID, causes: AbstractSet[str], actor: Actor) -> bool:
    with transaction():
        job = lock_job(job_id)
        still = job.state == JobState.PAUSED and job.paused_for in causes
        if still:
            record(actor, "job.resumed", workspace_id=job.workspace_id, subject_id=job.id)
            resume(job)
        return still


def _lift(which: Any, actor: Actor) -> int:
    accounts = sorted(db.session.scalars(delete(ProviderPause).where(which).returning(ProviderPause.account)))
    if accounts:
        record(actor, "provider.resumed", workspace_id=None, subject_id=None, accounts=accounts)
    return len(accounts)


def _jobs(*where: Any) -> Sequence[UUID]:
    return sorted(db.session.scalars(select(Job.id).where(*where)))
