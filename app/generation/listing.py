"""The list of jobs: every active one, and the ended ones page by page."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import joinedload

from app.core.database import db
from app.core.errors import UnknownModel
from app.generation.models import Image, Job
from app.generation.pricing import estimate
from app.generation.states import JOB_ACTIVE, JOB_ENDED, ImageState, JobState
from app.generation.studio import Studio
from app.providers.catalogue import Size

PAGE = 25
PICTURES = 4
"""How many of a job's first pictures are shown in the list."""
JOBS_AT_ONCE = 100
"""Jobs in one statement; SQLite joins at most 500 questions into one."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which ended jobs are wanted. `before` is the last job of the page before this one: ids sort by age."""

    state: JobState | None = None
    text: str = ""
    before: UUID | None = None

    @property
    def narrow(self) -> bool:
        """Whether something is filtered out."""
        return self.state is not None or bool(self.text)


@dataclass(frozen=True, slots=True)
class EndedPage:
    """One page of ended jobs, the newest first; `next` is the cursor of the page of older ones."""

    jobs: Sequence[Job]
    next: UUID | None


def active_jobs(workspace_id: UUID) -> Sequence[Job]:
    """Every job that has not ended, the newest first."""
    return db.session.scalars(_jobs(workspace_id).where(Job.state.in_(JOB_ACTIVE))).all()


def ended_jobs(workspace_id: UUID, filters: Filters) -> EndedPage:
    """One page of jobs that have ended."""
    states = [filters.state] if filters.state else JOB_ENDED
    query = _jobs(workspace_id).where(Job.state.in_(states))
    if filters.text:
        query = query.where(Job.title.icontains(filters.text, autoescape=True))
    if filters.before:
        query = query.where(Job.id < filters.before)
    jobs = db.session.scalars(query.limit(PAGE + 1)).all()
    return EndedPage(jobs[:PAGE], jobs[PAGE - 1].id if len(jobs) > PAGE else None)


def has_jobs(workspace_id: UUID) -> bool:
    """Whether the workspace has ever made a job."""
    return db.session.scalar(select(Job.id).where(Job.workspace_id == workspace_id).limit(1)) is not None


def first_pictures(jobs: Iterable[Job]) -> dict[UUID, list[Image]]:
    """The completed ones of the first images that each job still has, in order.

    Looks at so few rows that it may run at every poll.
    """
    pictures: dict[UUID, list[Image]] = {job.id: [] for job in jobs}
    ids = list(pictures)
    for start in range(0, len(ids), JOBS_AT_ONCE):
        some = ids[start : start + JOBS_AT_ONCE]
        rows = db.session.scalars(
            select(Image)
            .options(joinedload(Image.asset))
            .where(Image.id.in_(union_all(*map(_first_images, some))), Image.state == ImageState.COMPLETED)
            .order_by(Image.job_id, Image.position)
        )
        for image in rows:
            pictures[image.job_id].append(image)
    return pictures


def _first_images(job_id: UUID) -> Select[UUID]:
    """Ids of the first that are neither gone for good nor in the trash."""
    there = select(Image.id).where(Image.job_id == job_id, Image.trashed_at.is_(None))
    return select(there.order_by(Image.position).limit(PICTURES).subquery().c.id)


def seconds_left(studio: Studio, job: Job) -> float | None:
    """About how long a running job still needs when it has its model's limit to itself; None when that says nothing."""
    if job.state != JobState.RUNNING:
        return None
    try:
        model = studio.catalogue.model(job.model)
    except UnknownModel:
        return None
    left = job.total_images - job.ended_count
    return estimate(studio, model, quality=job.quality, size=Size(job.width, job.height), images=left).seconds


def tag_of(jobs: Iterable[Job]) -> str:
    """A short text that changes whenever one of these jobs does, or another one joins or leaves them."""
    text = " ".join(f"{job.id}:{job.revision}:{job.state}" for job in jobs)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _jobs(workspace_id: UUID) -> Select[Job]:
    return (
        select(Job)
        .options(joinedload(Job.author))
        .where(Job.workspace_id == workspace_id, Job.state != JobState.DRAFT, Job.deleted_at.is_(None))
        .order_by(Job.id.desc())
    )
