"""Ask the writer once more about a page that is not public."""

from uuid import UUID

from app.audit.record import Actor, record
from app.core.database import db_now, transaction
from app.core.errors import Conflict
from app.core.queue import ActorName, enqueue
from app.generation.moves import touch_image
from app.publishing.publish import MESSAGE_WAIT
from app.publishing.queries import get_page, lock_page
from app.publishing.states import PageState

ASKED_AGAIN = frozenset({PageState.NEEDS_REVIEW, PageState.DRAFT, PageState.HELD})


def write_again(page_id: UUID, *, workspace_id: UUID | None, actor: Actor) -> None:
    """Back to `processing`. `workspace_id` None looks in all, for staff. Raises NotThere; Conflict for other states."""
    image_id = get_page(page_id, workspace_id).image_id
    with transaction():
        touch_image(image_id)
        page = lock_page(page_id)
        if page is None or page.state not in ASKED_AGAIN or page.refused_at:
            raise Conflict("The writer can be asked again only about a draft, or a page that waits for review.")
        page.move_to(PageState.PROCESSING)
        page.crashes, page.review_reason, page.claimed_until = 0, None, None
        page.updated_at, page.dispatched_until = db_now(), db_now() + MESSAGE_WAIT
        record(actor, "page.write_asked", workspace_id=page.workspace_id, subject_id=page_id)
        enqueue(ActorName.CREATE_PAGE, page_id)
