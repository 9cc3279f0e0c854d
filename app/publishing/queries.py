"""What is read about pages. Whoever asks for a workspace's pages names the workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from app.core.database import db
from app.core.errors import NotThere
from app.generation.models import Image
from app.generation.states import ImageState, Mark
from app.publishing.models import Page
from app.publishing.states import PageState

REVIEWED = (PageState.NEEDS_REVIEW, PageState.HELD)


@dataclass(frozen=True, slots=True)
class Publishable:
    """Kept images of a job: `ready` get a page, `already` have one, `not_completed` have no picture."""

    ready: int
    already: int
    not_completed: int


def publishable(job_id: UUID) -> Publishable:
    """What the publish panel announces, counted from the rows."""
    has_page = Page.id.is_not(None)
    rows = db.session.execute(
        select(Image.state, has_page, func.count())
        .outerjoin(Page, Page.image_id == Image.id)
        .where(Image.job_id == job_id, Image.mark == Mark.KEEP)
        .group_by(Image.state, has_page)
    ).all()
    return Publishable(
        ready=sum(count for state, paged, count in rows if not paged and state == ImageState.COMPLETED),
        already=sum(count for _, paged, count in rows if paged),
        not_completed=sum(count for state, paged, count in rows if not paged and state != ImageState.COMPLETED),
    )


def pages_of_job(job_id: UUID) -> dict[str, int]:
    """Pages of a job by state, every state named."""
    return _by_state(select(Page.state, func.count()).where(Page.job_id == job_id).group_by(Page.state))


def pages_of_workspace(workspace_id: UUID) -> dict[str, int]:
    """Pages of a workspace by state, every state named."""
    return _by_state(select(Page.state, func.count()).where(Page.workspace_id == workspace_id).group_by(Page.state))


def _by_state(statement: Select[str, int]) -> dict[str, int]:
    counts = dict(db.session.execute(statement).all())
    return {state.value: counts.get(state, 0) for state in PageState}


def list_job_pages(job_id: UUID, *, limit: int) -> Sequence[Page]:
    """Pages of a job in the order of the sheet, those a person has to look at first."""
    needs_a_person = Page.state.in_(REVIEWED)
    return db.session.scalars(
        select(Page)
        .join(Page.image)
        .where(Page.job_id == job_id)
        .options(joinedload(Page.asset))
        .order_by(needs_a_person.desc(), Image.position)
        .limit(limit)
    ).all()


def list_pages(workspace_id: UUID, *, state: PageState | None, limit: int, offset: int) -> Sequence[Page]:
    """Pages of a workspace, newest first, in one state or all but the trashed."""
    wanted = Page.state == state if state else Page.state != PageState.TRASHED
    return db.session.scalars(
        select(Page)
        .where(Page.workspace_id == workspace_id, wanted)
        .options(joinedload(Page.asset), joinedload(Page.author))
        .order_by(Page.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()


def review_queue(*, limit: int, offset: int = 0) -> Sequence[Page]:
    """Pages of all workspaces that wait for staff, oldest first."""
    return db.session.scalars(
        select(Page)
        .where(*_waiting())
        .options(joinedload(Page.asset), joinedload(Page.author), selectinload(Page.tags))
        .order_by(Page.id)
        .limit(limit)
        .offset(offset)
    ).all()


def review_count() -> int:
    """How many pages wait for staff."""
    return db.session.execute(select(func.count()).select_from(Page).where(*_waiting())).scalar_one()


def _waiting() -> tuple[ColumnElement[bool], ...]:
    return Page.state.in_(REVIEWED), Page.refused_at.is_(None)


def get_page(page_id: UUID, workspace_id: UUID | None) -> Page:
    """A page of this workspace; None looks in all of them, for staff. Raises NotThere."""
    page = db.session.get(Page, page_id)
    if page is None or (workspace_id is not None and page.workspace_id != workspace_id):
        raise NotThere("There is no such page in this workspace.")
    return page


def lock_page(page_id: UUID) -> Page | None:
    """The page's row, locked until the transaction ends. Whoever also needs its job locks the job first."""
    return db.session.get(Page, page_id, with_for_update=True, populate_existing=True)
