"""Ask again about all pages of a job that could not be written, or about those that failed for one reason."""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update

from app.audit.record import Actor, record
from app.core.database import db, db_now, transaction
from app.core.errors import BadInput
from app.core.queue import ActorName, enqueue
from app.generation.models import Image, Job
from app.generation.moves import lock_job
from app.publishing.failures import UNMODERATED, failure_named
from app.publishing.models import Page
from app.publishing.publish import AT_ONCE, MESSAGE_WAIT
from app.publishing.states import PAGE_MOVES, Hold, PageState
from app.publishing.write_again import for_the_writer


def ask_again(job_id: UUID, reason: str | None, *, workspace_id: UUID, actor: Actor) -> int:
    """How many pages are asked about again. `reason` is a failure's name, `unmoderated`, or None for all.

    Pages that are held because of their picture are left to staff. Two clicks ask once: the first one moves the pages.
    Raises NotThere, BadInput.
    """
    if reason is not None and failure_named(reason) is None:
        raise BadInput(["There is no such reason. Reload the page, then choose again."])
    with transaction() as session:
        job = lock_job(job_id, workspace_id=workspace_id)
        pages = _move(job, reason)
        first = pages[:AT_ONCE]
        session.execute(
            update(Page)
            .where(Page.id.in_(first))
            .values(dispatched_until=db_now() + MESSAGE_WAIT)
            .execution_options(synchronize_session=False)
        )
        for page_id in first:
            enqueue(ActorName.CREATE_PAGE, page_id)
        if pages:
            record(
                actor,
                "job.pages_asked_again",
                workspace_id=workspace_id,
                subject_id=job_id,
                pages=len(pages),
                reason=reason or "all",
            )
        return len(pages)


def _move(job: Job, reason: str | None) -> list[UUID]:
    """All of them back to the writer, and their tiles with them. The open transaction holds the job's lock."""
    movable = [state for state, to in PAGE_MOVES.items() if PageState.PROCESSING in to]
    asked = (Page.job_id == job.id, Page.state.in_(movable), _asked_about(reason))
    db.session.execute(
        update(Image)
        .where(Image.job_id == job.id, Image.id.in_(select(Page.image_id).where(*asked)))
        .values(revision=job.revision)
        .execution_options(synchronize_session=False)
    )
    moved = db.session.scalars(
        update(Page)
        .where(*asked)
        .values(state=PageState.PROCESSING, dispatched_until=None, **for_the_writer())
        .returning(Page.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(moved)


def _asked_about(reason: str | None) -> ColumnElement[bool]:
    failed = Page.state == PageState.NEEDS_REVIEW
    unmoderated = (Page.state == PageState.HELD) & (Page.held_for == Hold.UNMODERATED) & Page.refused_at.is_(None)
    if reason is None:
        return or_(failed, unmoderated)
    return unmoderated if reason == UNMODERATED else failed & (Page.failure == reason)
