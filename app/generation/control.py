"""What a person can do to a job: pause, resume, cancel, stop, retry. Each is one guarded, audited move."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.audit.record import Actor, record
from app.core.database import db, db_now, transaction
from app.core.errors import Conflict, IllegalMove
from app.core.queue import ActorName, enqueue
from app.generation.models import Image, Job
from app.generation.moves import end_if_done, lock_job, move_images, pause, resume, start_again
from app.generation.pricing import listed_price
from app.generation.remote import cancel_remote_jobs
from app.generation.rerun import FRESH, take_fallbacks_back
from app.generation.states import JOB_ACTIVE, ImageState, JobState
from app.generation.studio import studio
from app.generation.switches import lift
from app.providers.model import Size

RETRY_FROM = frozenset({JobState.PARTIALLY_FAILED, JobState.FAILED})
STOP_FROM = frozenset({JobState.QUEUED, JobState.RUNNING, JobState.PAUSED})
PAUSED_BY = "Paused by "
BEGUN = aliased(Image, name="begun")


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What a cancel did: images stopped, calls that are still in flight, pictures that are kept."""

    cancelled: int
    in_flight: int
    preserved: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a stop did: images of prompts that had not begun, and images that are still to be made or on the way."""

    cancelled: int
    to_come: int


def allowed_actions(job: Job) -> frozenset[str]:
    """Of pause, resume, cancel, retry: those that the job's state allows now. It reads nothing but the job's row."""
    actions = set()
    if job.state in (JobState.QUEUED, JobState.RUNNING):
        actions |= {"pause", "cancel"}
    if job.state == JobState.PAUSED:
        actions |= {"resume", "cancel"}
    if job.state in RETRY_FROM and job.failed_count + job.unknown_count:
        actions.add("retry")
    return frozenset(actions)


def can_stop(job: Job) -> bool:
    """Whether stopping after the prompts that have begun differs from cancelling, and has anything left to stop.

    Images are taken in their order, so the last one that waits tells for all: two look-ups, however long the job is.
    """
    if job.state not in STOP_FROM or job.images_per_prompt == 1 or not job.queued_count:
        return False
    waiting = select(Image.prompt_order).where(Image.job_id == job.id, Image.state == ImageState.QUEUED)
    last = db.session.scalar(waiting.order_by(Image.position.desc()).limit(1))
    if last is None:
        return False
    first = (last - 1) * job.images_per_prompt
    begun = _begun(job).where(BEGUN.position >= first, BEGUN.position < first + job.images_per_prompt)
    return db.session.scalar(begun.limit(1)) is None


def _begun(job: Job) -> Select[int]:
    """The prompts of which a call has been made or is being made."""
    called = or_(BEGUN.state.not_in([ImageState.QUEUED, ImageState.CANCELLED]), BEGUN.attempt > 0)
    return select(BEGUN.prompt_order).where(BEGUN.job_id == job.id, called)


def pause_job(job_id: UUID, *, workspace_id: UUID, actor: Actor) -> None:
    """No new call starts. Raises NotThere, Conflict."""
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        _allowed(lambda: pause(job, f"{PAUSED_BY}{_name_of(actor)}."))
        _record(job, actor, "job.paused")


def paused_by_hand(job: Job) -> bool:
    """Whether a person paused it; else something has to be put right before it can go on."""
    return job.state == JobState.PAUSED and (job.pause_reason or "").startswith(PAUSED_BY)


def _name_of(actor: Actor) -> str:
    user = db.session.get(User, actor.user_id) if actor.user_id else None
    return user.display_name if user else "the operator"


def resume_job(job_id: UUID, *, workspace_id: UUID, actor: Actor) -> None:
    """Go on, also with the provider's account if its refusal paused the job. Raises NotThere, Conflict."""
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        if job.state != JobState.PAUSED:
            raise Conflict(f"This job is not paused: it is {job.state}.")
        lift(job, actor)
        _record(job, actor, "job.resumed")
        resume(job)
        enqueue(ActorName.DISPATCH)
    studio().forget()


