"""Tell people early when most of what a running job makes comes to nothing: it may be spending money for nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, func, select

from app.core.database import db, db_now, transaction
from app.generation.models import Image, Job
from app.generation.moves import lock_job
from app.generation.states import JOB_ACTIVE, ImageState
from app.generation.tell import FAILING, tell_failing
from app.notifications.models import Notification

WINDOW = timedelta(minutes=5)
FEWEST_ENDED = 10
SHARE = 0.5
QUIET = timedelta(hours=1)
"""How long after one alarm there is no other about the same job."""


@dataclass(frozen=True, slots=True)
class Lately:
    """What ended within the window."""

    failed: int
    ended: int

    @property
    def is_failing(self) -> bool:
        return self.ended >= FEWEST_ENDED and self.failed > self.ended * SHARE


def note_failing_jobs() -> int:
    """Tell of every active job of whose last images, at least ten, more than half failed; answers how many."""
    now = db_now()
    enough = Job.failed_count > FEWEST_ENDED * SHARE
    candidates = list(db.session.scalars(select(Job.id).where(Job.state.in_(sorted(JOB_ACTIVE)), enough)))
    return sum(_note_failing(job_id, now) for job_id in candidates if _lately(job_id, now).is_failing)


def _note_failing(job_id: UUID, now: datetime) -> bool:
    with transaction():
        job = lock_job(job_id)
        lately = _lately(job_id, now)
        if not lately.is_failing or _told_lately(job, now):
            return False
        tell_failing(job, failed=lately.failed, ended=lately.ended, minutes=round(WINDOW.total_seconds() / 60))
        return True


def _lately(job_id: UUID, now: datetime) -> Lately:
    """Cancelled images have not been tried and count for nothing."""
    failed = func.count(case((Image.state == ImageState.FAILED, 1)))
    query = select(failed, func.count()).where(
        Image.job_id == job_id, Image.finished_at > now - WINDOW, Image.state != ImageState.CANCELLED
    )
    return Lately(*db.session.execute(query).one())


def _told_lately(job: Job, now: datetime) -> bool:
    told = select(Notification.id).where(
        Notification.workspace_id == job.workspace_id,
        Notification.created_at > now - QUIET,
        Notification.kind == FAILING,
        Notification.subject_id == job.id,
    )
    return db.session.scalar(told.limit(1)) is not None
