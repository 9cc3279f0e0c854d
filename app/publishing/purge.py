"""Empty the trash: rows and objects together, in batches, and only what has been there long enough.

A batch is one transaction: rows are taken away, and every object they spoke of is written down for removal. So at each
moment an object has a row that speaks of it. Whoever restores locks the same rows: one of the two finds nothing to do.
What has a page is never touched, and of pages only those that are in the trash. A picture that may not be shown goes
with its page, which is what says so.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.models import Workspace
from app.accounts.plans import all_plans
from app.audit.record import Actor, record
from app.core.database import db, db_now, end_read, transaction
from app.core.errors import NotThere
from app.core.fail_points import FailPoint, fail_point
from app.generation.models import Asset, Attempt, Image, Job
from app.generation.moves import lock_job, read_image
from app.generation.states import Mark
from app.publishing.delete_job import RESTORABLE, deleted_job
from app.publishing.holds import speaks_against_picture
from app.publishing.models import Page
from app.publishing.public_names import keys_of, names_of
from app.publishing.queries import lock_page
from app.publishing.removals import ask_removal
from app.publishing.states import PageState

BATCH = 200
"""Rows in one transaction."""
NIGHTLY = Actor(None, "nightly")

log = structlog.get_logger()


def purge_pages() -> int:
    """Pages that have been in the trash for longer than their workspace's plan keeps them; answers how many went."""
    return sum(_purge_each(select(Page.id).where(*_overdue_page(cutoff, plan)), cutoff) for plan, cutoff in _cutoffs())


def purge_images() -> int:
    """The same for pictures of jobs that are there. One with a page waits until that is gone."""
    gone = 0
    for plan, cutoff in _cutoffs():
        overdue = (Image.trashed_at < cutoff, _of_plan(Image.workspace_id, plan), ~_has_page())
        for job_id in _ids(select(Image.job_id).where(*overdue).distinct()):
            while batch := _purge_batch(job_id, Image.trashed_at < cutoff):
                gone += batch
    return gone


def purge_jobs() -> int:
    """Jobs deleted more than 72 hours ago, with all but what has a page; answers how many images went."""
    with transaction() as session:
        session.execute(
            update(Job)
            .where(Job.deleted_at < db_now() - RESTORABLE, Job.purged_at.is_(None))
            .values(purged_at=db_now())
            .execution_options(synchronize_session=False)
        )
    return sum(_purge_job(job_id) for job_id in _ids(select(Job.id).where(Job.purged_at.is_not(None))))


def purge_page_now(page_id: UUID, *, workspace_id: UUID, actor: Actor) -> bool:
    """Remove one page of the trash for good, as a person asks; False when it is not there."""
    mine = select(Page.id).where(
        Page.id == page_id, Page.workspace_id == workspace_id, Page.trashed_with_job.is_(False)
    )
    return sum(_purge_page(each, None, actor) for each in _ids(mine)) > 0


def purge_image_now(image_id: UUID, *, workspace_id: UUID, actor: Actor) -> bool:
    """The same for a picture."""
    mine = select(Image.job_id).where(Image.id == image_id, Image.workspace_id == workspace_id)
    return any(_purge_batch(job_id, Image.id == image_id, actor=actor) for job_id in _ids(mine))


def purge_job_now(job_id: UUID, *, workspace_id: UUID, actor: Actor) -> int:
    """The same for a deleted job. Raises NotThere."""
    with transaction():
        deleted_job(job_id, workspace_id).purged_at = db_now()
        record(actor, "job.purge_asked", workspace_id=workspace_id, subject_id=job_id)
    return _purge_job(job_id)


def _cutoffs() -> list[tuple[str, datetime]]:
    """Each plan, with the moment before which things must have been thrown away to go now."""
    now = db_now()
    return [(plan.id, now - timedelta(days=plan.trash_days)) for plan in all_plans()]


def _of_plan(workspace_id: InstrumentedAttribute[UUID], plan: str) -> ColumnElement[bool]:
    return workspace_id.in_(select(Workspace.id).where(Workspace.plan == plan))


def _overdue_page(cutoff: datetime, plan: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Page.state == PageState.TRASHED,
        Page.trashed_at < cutoff,
        Page.trashed_with_job.is_(False),
        _of_plan(Page.workspace_id, plan),
    )


def _has_page() -> ColumnElement[bool]:
    return select(Page.id).where(Page.image_id == Image.id).exists()


def _ids(query: Select[UUID]) -> Sequence[UUID]:
    ids = db.session.scalars(query).all()
    end_read()
    return ids


def _lock(job_id: UUID) -> Job | None:
    """None when another purge was quicker: that must not end this one."""
    try:
        return lock_job(job_id)
    except NotThere:
        return None


def _purge_each(query: Select[UUID], cutoff: datetime | None) -> int:
    return sum(_purge_page(page_id, cutoff) for page_id in _ids(query))


