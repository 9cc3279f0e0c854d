"""Staff refuse a held page: it stays hidden, and its author reads why."""

from uuid import UUID

from app.audit.record import Actor, record
from app.core.database import db_now, transaction
from app.core.errors import BadInput, Conflict
from app.publishing.queries import get_page, lock_page
from app.publishing.states import PageState
from app.writing.limits import clean

MOST_CHARACTERS = 500


def refuse_page(page_id: UUID, reason: str, *, actor: Actor) -> None:
    """Raises NotThere, BadInput without a reason, Conflict when the page is not held."""
    sentence = clean(reason, MOST_CHARACTERS)
    if not sentence:
        raise BadInput(["Say why: the author reads it."])
    get_page(page_id, None)
    with transaction():
        page = lock_page(page_id)
        if page is None or page.state != PageState.HELD:
            raise Conflict("Only a held page can be refused.")
        page.review_reason = f"Refused: {sentence}"
        page.refused_at = page.updated_at = db_now()
        record(actor, "page.refused", workspace_id=page.workspace_id, subject_id=page_id, reason=sentence)
