"""Put back what was abandoned. Every step may run at any time, any number of times, on any host.

A process that has not beaten for the lease is dead, by the database's clock. What it had claimed is decided by what is
known: the call was never sent → back to the queue; sent and the bytes are there → storing; sent and no bytes → unknown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from sqlalchemy import and_, delete, func, literal_column, or_, select, update

from app.core.database import db, db_now, end_read, transaction
from app.core.errors import StorageError, UnknownModel, UnreadablePicture
from app.core.queue import ActorName, enqueue
from app.generation import originals
from app.generation.heartbeat import alive
from app.generation.models import Attempt, AttemptOutcome, Image, Job, Process
from app.generation.moves import MOST_CRASHES, STALLED, end_if_done, lock_image, lock_job, move_image, pause
from app.generation.originals import Original
from app.generation.settle import STORE_MESSAGE_SECONDS, attach, hand_back
from app.generation.states import JOB_ACTIVE, JOB_TAKES_WORK, ImageState, JobState
from app.generation.store import drain_spool
from app.generation.studio import studio
from app.providers.model import Size

log = structlog.get_logger()

STALLED_AFTER = timedelta(minutes=30)
CALL_GRACE = timedelta(seconds=60)
FORGET_PROCESS_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many images or jobs each step has moved."""

    recovered: int
    storing_sent: int
    marks_cleared: int
    jobs_ended: int
    jobs_paused: int


@dataclass(frozen=True, slots=True)
class Abandoned:
    """An image as it was when it was found abandoned: whoever moved it since has the right to keep it."""

    image_id: UUID
    state: str
    attempt: int
    process_id: UUID | None


def sweep(*, may_recover: bool = True) -> Swept:
    """One round over everything that can be stuck, then a dispatch. One step's failure does not stop the others.

    may_recover: False right after the database was away, when the living have not been able to beat.
    """
    _step(drain_spool)
    swept = Swept(
        recovered=_step(recover_abandoned) if may_recover else 0,
        storing_sent=_step(_send_storing),
        marks_cleared=_step(_clear_expired_marks),
        jobs_ended=_step(_end_finished_jobs),
        jobs_paused=_step(_pause_unusable_jobs),
    )
    _step(_note_stalled_jobs)
    _step(_forget_dead_processes)
    enqueue(ActorName.DISPATCH)
    return swept


def _step(step: Callable[[], int]) -> int:
    """What the step answers; 0 when it fails, which is logged and tried again in the next round."""
    try:
        return step()
    except Exception as error:
        log.exception("sweep_step_failed", step=step.__name__, error_type=type(error).__name__)
        db.session.rollback()
        return 0


def recover_abandoned() -> int:
    """Decide about every abandoned image; answers how many moved."""
    moved = 0
    for seen in abandoned():
        try:
            moved += recover(seen)
        except Exception as error:
            log.exception("recovery_failed", image=str(seen.image_id), error_type=type(error).__name__)
            db.session.rollback()
    return moved


def abandoned() -> list[Abandoned]:
    """Generating or storing images whose process is dead, calls far beyond their time-out, storing beyond its lease."""
    dead = Image.claimed_by.not_in(alive(studio().settings.lease_seconds))
    moving = literal_column("images.state").in_([literal_column("'generating'"), literal_column("'storing'")])
    overdue = and_(Image.state == ImageState.GENERATING, Image.started_at < _overdue())
    stuck = and_(Image.state == ImageState.STORING, Image.dispatched_until < db_now())
    query = select(Image.id, Image.state, Image.attempt, Image.claimed_by).where(
        moving, Image.claimed_by.is_not(None), or_(dead, overdue, stuck)
    )
    found = [Abandoned(*row) for row in db.session.execute(query.order_by(Image.job_id, Image.id))]
    end_read()
    return found


def _overdue() -> datetime:
    """A call that began before this moment has not ended in any way it should."""
    longest = max((model.timeout_seconds for model in studio().catalogue.models), default=0.0)
    return db_now() - timedelta(seconds=2 * longest) - CALL_GRACE


def recover(seen: Abandoned) -> bool:
    """Decide about one abandoned image. False when it moved meanwhile or its bytes cannot be looked for now."""
    image_id, attempt = seen.image_id, seen.attempt
    try:
        original = originals.found(image_id, attempt) if seen.state == ImageState.GENERATING else None
    except StorageError as error:
        log.warning("recovery_waits_for_store", image=str(image_id), reason=error.message)
        return False
    except UnreadablePicture:
        original = None
    with transaction(durable=True) as session:
        job, image = lock_image(image_id)
        if Abandoned(image.id, image.state, image.attempt, image.claimed_by) != seen:
            session.rollback()
            return False
        if seen.state == ImageState.STORING:
            _recover_storing(job, image)
        else:
            _recover_generating(job, image, original)
    log.warning("image_recovered", image=str(image_id), attempt=attempt, state=image.state)
    return True


def _recover_storing(job: Job, image: Image) -> None:
    image.crashes += 1
    if image.crashes >= MOST_CRASHES:
        message = f"The process that stored it died {image.crashes} times. The original is kept; store it again."
        move_image(job, image, ImageState.FAILED, error_type="crashed", error_message=message)
    else:
        image.claimed_by = image.dispatched_until = None


