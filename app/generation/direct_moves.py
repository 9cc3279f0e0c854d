"""The moves that every image makes, as guarded UPDATEs: no row is loaded, and each statement is built once.

They do what `moves.move_image` does, at a fraction of its cost. The job's row comes first, which locks it, counts and
gives the revision; then the image, if it still stands where the move begins. What happens rarely in a job's life, such
as its end, is left to `moves`, under the same lock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, UpdateBase, bindparam, or_, select, update

from app.core.database import db
from app.generation.models import Asset, Attempt, Image, Job
from app.generation.moves import STALLED, end_if_done, note_progress
from app.generation.states import IMAGE_ENDED, JOB_TAKES_WORK, ImageState, check_image_move

JOBS, IMAGES, ATTEMPTS, ASSETS = (cast(Table, model.__table__) for model in (Job, Image, Attempt, Asset))

TAKES_WORK = or_(*(JOBS.c.state == state for state in sorted(JOB_TAKES_WORK)))
"""Calls may be made for the job. Not as a list: SQLAlchemy writes the text of a statement with one anew each time."""

Values = Mapping[str, Any]
Where = tuple[ColumnElement[bool], ...]


@dataclass(frozen=True)
class DirectMove:
    """One allowed move and what changes with it; values that differ each time are bindparams.

    `locks` and `lock_values` are conditions and values of the job, `where` and `values` of the image; `returning` are
    columns of the image.
    """

    before: ImageState
    to: ImageState
    locks: Where = ()
    lock_values: Values = field(default_factory=dict)
    where: Where = ()
    values: Values = field(default_factory=dict)
    returning: tuple[ColumnElement[Any], ...] = (IMAGES.c.id,)

    def __post_init__(self) -> None:
        check_image_move(self.before, self.to)

    def lock(self, image_id: UUID, now: datetime, **parameters: Any) -> Row[Any] | None:
        """Lock and count the image's job; None when it does not stand where the move begins.

        Answers its id, state, workspace_id, revision, error_summary, and how many images are still `moving`.
        """
        return db.session.execute(self._job, {"of_image": image_id, "at": now, **parameters}).one_or_none()

    def move(self, job: Row[Any], image_id: UUID, now: datetime, **parameters: Any) -> Row[Any] | None:
        """Move the image of the locked job. After None the caller must roll back: the job has counted already."""
        ended = {"ended": now} if self.to in IMAGE_ENDED else {}
        moved = db.session.execute(
            self._image, {"of_image": image_id, "seen": job.revision, **ended, **parameters}
        ).one_or_none()
        if moved is not None and (STALLED in job.error_summary or not job.moving):
            self._follow(job.id, now)
        return moved

    def _follow(self, job_id: UUID, now: datetime) -> None:
        job = db.session.get_one(Job, job_id, populate_existing=True)
        note_progress(job, now)
        end_if_done(job, now)

    @cached_property
    def _job(self) -> UpdateBase:
        """A job is found by its image, which never changes it."""
        less, more = JOBS.c[f"{self.before}_count"], JOBS.c[f"{self.to}_count"]
        moving = JOBS.c.queued_count + JOBS.c.generating_count + JOBS.c.storing_count
        columns = (JOBS.c.id, JOBS.c.state, JOBS.c.workspace_id, JOBS.c.revision, JOBS.c.error_summary)
        job_id = select(IMAGES.c.job_id).where(IMAGES.c.id == bindparam("of_image")).scalar_subquery()
        counted = {less: less - 1, more: more + 1, JOBS.c.revision: JOBS.c.revision + 1}
        return (
            update(JOBS)
            .where(JOBS.c.id == job_id, *self.locks)
            .values({**counted, JOBS.c.progressed_at: bindparam("at"), **self.lock_values})
            .returning(*columns, moving.label("moving"))
        )

    @cached_property
    def _image(self) -> UpdateBase:
        values = {"dispatched_until": None, "claimed_by": None, **self.values}
        return (
            update(IMAGES)
            .where(IMAGES.c.id == bindparam("of_image"), IMAGES.c.state == self.before, *self.where)
            .values(
                state=self.to,
                revision=bindparam("seen"),
                finished_at=bindparam("ended") if self.to in IMAGE_ENDED else None,
                **values,
            )
            .returning(*self.returning)
        )
