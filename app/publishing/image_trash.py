"""Pictures that were not kept go to the trash when a person asks for it, and come back; what has a page stays.

`trashed_at` says that a picture is in the trash. There it counts in its state, and no longer as kept or rejected.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from app.audit.record import Actor, record
from app.core.database import db, db_now, transaction
from app.core.errors import Conflict, NotThere
from app.generation.models import Image, Job
from app.generation.moves import lock_job
from app.generation.states import ImageState, Mark
from app.publishing.models import Page
from app.publishing.states import PageState

MOST_AT_ONCE = 500
"""Ids in one statement; databases limit the number of parameters."""


def discard_unkept(job_id: UUID, *, workspace_id: UUID, actor: Actor) -> int:
    """Put every picture of the job that is not kept into the trash; answers how many. Raises NotThere.

    What has a page stays, whatever its mark says now, unless that page is in the trash itself.
    """
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        marks = _set(
            job,
            db_now(),
            actor.user_id,
            Image.state == ImageState.COMPLETED,
            Image.mark != Mark.KEEP,
            Image.trashed_at.is_(None),
            ~_has_page(),
        )
        _count(job, marks, +1)
        if marks:
            record(actor, "job.discarded", workspace_id=workspace_id, subject_id=job_id, images=len(marks))
    return len(marks)


def discardable(job_id: UUID) -> int:
    """How many pictures discarding would put into the trash now."""
    query = select(func.count()).where(
        Image.job_id == job_id,
        Image.state == ImageState.COMPLETED,
        Image.mark != Mark.KEEP,
        Image.trashed_at.is_(None),
        ~_has_page(),
    )
    return db.session.execute(query).scalar_one()


def restore_images(image_ids: Sequence[UUID], *, workspace_id: UUID, actor: Actor) -> int:
    """Take pictures out of the trash; answers how many came back.

    Raises NotThere when none is there any more, because a purge was quicker, and Conflict when none is in the trash.
    """
    by_job = _by_job(image_ids, workspace_id)
    if not by_job:
        raise NotThere("There is no such picture any more.")
    restored = 0
    for job_id, ids in by_job.items():
        with transaction():
            count = restore_in(lock_job(job_id, workspace_id=workspace_id), ids)
            if count:
                record(actor, "images.restored", workspace_id=workspace_id, subject_id=job_id, images=count)
            restored += count
    if not restored:
        raise Conflict("This picture is not in the trash any more.")
    return restored


def restore_in(job: Job, image_ids: Sequence[UUID]) -> int:
    """In the open transaction, which holds the job's lock."""
    marks = _set(job, None, None, Image.id.in_(image_ids), Image.trashed_at.is_not(None))
    _count(job, marks, -1)
    return len(marks)


def _set(job: Job, moment: datetime | None, user_id: UUID | None, *where: ColumnElement[bool]) -> list[str]:
    """The guarded UPDATE that moves pictures into the trash or out of it; answers the marks of those it moved."""
    moved = db.session.execute(
        update(Image)
        .where(Image.job_id == job.id, *where)
        .values(trashed_at=moment, trashed_by=user_id, revision=job.revision)
        .returning(Image.mark)
        .execution_options(synchronize_session=False)
    )
    return list(moved.scalars())


def _count(job: Job, marks: Iterable[str], by: int) -> None:
    """by: +1 into the trash, -1 out of it."""
    counts = Counter(marks)
    job.trashed_count += by * counts.total()
    job.kept_count -= by * counts[Mark.KEEP]
    job.rejected_count -= by * counts[Mark.REJECT]


def _has_page() -> Any:
    return select(Page.id).where(Page.image_id == Image.id, Page.state != PageState.TRASHED).exists()


def _by_job(image_ids: Sequence[UUID], workspace_id: UUID) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for start in range(0, len(image_ids), MOST_AT_ONCE):
        some = image_ids[start : start + MOST_AT_ONCE]
        rows = db.session.execute(
            select(Image.job_id, Image.id)
            .where(Image.id.in_(some), Image.workspace_id == workspace_id)
            .order_by(Image.id)
        )
        for job_id, image_id in rows:
            found.setdefault(job_id, []).append(image_id)
    return found
