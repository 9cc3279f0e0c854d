"""The life cycle of a page.

processing → published | draft | needs_review | held; edits between them; trashed and back.
"""

from collections.abc import Mapping
from enum import StrEnum

from app.core.errors import IllegalMove


class Step(StrEnum):
    """What is being done for a page that is processing; none while it waits for its turn."""

    READING = "reading"
    MODERATING = "moderating"
    WRITING = "writing"
    SAVING = "saving"


class Hold(StrEnum):
    """Why a page may not be published until staff decide; it is set as long as that is so, whatever the state."""

    VIOLATION = "violation"
    """The writer found something that may not be shown."""
    HIGH = "high"
    """The moderator found something grave."""
    CRITICAL = "critical"
    """The moderator found something that nobody may publish, staff included."""
    UNMODERATED = "unmoderated"
    """The moderator could not be asked."""
    UNMARKED = "unmarked"
    """The public picture does not say that a model made it."""


class PageState(StrEnum):
    PROCESSING = "processing"
    """Asked for; the writer has not answered yet."""
    PUBLISHED = "published"
    """Everybody can see it."""
    DRAFT = "draft"
    """Written, seen by the workspace alone."""
    NEEDS_REVIEW = "needs_review"
    """The writer failed: saved with what there is, waiting for a person to complete it."""
    HELD = "held"
    """Something must be decided by staff first, see Hold: invisible until then."""
    TRASHED = "trashed"
    """Thrown away; can be restored."""


P = PageState

PAGE_MOVES: Mapping[PageState, frozenset[PageState]] = {
    P.PROCESSING: frozenset({P.PUBLISHED, P.DRAFT, P.NEEDS_REVIEW, P.HELD, P.TRASHED}),
    P.PUBLISHED: frozenset({P.DRAFT, P.HELD, P.TRASHED}),
    P.DRAFT: frozenset({P.PUBLISHED, P.PROCESSING, P.HELD, P.TRASHED}),
    P.NEEDS_REVIEW: frozenset({P.PUBLISHED, P.DRAFT, P.PROCESSING, P.HELD, P.TRASHED}),
    P.HELD: frozenset({P.PUBLISHED, P.DRAFT, P.PROCESSING, P.TRASHED}),
    P.TRASHED: frozenset({P.PUBLISHED, P.DRAFT, P.NEEDS_REVIEW, P.HELD, P.PROCESSING}),
}


def check_page_move(before: PageState, to: PageState) -> None:
    if to not in PAGE_MOVES[before]:
        raise IllegalMove(f"A page that is {before} cannot become {to}.")