def _recover_generating(job: Job, image: Image, original: Original | None) -> None:
    attempt = _lock_attempt(image)
    attempt.ended_at = db_now()
    if original is not None:
        attach(job, image, attempt, original, cost=_estimate(image))
    elif attempt.sent_at is not None:
        attempt.outcome, attempt.may_have_billed = AttemptOutcome.LOST, True
        message = (
            "The process died while the provider was working. It may have been billed; run it again if you want it."
        )
        move_image(job, image, ImageState.UNKNOWN, error_type="ambiguous", error_message=message)
    else:
        attempt.outcome = AttemptOutcome.ABANDONED
        _count_crash(job, image)


def _lock_attempt(image: Image) -> Attempt:
    """The present attempt, locked: a process that was only slow may be noting this very moment that it sends."""
    query = select(Attempt).where(Attempt.image_id == image.id, Attempt.number == image.attempt)
    return db.session.execute(query.with_for_update().execution_options(populate_existing=True)).scalar_one()


def _count_crash(job: Job, image: Image) -> None:
    image.crashes += 1
    hand_back(job, image)
    if image.crashes >= MOST_CRASHES and image.state == ImageState.QUEUED:
        message = f"The process that worked on it died {image.crashes} times, each time before the call."
        move_image(job, image, ImageState.FAILED, error_type="crashed", error_message=message)


def _estimate(image: Image) -> Decimal:
    """The usage went with the process: the price list's figure stands in for it."""
    try:
        model = studio().catalogue.model(image.model)
    except UnknownModel:
        return Decimal(0)
    return model.cost_of(None, image.quality, Size(image.width, image.height))


def _send_storing() -> int:
    """Storing images whose message is lost or whose wait is over get a new message."""
    with transaction() as session:
        now = db_now()
        due = (
            select(Image.id)
            .where(
                Image.state == literal_column("'storing'"),
                Image.claimed_by.is_(None),
                or_(Image.dispatched_until.is_(None), Image.dispatched_until < now),
                or_(Image.not_before.is_(None), Image.not_before <= now),
            )
            .order_by(Image.id)
            .limit(500)
            .with_for_update(skip_locked=True)
        )
        ids = list(session.scalars(due))
        session.execute(
            update(Image)
            .where(Image.id.in_(ids))
            .values(dispatched_until=now + timedelta(seconds=STORE_MESSAGE_SECONDS))
        )
        for image_id in ids:
            enqueue(ActorName.STORE_IMAGE, image_id)
    return len(ids)


def _clear_expired_marks() -> int:
    with transaction() as session:
        expired = (
            select(Image.id)
            .where(Image.state == ImageState.QUEUED, Image.dispatched_until < db_now())
            .order_by(Image.id)
            .with_for_update(skip_locked=True)
        )
        ids = list(session.scalars(expired))
        session.execute(update(Image).where(Image.id.in_(ids)).values(dispatched_until=None))
    return len(ids)


def _end_finished_jobs() -> int:
    """Jobs in which nothing can move any more but whose end was not written."""
    query = select(Job.id).where(
        Job.state.in_(JOB_ACTIVE), Job.queued_count + Job.generating_count + Job.storing_count == 0
    )
    ids = list(db.session.scalars(query))
    for job_id in ids:
        with transaction():
            end_if_done(lock_job(job_id), db_now())
    return len(ids)


def _pause_unusable_jobs() -> int:
    """Jobs whose model cannot be used any more say so instead of waiting for ever."""
    paused = 0
    rows = db.session.execute(select(Job.id, Job.model).where(Job.state.in_(JOB_TAKES_WORK))).all()
    for job_id, model_id in rows:
        if reason := unusable(model_id):
            with transaction():
                job = lock_job(job_id)
                if job.state in JOB_TAKES_WORK:
                    pause(job, reason)
                    paused += 1
    return paused


def unusable(model_id: str) -> str | None:
    """Why pictures cannot be made with this model now, as a sentence; None when they can."""
    try:
        reason = studio().providers.usable(studio().catalogue.model(model_id))
    except UnknownModel as error:
        return error.message
    return f"{model_id} cannot be used: {reason}." if reason else None


def _note_stalled_jobs() -> int:
    """Half an hour without progress is written on the job, once, where people see it."""
    since = db_now() - STALLED_AFTER
    states = [JobState.QUEUED, JobState.RUNNING, JobState.CANCELLING]
    query = select(Job.id).where(Job.state.in_(states), func.coalesce(Job.progressed_at, Job.created_at) < since)
    return sum(_note_stalled(job_id, since) for job_id in list(db.session.scalars(query)))


def _note_stalled(job_id: UUID, since: datetime) -> bool:
    with transaction() as session:
        job = lock_job(job_id)
        if STALLED in job.error_summary or (job.progressed_at or job.created_at) >= since:
            session.rollback()
            return False
        message = "Nothing has moved for 30 minutes. Check that the worker processes run and the provider answers."
        job.error_summary = {**job.error_summary, STALLED: {"count": 1, "message": message}}
        log.error("job_stalled", job=str(job_id))
    return True


def _forget_dead_processes() -> int:
    with transaction() as session:
        gone = session.execute(
            delete(Process).where(Process.beat_at < db_now() - FORGET_PROCESS_AFTER).returning(Process.id)
        )
        return len(gone.all())