def cancel_job(job_id: UUID, *, workspace_id: UUID, actor: Actor) -> Cancelled:
    """Stop what has not been called for; keep everything else. Raises NotThere, Conflict."""
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        if job.state not in JOB_ACTIVE:
            raise Conflict(f"This job has ended: it is {job.state}.")
        if job.state != JobState.CANCELLING:
            _allowed(lambda: job.move_to(JobState.CANCELLING))
        cancelled = move_images(job, ImageState.CANCELLED, Image.state == ImageState.QUEUED)
        cancel_remote_jobs(job.id)
        in_flight = job.generating_count + job.storing_count
        answer = Cancelled(cancelled=cancelled, in_flight=in_flight, preserved=job.completed_count)
        end_if_done(job, db_now())
        _record(job, actor, "job.cancelled", cancelled=cancelled, in_flight=in_flight)
    return answer


def stop_after_current(job_id: UUID, *, workspace_id: UUID, actor: Actor) -> Stopped:
    """Let the prompts that have begun get all their variations, and cancel the others; the job then ends by itself.

    A second click stops nothing more. Raises NotThere, Conflict.
    """
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        if job.state not in STOP_FROM:
            raise Conflict(f"Only a job that waits, runs or is paused can be stopped; this one is {job.state}.")
        waiting = (Image.state == ImageState.QUEUED, Image.prompt_order.not_in(_begun(job)))
        cancelled = move_images(job, ImageState.CANCELLED, *waiting)
        to_come = job.queued_count + job.generating_count + job.storing_count
        end_if_done(job, db_now())
        _record(job, actor, "job.stopped", cancelled=cancelled, to_come=to_come)
    return Stopped(cancelled=cancelled, to_come=to_come)


def retry_failed(
    job_id: UUID,
    *,
    workspace_id: UUID,
    actor: Actor,
    error_types: frozenset[str] | None = None,
    may_bill_twice: bool = False,
) -> int:
    """Run the failed images of an ended job again, all or those of some error classes; answers how many.

    may_bill_twice: also those whose answer was lost, because a person has said so.
    Raises NotThere, and Conflict when the job is not (or, after a second click, no longer) one that failed.
    """
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        if job.state not in RETRY_FROM:
            raise Conflict(f"Only a job that ended with failures can be retried; this one is {job.state}.")
        chosen = [] if error_types is None else [Image.error_type.in_(error_types)]
        start_again(job)
        take_fallbacks_back(job, Image.state == ImageState.FAILED, *chosen)
        kept = Image.asset_id.is_not(None)
        count = move_images(job, ImageState.STORING, Image.state == ImageState.FAILED, kept, *chosen, **FRESH)
        count += move_images(job, ImageState.QUEUED, Image.state == ImageState.FAILED, ~kept, *chosen, **FRESH)
        unknown = _run_unknown_again(job) if may_bill_twice else 0
        if not count + unknown:
            raise Conflict("No image of this job failed in that way.")
        kinds = sorted(error_types or [])
        _record(job, actor, "job.retried", images=count + unknown, unknown=unknown, error_types=kinds)
        enqueue(ActorName.DISPATCH)
        enqueue(ActorName.SWEEP)
    return count + unknown


def _run_unknown_again(job: Job) -> int:
    """Each may be paid for a second time, and the estimate says so."""
    kinds = select(Image.model, Image.quality, Image.width, Image.height, func.count())
    kinds = kinds.where(Image.job_id == job.id, Image.state == ImageState.UNKNOWN)
    grouped = kinds.group_by(Image.model, Image.quality, Image.width, Image.height)
    for model, quality, width, height, count in db.session.execute(grouped).all():
        job.estimated_cost += count * listed_price(studio(), model, quality, Size(width, height))
    return move_images(job, ImageState.QUEUED, Image.state == ImageState.UNKNOWN, **FRESH)


def _allowed(move: Callable[[], None]) -> None:
    try:
        move()
    except IllegalMove as error:
        raise Conflict(error.message) from None


def _record(job: Job, actor: Actor, action: str, **details: Any) -> None:
    record(actor, action, workspace_id=job.workspace_id, subject_id=job.id, **details)
