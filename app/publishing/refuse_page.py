"""Staff refuse a page: it is hidden, and its author reads why."""

from uuid import UUID

from app.audit.record import Actor, record
from app.core.database import db_now, transaction
from app.core.errors import BadInput, Conflict
from app.generation.moves import touch_image
from app.publishing.public_names import move_page
from app.publishing.queries import get_page, lock_page
from app.publishing.states import Hold, PageState
from app.publishing.tell import tell_decision
from app.writing.limits import clean

MOST_CHARACTERS = 500
REFUSABLE = frozenset({PageState.HELD, PageState.NEEDS_REVIEW, PageState.PUBLISHED, PageState.TRASHED})


def refuse_page(page_id: UUID, reason: str, *, actor: Actor) -> None:
    """Raises NotThere, BadInput without a reason, Conflict for a draft and for a page that is being written."""
    sentence = clean(reason, MOST_CHARACTERS)
    if not sentence:
        raise BadInput(["Say why: the author reads it."])
    image_id = get_page(page_id, None).image_id
    with transaction():
        touch_image(image_id)
        page = lock_page(page_id)
        if page is None or page.state not in REFUSABLE or page.slug is None:
            raise Conflict("Only a page that waits for review, is public or is in the trash can be refused.")
        # A hold that people of the workspace can settle by themselves must not be what keeps it hidden.
        page.held_for = Hold.CRITICAL if page.held_for == Hold.CRITICAL else Hold.VIOLATION
        page.approved_at = None
        if page.state == PageState.TRASHED:
            page.trashed_from = PageState.HELD
        elif page.state != PageState.HELD:
            move_page(page, PageState.HELD)
        page.review_reason = f"Refused: {sentence}"
        page.refused_at = page.updated_at = db_now()
        record(actor, "page.refused", workspace_id=page.workspace_id, subject_id=page_id, reason=sentence)
        tell_decision(page, f"was refused: {sentence}", "page.refused")
