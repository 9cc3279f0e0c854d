"""The only ways an image or a job changes its state.

Lock order everywhere: job, then its images by id. Whoever holds the job's row may read an image's state and rely on it,
because every mover takes that lock first. Counters and revisions change with the state, in the same transaction.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, func, select, update

from app.core.database import db, db_now
from app.core.errors import NotThere
from app.generation.models import Image, Job
from app.generation.states import IMAGE_ENDED, JOB_ENDED, ImageState, JobState, Mark, sources
from app.generation.tell import tell_ended, tell_paused

MOST_TRANSIENT_FAILURES = 3
MOST_CRASHES = 3
STORE_MESSAGE_SECONDS = 30
"""How long the message that has a picture stored may be under way; then it is sent again."""
STALLED = "stalled"
"""The entry of a job's error summary that says that nothing moves."""


def lock_job(job_id: UUID, *, workspace_id: UUID | None = None) -> Job:
    """The job's row, locked until the transaction ends, with its revision one higher. Raises NotThere.

    workspace_id: for a person who acts in it: for him neither another workspace's job nor a deleted one exists.
    """
    job = db.session.get(Job, job_id, with_for_update=True, populate_existing=True)
    foreign = workspace_id is not None and job is not None and (job.workspace_id != workspace_id or job.deleted_at)
    if job is None or foreign:
        raise NotThere("There is no such job in this workspace.")
    job.revision += 1
    return job


def job_id_of(image_id: UUID) -> UUID | None:
    """The job of an image, read before its lock is taken; an image never changes its job."""
    return db.session.execute(select(Image.job_id).where(Image.id == image_id)).scalar_one_or_none()


def read_image(image_id: UUID) -> Image:
    """The image as it is now. The caller holds its job's lock."""
    return db.session.get_one(Image, image_id, with_for_update=True, populate_existing=True)


def lock_image(image_id: UUID) -> tuple[Job, Image]:
    """Job and image, locked in that order. Raises NotThere."""
    job_id = job_id_of(image_id)
    if job_id is None:
        raise NotThere("There is no such image.")
    return lock_job(job_id), read_image(image_id)


def touch_image(image_id: UUID) -> None:
    """Something shown on the image's tile has changed: the next poll must see it."""
    job, image = lock_image(image_id)
    image.revision = job.revision


def move_image(job: Job, image: Image, to: ImageState, **values: Any) -> None:
    """Move one image, its job's counters and the revisions together; the last one ends the job. Raises IllegalMove."""
    before, now = image.state, db_now()
    image.move_to(to)
    _count(job, before, -1)
    _count(job, to, +1)
    image.revision = job.revision
    image.dispatched_until = None
    image.claimed_by = None
    image.finished_at = now if to in IMAGE_ENDED else None
    for name, value in values.items():
        setattr(image, name, value)
    if to == ImageState.COMPLETED:
        _mark_new(job, image)
    note_progress(job, now)
    end_if_done(job, now)


def _mark_new(job: Job, image: Image) -> None:
    """A new picture starts with the mark that was chosen for its job."""
    image.mark = job.default_mark
    if image.mark == Mark.KEEP:
        job.kept_count += 1


def move_images(job: Job, to: ImageState, *where: Any, **values: Any) -> int:
    """Move many images of the job at once by a guarded UPDATE; answers how many. One source state per call is counted.

    The WHERE takes its states from the table of moves, narrowed by `where`.
    """
    moved = 0
    for before in sorted(sources(to)):
        moved += _move_from(job, before, to, *where, **values)
    return moved


def _move_from(job: Job, before: ImageState, to: ImageState, *where: Any, **values: Any) -> int:
    now = db_now()
    result = db.session.execute(
        update(Image)
        .where(Image.job_id == job.id, Image.state == before, *where)
        .values(
            state=to,
            revision=job.revision,
            dispatched_until=None,
            claimed_by=None,
            finished_at=now if to in IMAGE_ENDED else None,
            **values,
        )
        .execution_options(synchronize_session=False)
    )
    count = _rows(result)
    _count(job, before, -count)
    _count(job, to, +count)
    if count:
        note_progress(job, now)
    return count


def note_progress(job: Job, now: datetime) -> None:
    """Something has moved: the job is not stalled any more."""
    job.progressed_at = now
    if STALLED in job.error_summary:
        job.error_summary = {kind: entry for kind, entry in job.error_summary.items() if kind != STALLED}


def _rows(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


def _count(job: Job, state: str, by: int) -> None:
    column = f"{state}_count"
    setattr(job, column, getattr(job, column) + by)


def end_if_done(job: Job, now: datetime) -> None:
    """Write the final state when no image can move by itself any more."""
    if job.state in JOB_ENDED or job.queued_count + job.generating_count + job.storing_count > 0:
        return
    for state in _way_to_the_end(job):
        job.move_to(state)
    job.finished_at = now
    job.pause_reason = job.paused_for = None
    db.session.flush()
    job.error_summary = summarise_errors(job.id)
    tell_ended(job)


def _way_to_the_end(job: Job) -> list[JobState]:
    """The moves to the final state. A job that has cancelled images and no failed ones was cancelled, not failed."""
    if job.state == JobState.CANCELLING:
        return [JobState.CANCELLED]
    start = [JobState.RUNNING] if job.state == JobState.QUEUED else []
    if job.completed_count == job.total_images:
        return [*start, JobState.COMPLETED]
    if job.cancelled_count and not job.failed_count + job.unknown_count:
        return [*start, JobState.CANCELLING, JobState.CANCELLED]
    return [*start, JobState.PARTIALLY_FAILED if job.completed_count else JobState.FAILED]


def summarise_errors(job_id: UUID) -> dict[str, Any]:
    """Failures by class: {"content_policy": {"count": 3, "message": one of them}}."""
    rows = db.session.execute(
        select(Image.error_type, func.count(), func.min(Image.error_message))
        .where(Image.job_id == job_id, Image.state.in_([ImageState.FAILED, ImageState.UNKNOWN]))
        .group_by(Image.error_type)
        .order_by(func.count().desc())
    )
    return {kind or "unknown": {"count": count, "message": message or ""} for kind, count, message in rows}


def start_again(job: Job) -> None:
    """An ended job whose image runs again is running."""
    if job.state in JOB_ENDED:
        job.move_to(JobState.RUNNING)
        job.finished_at = None
        job.error_summary = {}


def pause(job: Job, reason: str, *, cause: str | None = None) -> None:
    """No new call starts. Raises IllegalMove.

    cause: what has to be put right when no person paused it, a provider's account or a model; then people are told.
    """
    job.move_to(JobState.PAUSED)
    job.pause_reason, job.paused_for = reason[:1000], cause
    if cause is not None:
        tell_paused(job)


def resume(job: Job) -> None:
    """Go on. Raises IllegalMove."""
    job.move_to(JobState.RUNNING)
    job.pause_reason = job.paused_for = None
    job.progressed_at = db_now()
    job.started_at = job.started_at or job.progressed_at
    end_if_done(job, job.progressed_at)
