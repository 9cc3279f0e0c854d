"""How far the pages of a job are, and what kept those that could not be written."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import joinedload

from app.core.database import db
from app.generation.models import Image, Job
from app.generation.studio import studio
from app.publishing.failures import UNMODERATED, WORDS
from app.publishing.models import Page
from app.publishing.queries import REVIEWED, pages_of_job
from app.publishing.states import Hold, PageState


@dataclass(frozen=True, slots=True)
class FailedFor:
    """Pages that could not be written for one reason, and can be asked about again."""

    name: str
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the pages of a job are. `steps` counts those that are processing, by what is being done; "" waits."""

    counts: dict[str, int]
    steps: dict[str, int]
    failures: Sequence[FailedFor]
    pages: Sequence[Page]
    total: int
    writing_cost: Decimal | None
    """None when the writer's price is not known, or nothing was written by a model."""

    @property
    def done(self) -> int:
        return self.total - self.counts[PageState.PROCESSING]


def progress_of(job: Job, *, limit: int) -> Progress:
    counts = pages_of_job(job.id)
    return Progress(
        counts=counts,
        steps=_steps(job.id) if counts[PageState.PROCESSING] else {},
        failures=_failures(job.id),
        pages=_pages(job.id, limit=limit),
        total=sum(counts.values()) - counts[PageState.TRASHED],
        writing_cost=_writing_cost(job),
    )


def _steps(job_id: UUID) -> dict[str, int]:
    rows = db.session.execute(
        select(Page.step, func.count())
        .where(Page.job_id == job_id, Page.state == PageState.PROCESSING)
        .group_by(Page.step)
    )
    return {step or "": count for step, count in rows}


def _failures(job_id: UUID) -> list[FailedFor]:
    """The most frequent first."""
    unmoderated = (Page.state == PageState.HELD) & (Page.held_for == Hold.UNMODERATED) & Page.refused_at.is_(None)
    name = case((unmoderated, UNMODERATED), else_=func.coalesce(Page.failure, ""))
    rows = db.session.execute(
        select(name, func.count())
        .where(Page.job_id == job_id, or_(Page.state == PageState.NEEDS_REVIEW, unmoderated))
        .group_by(name)
        .order_by(func.count().desc())
    )
    return [FailedFor(name, WORDS.get(name, "Other reasons"), count) for name, count in rows]


def _pages(job_id: UUID, *, limit: int) -> Sequence[Page]:
    """Those a person has to look at first, then those being written, then the others, in the order of the sheet."""
    first = case((Page.state.in_(REVIEWED), 0), (Page.step.is_not(None), 1), else_=2)
    return db.session.scalars(
        select(Page)
        .join(Page.image)
        .where(Page.job_id == job_id, Page.state != PageState.TRASHED)
        .options(joinedload(Page.asset))
        .order_by(first, Image.position)
        .limit(limit)
    ).all()


def _writing_cost(job: Job) -> Decimal | None:
    settings = studio().settings
    known = settings.openai_key and settings.writer_model in studio().configured.writer_prices
    return job.writing_cost if known or job.writing_cost else None
