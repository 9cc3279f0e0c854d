"""What is in the trash of a workspace, and for how long still."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from app.accounts.plans import plan_of
from app.core.database import db, db_now
from app.generation.models import Image, Job
from app.publishing.delete_job import RESTORABLE
from app.publishing.models import Page
from app.publishing.states import PageState
from app.publishing.trash_models import JobReceipt

LAST_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Counts:
    images: int
    pages: int
    jobs: int


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things stay: `days` by the workspace's plan."""

    plan: str
    days: int
    now: datetime

    def left(self, thrown_away: datetime) -> str:
        """`4 days left`, `7 hours left`: until the first purge that may take it."""
        return _left(thrown_away + timedelta(days=self.days) - self.now)

    def left_of_job(self, deleted: datetime) -> str:
        """The same for a job, whatever the plan."""
        return _left(deleted + RESTORABLE - self.now)


def _left(time: timedelta) -> str:
    if time <= timedelta(0):
        return "goes tonight"
    if time < LAST_DAY:
        hours = max(1, round(time / timedelta(hours=1)))
        return f"{hours} {'hour' if hours == 1 else 'hours'} left"
    days = -(-time // LAST_DAY)
    return f"{days} {'day' if days == 1 else 'days'} left"


def retention(workspace_id: UUID) -> Retention:
    plan = plan_of(workspace_id)
    return Retention(plan.name, plan.trash_days, db_now())


def trash_counts(workspace_id: UUID) -> Counts:
    def count(model: type, *where: ColumnElement[bool]) -> int:
        return db.session.execute(select(func.count()).select_from(model).where(*where)).scalar_one()

    return Counts(
        images=db.session.execute(
            select(func.count()).select_from(Image).join(Image.job).where(*_images(workspace_id))
        ).scalar_one(),
        pages=count(Page, *_pages(workspace_id)),
        jobs=count(Job, *_jobs(workspace_id)),
    )


def trashed_images(workspace_id: UUID, *, limit: int, offset: int) -> Sequence[Image]:
    """Of jobs that are there; those of a deleted job come back with it."""
    return db.session.scalars(
        select(Image)
        .join(Image.job)
        .where(*_images(workspace_id))
        .options(joinedload(Image.asset), joinedload(Image.job))
        .order_by(Image.trashed_at, Image.id)
        .limit(limit)
        .offset(offset)
    ).all()


def trashed_pages(workspace_id: UUID, *, limit: int, offset: int) -> Sequence[Page]:
    return db.session.scalars(
        select(Page)
        .where(*_pages(workspace_id))
        .options(joinedload(Page.asset), joinedload(Page.author))
        .order_by(Page.trashed_at, Page.id)
        .limit(limit)
        .offset(offset)
    ).all()


def deleted_jobs(workspace_id: UUID, *, limit: int, offset: int) -> Sequence[Job]:
    return db.session.scalars(
        select(Job).where(*_jobs(workspace_id)).order_by(Job.deleted_at, Job.id).limit(limit).offset(offset)
    ).all()


def receipts(workspace_id: UUID, *, limit: int, offset: int) -> Sequence[JobReceipt]:
    """Of every deletion, the newest first."""
    return db.session.scalars(
        select(JobReceipt)
        .where(JobReceipt.workspace_id == workspace_id)
        .order_by(JobReceipt.deleted_at.desc(), JobReceipt.id)
        .limit(limit)
        .offset(offset)
    ).all()


def receipt_count(workspace_id: UUID) -> int:
    query = select(func.count()).select_from(JobReceipt).where(JobReceipt.workspace_id == workspace_id)
    return db.session.execute(query).scalar_one()


def _images(workspace_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Image.workspace_id == workspace_id, Image.trashed_at.is_not(None), Job.deleted_at.is_(None)


def _pages(workspace_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Page.workspace_id == workspace_id, Page.state == PageState.TRASHED, Page.trashed_with_job.is_(False)


def _jobs(workspace_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Job.workspace_id == workspace_id, Job.deleted_at.is_not(None), Job.purged_at.is_(None)
