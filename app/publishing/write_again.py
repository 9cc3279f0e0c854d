"""Ask the writer once more about a page that is not public."""

from typing import Any
from uuid import UUID

from app.audit.record import Actor, record
from app.core.database import db_now, transaction
from app.core.errors import Conflict, NotAllowed
from app.core.queue import ActorName, enqueue
from app.generation.moves import touch_image
from app.publishing.holds import OF_PICTURE, STAYS_HELD
from app.publishing.models import Page
from app.publishing.publish import MESSAGE_WAIT
from app.publishing.queries import get_page, lock_page
from app.publishing.states import PageState

ASKED_AGAIN = frozenset({PageState.NEEDS_REVIEW, PageState.DRAFT, PageState.HELD})


def write_again(page_id: UUID, *, workspace_id: UUID | None, actor: Actor, is_staff: bool = False) -> None:
    """Back to `processing`. `workspace_id` None looks in all, for staff.

    Raises NotThere; Conflict for other states; NotAllowed for a page that is held because of its picture: asking until
    the answer suits must not be a way around staff.
    """
    image_id = get_page(page_id, workspace_id).image_id
    with transaction():
        touch_image(image_id)
        page = lock_page(page_id)
        if page is None or page.state not in ASKED_AGAIN or page.refused_at:
            raise Conflict("The writer can be asked again only about a draft, or a page that waits for review.")
        if page.held_for in OF_PICTURE and not is_staff:
            raise NotAllowed(STAYS_HELD)
        back_to_writer(page)
        page.dispatched_until = db_now() + MESSAGE_WAIT
        record(actor, "page.write_asked", workspace_id=page.workspace_id, subject_id=page_id)
        enqueue(ActorName.CREATE_PAGE, page_id)


def back_to_writer(page: Page) -> None:
    """What keeps it from being published stays noted until the answer is there. The caller holds the job's lock."""
    page.move_to(PageState.PROCESSING)
    for name, value in for_the_writer().items():
        setattr(page, name, value)


def for_the_writer() -> dict[str, Any]:
    """What a page says that waits for a writer again."""
    return {
        "crashes": 0,
        "waits": 0,
        "review_reason": None,
        "claimed_until": None,
        "step": None,
        "updated_at": db_now(),
    }
