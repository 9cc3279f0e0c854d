"""A round over everything that can be stuck. Every step may run at any time, any number of times, on any host."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import Select, delete, func, literal_column, or_, select, update

from app.core.database import db, db_now, lock_for, transaction
from app.core.queue import ActorName, enqueue
from app.generation.alarm import note_failing_jobs
from app.generation.models import Image, Job
from app.generation.moves import (
    MOST_CRASHES,
    STALLED,
    STORE_MESSAGE_SECONDS,
    end_if_done,
    lock_job,
)
from app.generation.process_models import Process
from app.generation.recover import recover_abandoned
from app.generation.states import JOB_ACTIVE, JOB_TAKES_WORK, ImageState, JobState
from app.generation.switches import pause_stopped, stop_of
from app.generation.tell import tell_stalled

log = structlog.get_logger()

STORING_AT_ONCE = 500
"""Images that one sweep sends to be stored."""

STALLED_AFTER = timedelta(minutes=30)
FORGET_PROCESS_AFTER = timedelta(hours=1)
STORING = Image.state == literal_column("'storing'")
SUSPECT = Image.crashes >= MOST_CRASHES - 1


@dataclass(frozen=True, slots=True)
class Swept:
    """How many images or jobs each step has moved."""

    recovered: int
    storing_sent: int
    marks_cleared: int
    jobs_ended: int
    jobs_paused: int


def sweep(*, may_recover: bool = True, even_seconds: float = math.inf) -> Swept:
    """One round over everything that can be stuck, then a dispatch. One step's failure does not stop the others.

    may_recover: False right after the database was away or its clock was set: the living have had no time to beat.
    even_seconds: for how long the database's clock is known to have run evenly.
    """
    swept = Swept(
        recovered=_step(recover_abandoned, even_seconds) if may_recover else 0,
        storing_sent=_step(_send_storing),
        marks_cleared=_step(_clear_expired_marks),
        jobs_ended=_step(_end_finished_jobs),
        jobs_paused=_step(_pause_unusable_jobs),
    )
    _step(_note_stalled_jobs)
    _step(note_failing_jobs)
    _step(_forget_dead_processes)
    enqueue(ActorName.DISPATCH)
    return swept


def _step(step: Callable[..., int], *arguments: object) -> int:
    """What the step answers; 0 when it fails, which is logged and tried again in the next round."""
    try:
        return step(*arguments)
    except Exception as error:
        log.exception("sweep_step_failed", step=step.__name__, error_type=type(error).__name__)
        db.session.rollback()
        return 0


def _send_storing() -> int:
    """Storing images whose message is lost or whose wait is over get a new message."""
    with transaction() as session:
        lock_for("sweep:storing")
        now = db_now()
        ids = [*session.scalars(_due_for_storing(now).where(~SUSPECT).limit(STORING_AT_ONCE)), *_one_suspect(now)]
        session.execute(
            update(Image)
            .where(Image.id.in_(ids))
            .values(dispatched_until=now + timedelta(seconds=STORE_MESSAGE_SECONDS))
        )
        for image_id in ids:
            enqueue(ActorName.STORE_IMAGE, image_id)
    return len(ids)


def _due_for_storing(now: datetime) -> Select[UUID]:
    """Those that have waited longest first: what waits for an absent host is due again and again."""
    return (
        select(Image.id)
        .where(
            STORING,
            Image.claimed_by.is_(None),
            or_(Image.dispatched_until.is_(None), Image.dispatched_until < now),
            or_(Image.not_before.is_(None), Image.not_before <= now),
        )
        .order_by(func.coalesce(Image.not_before, Image.dispatched_until, Image.created_at), Image.id)
        .with_for_update(skip_locked=True)
    )


def _one_suspect(now: datetime) -> Sequence[UUID]:
    """Pictures whose processes died twice go one at a time: the one that kills them must not take the others along."""
    under_way = or_(Image.claimed_by.is_not(None), Image.dispatched_until >= now)
    if db.session.scalar(select(Image.id).where(STORING, SUSPECT, under_way).limit(1)):
        return []
    return db.session.scalars(_due_for_storing(now).where(SUSPECT).limit(1)).all()


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
    """Jobs whose model cannot be used any more, or whose provider is paused, say so instead of waiting for ever."""
    rows = list(db.session.execute(select(Job.id, Job.model).where(Job.state.in_(JOB_TAKES_WORK))))
    stopped = {model_id for model_id in {row.model for row in rows} if stop_of(model_id)}
    return sum(pause_stopped(row.id) for row in rows if row.model in stopped)


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
        whom = "every host runs and the store" if job.storing_count else "the worker processes run and the provider"
        message = f"Nothing has moved for 30 minutes. Check that {whom} answers."
        job.error_summary = {**job.error_summary, STALLED: {"count": 1, "message": message}}
        tell_stalled(job, message)
        log.error("job_stalled", job=str(job_id))
    return True


def _forget_dead_processes() -> int:
    with transaction() as session:
        gone = session.execute(
            delete(Process).where(Process.beat_at < db_now() - FORGET_PROCESS_AFTER).returning(Process.id)
        )
        return len(gone.all())
