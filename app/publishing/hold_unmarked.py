"""A picture that does not say that a model made it is not shown: its page is held, and people are told."""

from uuid import UUID

import structlog

from app.audit.record import Actor, record
from app.core.database import db, db_now, detached, transaction
from app.core.errors import Conflict, StorageError, TimeStampDown, UnreadablePicture
from app.core.filters import clip
from app.generation.models import Asset
from app.generation.moves import touch_image
from app.generation.originals import read
from app.generation.sizes import credit_of, put_sizes, sizes_of
from app.notifications.notify import notify
from app.publishing.mark_check import problem_with_page
from app.publishing.models import Page
from app.publishing.public_names import move_page
from app.publishing.queries import get_page, lock_page
from app.publishing.states import Hold, PageState

KIND = "page.unmarked"
NAMING = Actor(None, "naming")
ADVICE = "Make its sizes anew, then publish it."

log = structlog.get_logger()


def hold_unmarked(page_id: UUID, reason: str) -> bool:
    """Hold a published page, with the reason; False when it is not public any more."""
    with transaction() as session:
        found = session.get(Page, page_id)
        if found is None:
            return False
        touch_image(found.image_id)
        page = lock_page(page_id)
        if page is None or page.state != PageState.PUBLISHED:
            return False
        mark_held(page, reason, NAMING)
    return True


def mark_held(page: Page, reason: str, actor: Actor) -> None:
    """Instead of making it public, or because it is. In the open transaction, which holds job and page."""
    page.review_since = db_now()
    page.held_for, page.approved_at, page.refused_at = Hold.UNMARKED, None, None
    if page.state != PageState.HELD:
        move_page(page, PageState.HELD)
    note_unmarked(page, reason)
    record(actor, "page.held", workspace_id=page.workspace_id, subject_id=page.id, reason=reason)


def settle_mark(page_id: UUID, attempt: int) -> None:
    """Before what the writer gave is recorded: note that the page has to be held, or that the mark is there by now."""
    problem = problem_with_page(page_id)
    with transaction():
        page = lock_page(page_id)
        if page is None or page.state != PageState.PROCESSING or page.attempt != attempt:
            return
        if problem:
            note_unmarked(page, problem)
        elif page.held_for == Hold.UNMARKED:
            page.held_for = page.review_reason = None


def note_unmarked(page: Page, reason: str) -> None:
    """Say on the page why it may not be shown, and tell the people of its workspace."""
    page.held_for = Hold.UNMARKED
    page.review_reason = f"{reason} {ADVICE}"
    page.updated_at = db_now()
    name = clip(page.title or page.prompt, 80)
    text = f"“{name}” is held: its picture lacks the mark that says that it is AI-made."
    notify(page.workspace_id, KIND, f"{KIND}:{page.id}:{page.updated_at.isoformat()}", text, page.job_id)
    log.error("page_unmarked", page=str(page.id), reason=reason)


def can_be_made_anew(page: Page) -> bool:
    """Whether the missing mark is all that keeps it hidden: what staff have refused stays so."""
    return page.state == PageState.HELD and page.held_for == Hold.UNMARKED and page.refused_at is None


def make_sizes_anew(page_id: UUID, *, workspace_id: UUID | None, actor: Actor) -> None:
    """Make the sizes of a held page's picture from its original, and see whether they carry the mark now.

    The page becomes a draft, which can be published. `workspace_id` None looks in all, for staff. Raises NotThere;
    Conflict when it is not held for that, or when the sizes still lack the mark.
    """
    page = get_page(page_id, workspace_id)
    if not can_be_made_anew(page):
        raise Conflict("Only the picture of a page that is held for its missing mark is made anew.")
    asset_id, image_id = page.asset_id, page.image_id
    asset = detached(db.session.get_one(Asset, asset_id))
    try:
        content = read(asset)
        files = put_sizes(asset, sizes_of(asset, content, credit=credit_of(asset)))
    except (StorageError, TimeStampDown, UnreadablePicture) as error:
        raise Conflict(f"The sizes could not be made anew: {error.message}") from None
    with transaction() as session:
        session.get_one(Asset, asset_id, with_for_update=True, populate_existing=True).variants = files
    if problem := problem_with_page(page_id):
        raise Conflict(problem)
    with transaction():
        touch_image(image_id)
        again = lock_page(page_id)
        if again is None or not can_be_made_anew(again):
            raise Conflict("Somebody else has decided about this page meanwhile.")
        again.updated_at = db_now()
        again.held_for = again.review_reason = again.review_since = None
        again.move_to(PageState.DRAFT)
        record(actor, "page.sizes_made", workspace_id=again.workspace_id, subject_id=page_id)