def _purge_page(page_id: UUID, cutoff: datetime | None, actor: Actor = NIGHTLY) -> bool:
    """With its tags, addresses and names, and with its picture where that may not be shown.

    cutoff: leave it alone if it was thrown away after that.
    """
    found = db.session.get(Page, page_id)
    job_id = found.job_id if found else None
    if job_id is None:
        return False
    with transaction() as session:
        job = _lock(job_id)
        page = lock_page(page_id)
        if job is None or page is None or page.state != PageState.TRASHED or page.trashed_at is None:
            return False
        picture = _picture_that_goes_along(page)
        if picture and session.scalar(select(Image.id).where(Image.id == picture, _is_spooled())):
            return False
        if cutoff is not None and page.trashed_at >= cutoff:
            return False
        ask_removal(key for name in names_of(page_id) for key in keys_of(name))
        session.execute(update(Image).where(Image.id == page.image_id).values(revision=job.revision))
        record(actor, "page.purged", workspace_id=page.workspace_id, subject_id=page_id, title=page.title[:120])
        session.execute(delete(Page).where(Page.id == page_id).execution_options(synchronize_session=False))
        session.expunge(page)
        if picture:
            images = [read_image(picture)]
            prompts = _prompts(images)
            _take_away(job, images)
            record(actor, "images.purged", workspace_id=job.workspace_id, subject_id=job_id, images=1, **prompts)
        _may_die_here(page_id)
    return True


def _picture_that_goes_along(page: Page) -> UUID | None:
    return page.image_id if speaks_against_picture(page) else None


def _purge_job(job_id: UUID) -> int:
    """Pages that went with it, then its images without a page, then, if none is left, itself."""
    went_along = select(Page.id).where(Page.job_id == job_id, Page.trashed_with_job, Page.state == PageState.TRASHED)
    _purge_each(went_along, None)
    gone = 0
    while batch := _purge_batch(job_id, Image.job_id == job_id, whole_job=True):
        gone += batch
    with transaction() as session:
        empty = ~select(Image.id).where(Image.job_id == Job.id).exists()
        session.execute(
            delete(Job)
            .where(Job.id == job_id, Job.purged_at.is_not(None), empty)
            .execution_options(synchronize_session=False)
        )
    if gone:
        log.info("job_purged", job=str(job_id), images=gone)
    return gone


def _purge_batch(job_id: UUID, *where: ColumnElement[bool], whole_job: bool = False, actor: Actor = NIGHTLY) -> int:
    """Some images of the job without a page, with their calls, pictures and objects; answers how many went.

    whole_job: of a job that is past restoring; otherwise only what is in the trash. A picture that waits on the disk of
    some host waits here too: only that host can bring or remove it.
    """
    with transaction() as session:
        job = _lock(job_id)
        if job is None or whole_job != (job.purged_at is not None):
            return 0
        wanted = select(Image).where(Image.job_id == job_id, ~_has_page(), ~_is_spooled(), *where)
        if not whole_job:
            wanted = wanted.where(Image.trashed_at.is_not(None))
        images = list(
            session.scalars(
                wanted.order_by(Image.id).limit(BATCH).with_for_update().execution_options(populate_existing=True)
            )
        )
        if not images:
            return 0
        prompts = {} if whole_job else _prompts(images)
        _take_away(job, images)
        record(actor, "images.purged", workspace_id=job.workspace_id, subject_id=job_id, images=len(images), **prompts)
        _may_die_here(job_id)
    return len(images)


def _prompts(images: Sequence[Image]) -> dict[str, Any]:
    """What they had been made from, for the audit log: the job's receipt will not have it. Of a whole job it has."""
    counts = Counter(image.prompt_sent for image in images)
    return {"prompts": [{"prompt": prompt, "images": count} for prompt, count in counts.items()]}


def _may_die_here(subject: UUID) -> None:
    fail_point(FailPoint.PURGE_UNCOMMITTED, subject)


def _is_spooled() -> ColumnElement[bool]:
    return select(Asset.id).where(Asset.image_id == Image.id, Asset.spool_host.is_not(None)).exists()


def _take_away(job: Job, images: Sequence[Image]) -> None:
    session, ids = db.session, [image.id for image in images]
    shown = [image.asset_id for image in images if image.asset_id is not None]
    assets = session.execute(
        select(Asset.id, Asset.key, Asset.variants).where(or_(Asset.image_id.in_(ids), Asset.id.in_(shown)))
    ).all()
    ask_removal(
        key for _, original, variants in assets for key in (original, *(file["key"] for file in variants.values()))
    )
    _count_out(job, images)
    session.flush()
    for image in images:
        session.expunge(image)
    for statement in (
        delete(Attempt).where(Attempt.image_id.in_(ids)),
        delete(Image).where(Image.id.in_(ids)),
        delete(Asset).where(Asset.id.in_([row.id for row in assets])),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    left = select(func.count(func.distinct(Image.prompt_order))).where(Image.job_id == job.id)
    job.total_prompts = session.execute(left).scalar_one()


def _count_out(job: Job, images: Sequence[Image]) -> None:
    """The counters equal the rows, and what the pictures had cost stays known."""
    for state, count in Counter(image.state for image in images).items():
        setattr(job, f"{state}_count", getattr(job, f"{state}_count") - count)
    job.trashed_count -= sum(image.trashed_at is not None for image in images)
    job.kept_count -= sum(image.mark == Mark.KEEP and image.trashed_at is None for image in images)
    job.rejected_count -= sum(image.mark == Mark.REJECT and image.trashed_at is None for image in images)
    job.total_images -= len(images)
    job.purged_count += len(images)
    job.purged_cost += sum((image.cost or Decimal(0) for image in images), Decimal(0))
