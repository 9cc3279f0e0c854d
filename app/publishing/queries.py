"""What is read about pages. Whoever asks for a workspace's pages names the workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select, true
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import Workspace
from app.core.database import db
from app.core.errors import NotThere
from app.generation.models import Image, Job
from app.generation.states import ImageState, Mark
from app.publishing.holds import models_to_moderate
from app.publishing.models import Page
from app.publishing.states import PageState

REVIEWED = (PageState.NEEDS_REVIEW, PageState.HELD)


@dataclass(frozen=True, slots=True)
class Publishable:
    """Kept images of a job: `ready` get a page, `already` have one, `not_completed` have no picture.

    The page of those in `trashed` is in the trash: restored it is there again, and with it there no other is made.

    `moderated` of those that are ready are judged before their pages go live; `public` of those that have a page are.
    """

    ready: int
    already: int
    not_completed: int
    moderated: int = 0
    public: int = 0
    trashed: int = 0


def publishable(job_id: UUID) -> Publishable:
    """What the publish panel announces, counted from the rows. Pictures in the trash are not counted."""
    has_page, page_state = Page.id.is_not(None), Page.state
    wants = case((Image.model.in_(models_to_moderate()), 1), else_=0)
    rows = db.session.execute(
        select(Image.state, has_page, page_state, func.count(), func.sum(wants))
        .outerjoin(Page, Page.image_id == Image.id)
        .where(Image.job_id == job_id, Image.mark == Mark.KEEP, Image.trashed_at.is_(None))
        .group_by(Image.state, has_page, page_state)
    ).all()
    ready = [row for row in rows if not row[1] and row[0] == ImageState.COMPLETED]
    count = sum(row[3] for row in ready)
    all_of_them = db.session.scalar(
        select(true()).select_from(Job).join(Job.workspace).where(Job.id == job_id, Workspace.moderates_all)
    )
    return Publishable(
        ready=count,
        already=sum(row[3] for row in rows if row[1] and row[2] != PageState.TRASHED),
        not_completed=sum(row[3] for row in rows if not row[1] and row[0] != ImageState.COMPLETED),
        moderated=count if all_of_them else sum(int(row[4] or 0) for row in ready),
        public=sum(row[3] for row in rows if row[2] == PageState.PUBLISHED),
        trashed=sum(row[3] for row in rows if row[2] == PageState.TRASHED),
    )


def publishable_count(job_id: UUID) -> int:
    """How many `publishable` finds ready: by the job's counter, which is of completed images alone, and the pages."""
    with_page = (
        select(func.count())
        .select_from(Page)
        .join(Image, Image.id == Page.image_id)
        .where(Page.job_id == job_id, Image.mark == Mark.KEEP, Image.trashed_at.is_(None))
        .scalar_subquery()
    )
    return db.session.execute(select(Job.kept_count - with_page).where(Job.id == job_id)).scalar_one()


def pages_of_job(job_id: UUID) -> dict[str, int]:
    """Pages of a job by state, every state named."""
    return _by_state(select(Page.state, func.count()).where(Page.job_id == job_id).group_by(Page.state))


def pages_of_workspace(workspace_id: UUID) -> dict[str, int]:
    """Pages of a workspace by state, every state named."""
    return _by_state(select(Page.state, func.count()).where(Page.workspace_id == workspace_id).group_by(Page.state))


def _by_state(statement: Select[str, int]) -> dict[str, int]:
    counts = dict(db.session.execute(statement).all())
    return {state.value: counts.get(state, 0) for state in PageState}


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


def review_queue(*, refused: bool = False, limit: int, offset: int = 0) -> Sequence[Page]:
    """Pages of all workspaces that wait for staff, who has waited longest first; or those that were refused."""
    where = _refused() if refused else waits_for_staff()
    order = (Page.refused_at.desc(), Page.id) if refused else (Page.review_since, Page.id)
    return db.session.scalars(
        select(Page)
        .where(*where)
        .options(joinedload(Page.asset), joinedload(Page.author), joinedload(Page.workspace), selectinload(Page.tags))
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    ).all()


def review_count(*, refused: bool = False) -> int:
    """How many pages wait for staff, or were refused."""
    where = _refused() if refused else waits_for_staff()
    return db.session.execute(select(func.count()).select_from(Page).where(*where)).scalar_one()


def waits_for_staff() -> tuple[ColumnElement[bool], ...]:
    return Page.state.in_(REVIEWED), Page.refused_at.is_(None)


def _refused() -> tuple[ColumnElement[bool], ...]:
    return Page.state == PageState.HELD, Page.refused_at.is_not(None)


def get_page(page_id: UUID, workspace_id: UUID | None) -> Page:
    """A page of this workspace; None looks in all of them, for staff. Raises NotThere."""
    page = db.session.get(Page, page_id)
    if page is None or (workspace_id is not None and page.workspace_id != workspace_id):
        raise NotThere("There is no such page in this workspace.")
    return page


def lock_page(page_id: UUID) -> Page | None:
    """The page's row, locked until the transaction ends. Whoever also needs its job locks the job first."""
    return db.session.get(Page, page_id, with_for_update=True, populate_existing=True)
