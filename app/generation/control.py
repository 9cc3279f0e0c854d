"""What a person can do to a job: pause, resume, cancel, run again. Each is one guarded, audited move."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from app.accounts.models import User
from app.audit.record import Actor, record
from app.core.database import db, db_now, transaction
from app.core.errors import BadInput, Conflict, IllegalMove, NotThere, UnknownModel
from app.core.queue import ActorName, enqueue
from app.generation.models import Image, Job
from app.generation.moves import (
    end_if_done,
    job_id_of,
    lock_job,
    move_image,
    move_images,
    pause,
    read_image,
    start_again,
)
from app.generation.states import JOB_ACTIVE, ImageState, JobState
from app.generation.studio import studio
from app.generation.submit import NO_TEXT
from app.prompts.check import check_prompts
from app.prompts.combine import combine

RERUN_FROM = frozenset({ImageState.FAILED, ImageState.CANCELLED, ImageState.UNKNOWN})
RETRY_FROM = frozenset({JobState.PARTIALLY_FAILED, JobState.FAILED})
PAUSED_BY = "Paused by "
FRESH: dict[str, Any] = {
    "transient_failures": 0,
    "crashes": 0,
    "not_before": None,
    "error_type": None,
    "error_message": None,
}


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What a cancel did: images stopped, calls that are still in flight, pictures that are kept."""

    cancelled: int
    in_flight: int
    preserved: int


def allowed_actions(job: Job) -> frozenset[str]:
    """Of pause, resume, cancel, retry: those that the job's state allows now."""
    actions = set()
    if job.state in (JobState.QUEUED, JobState.RUNNING):
        actions |= {"pause", "cancel"}
    if job.state == JobState.PAUSED:
        actions |= {"resume", "cancel"}
    if job.state in RETRY_FROM and job.failed_count:
        actions.add("retry")
    return frozenset(actions)


def can_rerun(image: Image) -> bool:
    return image.state in RERUN_FROM


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
    """Go on. Raises NotThere, Conflict."""
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        if job.state != JobState.PAUSED:
            raise Conflict(f"This job is not paused: it is {job.state}.")
        job.move_to(JobState.RUNNING)
        job.pause_reason = None
        job.progressed_at = db_now()
        job.started_at = job.started_at or job.progressed_at
        _record(job, actor, "job.resumed")
        end_if_done(job, db_now())
        enqueue(ActorName.DISPATCH)


def cancel_job(job_id: UUID, *, workspace_id: UUID, actor: Actor) -> Cancelled:
    """Stop what has not been called for; keep everything else. Raises NotThere, Conflict."""
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        if job.state not in JOB_ACTIVE:
            raise Conflict(f"This job has ended: it is {job.state}.")
        if job.state != JobState.CANCELLING:
            _allowed(lambda: job.move_to(JobState.CANCELLING))
        cancelled = move_images(job, ImageState.CANCELLED)
        in_flight = job.generating_count + job.storing_count
        answer = Cancelled(cancelled=cancelled, in_flight=in_flight, preserved=job.completed_count)
        end_if_done(job, db_now())
        _record(job, actor, "job.cancelled", cancelled=cancelled, in_flight=in_flight)
    return answer


def retry_failed(job_id: UUID, *, workspace_id: UUID, actor: Actor, error_types: frozenset[str] | None = None) -> int:
    """Run the failed images of an ended job again, all or those of some error classes; answers how many.

    Raises NotThere, and Conflict when the job is not (or, after a second click, no longer) one that failed.
    """
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        if job.state not in RETRY_FROM:
            raise Conflict(f"Only a job that ended with failures can be retried; this one is {job.state}.")
        chosen = [] if error_types is None else [Image.error_type.in_(error_types)]
        start_again(job)
        _take_fallbacks_back(job, Image.state == ImageState.FAILED, *chosen)
        kept = Image.asset_id.is_not(None)
        count = move_images(job, ImageState.STORING, Image.state == ImageState.FAILED, kept, *chosen, **FRESH)
        count += move_images(job, ImageState.QUEUED, Image.state == ImageState.FAILED, ~kept, *chosen, **FRESH)
        if not count:
            raise Conflict("No image of this job failed in that way.")
        _record(job, actor, "job.retried", images=count, error_types=sorted(error_types or []))
        enqueue(ActorName.DISPATCH)
        enqueue(ActorName.SWEEP)
    return count


def rerun_image(image_id: UUID, *, workspace_id: UUID, actor: Actor, prompt: str | None = None) -> Job:
    """Run one failed, unknown or cancelled image again; an unknown one may then be billed twice.

    `prompt` replaces what was typed for this image alone. One whose original is kept only stores again.
    Raises NotThere, Conflict, and BadInput with every problem of the new prompt.
    """
    job_id = job_id_of(image_id)
    if job_id is None:
        raise NotThere("There is no such image in this workspace.")
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        image = read_image(image_id)
        if not can_rerun(image):
            raise Conflict(f"This image is {image.state}; only a failed, unknown or cancelled one can be run again.")
        if job.state == JobState.CANCELLING:
            raise Conflict("The job is being cancelled. Try again when its calls in flight have ended.")
        before = image.state
        store_again = image.asset_id is not None and before == ImageState.FAILED
        if prompt is not None:
            _change_prompt(job, image, prompt, store_again=store_again)
        start_again(job)
        if image.used_fallback:
            _take_fallback_back(job, image)
        move_image(job, image, ImageState.STORING if store_again else ImageState.QUEUED, **FRESH)
        _record(job, actor, "image.rerun", image=str(image_id), before=before, edited=prompt is not None)
        enqueue(ActorName.SWEEP if store_again else ActorName.DISPATCH)
    return job


def _change_prompt(job: Job, image: Image, prompt: str, *, store_again: bool) -> None:
    if store_again:
        raise Conflict("The picture of this image exists and only has to be stored: its prompt cannot be changed.")
    _check_prompt(job, image, prompt)
    image.prompt_typed = prompt.strip()
    image.prompt_sent = combine(job.character_description, image.prompt_typed)
    image.used_fallback = False


def _check_prompt(job: Job, image: Image, prompt: str) -> None:
    try:
        model = studio().catalogue.model(image.model)
    except UnknownModel as error:
        raise BadInput([error.message]) from None
    if NO_TEXT.search(prompt):
        raise BadInput(["The prompt has characters that cannot be stored."])
    checked = check_prompts(
        [prompt],
        character_description=job.character_description,
        max_chars=model.max_prompt_chars,
        blocked_words=studio().blocked_words,
    )
    if problems := [*checked.description_problems, *checked.problems.get(1, [])]:
        raise BadInput(problems)


def _take_fallbacks_back(job: Job, *where: ColumnElement[bool]) -> None:
    query = select(Image).where(Image.job_id == job.id, Image.used_fallback, Image.asset_id.is_(None), *where)
    for image in db.session.scalars(query.order_by(Image.id)):
        _take_fallback_back(job, image)
    db.session.flush()


def _take_fallback_back(job: Job, image: Image) -> None:
    """A person's retry begins with the prompt as it was typed; the fallback may be used once more after it."""
    image.prompt_sent = combine(job.character_description, image.prompt_typed)
    image.used_fallback = False


def _allowed(move: Callable[[], None]) -> None:
    try:
        move()
    except IllegalMove as error:
        raise Conflict(error.message) from None


def _record(job: Job, actor: Actor, action: str, **details: Any) -> None:
    record(actor, action, workspace_id=job.workspace_id, subject_id=job.id, **details)
