"""The life cycle of a page.

processing → published | draft | needs_review | held; edits between them; trashed and back.
"""

from collections.abc import Mapping
from enum import StrEnum

from app.core.errors import IllegalMove


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
    """The writer found a violation: invisible until staff decide."""
    TRASHED = "trashed"
    """Thrown away; can be restored."""


P = PageState

PAGE_MOVES: Mapping[PageState, frozenset[PageState]] = {
    P.PROCESSING: frozenset({P.PUBLISHED, P.DRAFT, P.NEEDS_REVIEW, P.HELD, P.TRASHED}),
    P.PUBLISHED: frozenset({P.DRAFT, P.HELD, P.TRASHED}),
    P.DRAFT: frozenset({P.PUBLISHED, P.PROCESSING, P.HELD, P.TRASHED}),
    P.NEEDS_REVIEW: frozenset({P.PUBLISHED, P.DRAFT, P.PROCESSING, P.HELD, P.TRASHED}),
    P.HELD: frozenset({P.PUBLISHED, P.DRAFT, P.PROCESSING, P.TRASHED}),
    P.TRASHED: frozenset({P.DRAFT, P.PROCESSING}),
}


def check_page_move(before: PageState, to: PageState) -> None:
    if to not in PAGE_MOVES[before]:
        raise IllegalMove(f"A page that is {before} cannot become {to}.")
