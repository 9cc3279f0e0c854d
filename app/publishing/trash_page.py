"""Throw a page away, and bring it back to where it was."""

from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Membership
from app.audit.record import Actor, record
from app.core.database import db, db_now, transaction
from app.core.errors import Conflict
from app.core.queue import ActorName, enqueue
from app.generation.moves import lock_job, read_image
from app.publishing.hold_unmarked import mark_held
from app.publishing.image_trash import restore_in
from app.publishing.mark_check import problem_with_page
from app.publishing.models import Page
from app.publishing.public_names import move_page
from app.publishing.publish import MESSAGE_WAIT
from app.publishing.queries import get_page, lock_page
from app.publishing.states import Hold, PageState

GONE = "This page is not in the trash any more."
TAKEN_BY_STAFF = "Staff have put this page into the trash. They decide whether it may be shown again."


def trash_page(page_id: UUID, *, workspace_id: UUID | None, actor: Actor) -> Page:
    """Put the page into the trash, whatever its state; a writer that is at work finds that it is not wanted any more.

    `workspace_id` None looks in all, for staff: a public page that they take from another workspace comes back held.
    Raises NotThere, and Conflict when it is there already.
    """
    found = get_page(page_id, workspace_id)
    job_id, image_id = found.job_id, found.image_id
    with transaction():
        job = lock_job(job_id)
        read_image(image_id).revision = job.revision
        page = lock_page(page_id)
        if page is None or page.state == PageState.TRASHED:
            raise Conflict("This page is in the trash already.")
        is_taken = page.state == PageState.PUBLISHED and workspace_id is None and not _is_own(page, actor)
        put_into_trash(page, actor)
        if is_taken:
            _hold_for_staff(page)
        record(actor, "page.trashed", workspace_id=page.workspace_id, subject_id=page_id)
        return page


def put_into_trash(page: Page, actor: Actor, *, with_job: bool = False) -> None:
    """In the open transaction, which holds the page's lock."""
    page.trashed_from, page.trashed_at, page.trashed_by = page.state, db_now(), actor.user_id
    page.trashed_with_job = with_job
    page.claimed_until = page.dispatched_until = None
    page.updated_at = page.trashed_at
    move_page(page, PageState.TRASHED)


def _is_own(page: Page, actor: Actor) -> bool:
    """Whether it is of a workspace they are a member of, whichever they look at."""
    membership = select(Membership.user_id).where(
        Membership.user_id == actor.user_id, Membership.workspace_id == page.workspace_id
    )
    return db.session.execute(membership).first() is not None


def _hold_for_staff(page: Page) -> None:
    page.trashed_from, page.held_for, page.approved_at = PageState.HELD, Hold.VIOLATION, None
    page.review_reason, page.review_since = TAKEN_BY_STAFF, page.trashed_at


def restore_page(page_id: UUID, *, workspace_id: UUID | None, actor: Actor) -> Page:
    """Back to the state before, with the picture if that is in the trash too. One not written yet goes to the writer.

    What was public is held when its picture does not say any more that a model made it.
    Raises NotThere; Conflict when a purge, or somebody else, was quicker, and for a page whose job is deleted with it.
    """
    found = get_page(page_id, workspace_id)
    job_id, image_id = found.job_id, found.image_id
    unmarked = problem_with_page(page_id) if found.trashed_from == PageState.PUBLISHED else None
    with transaction():
        job = lock_job(job_id)
        image = read_image(image_id)
        page = lock_page(page_id)
        if page is None or page.state != PageState.TRASHED:
            raise Conflict(GONE)
        if page.trashed_with_job:
            raise Conflict("This page was thrown away with its job. Restore the job: the page comes with it.")
        image.revision = job.revision
        if image.trashed_at is not None:
            restore_in(job, [image_id])
        take_out_of_trash(page, actor, unmarked=unmarked)
        record(actor, "page.restored", workspace_id=page.workspace_id, subject_id=page_id)
        return page


def take_out_of_trash(page: Page, actor: Actor, *, unmarked: str | None = None) -> None:
    """In the open transaction, which holds the page's lock. unmarked: why it may not be public again."""
    before, now = PageState(page.trashed_from or PageState.DRAFT), db_now()
    with db.session.no_autoflush:  # in between the row would be in the trash by one column and not by the other
        page.trashed_at = page.trashed_by = page.trashed_from = None
        page.trashed_with_job = False
        page.updated_at = now
        if before == PageState.PUBLISHED and unmarked:
            mark_held(page, unmarked, actor)
            return
        page.move_to(before)
    if before == PageState.PROCESSING:
        page.crashes, page.dispatched_until = 0, page.updated_at + MESSAGE_WAIT
        enqueue(ActorName.CREATE_PAGE, page.id)
