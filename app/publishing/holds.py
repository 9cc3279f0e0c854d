"""When a page may not go live until staff have decided, and what people are told about it."""

from collections.abc import Mapping

from app.accounts.models import Workspace
from app.core.database import db
from app.core.errors import UnknownModel
from app.generation.studio import studio
from app.moderation.interface import Severity
from app.publishing.models import Page
from app.publishing.states import Hold

HOLD_OF: Mapping[Severity, Hold | None] = {
    Severity.NONE: None,
    Severity.LOW: None,
    Severity.MEDIUM: None,
    Severity.HIGH: Hold.HIGH,
    Severity.CRITICAL: Hold.CRITICAL,
}
"""What follows from the moderator's verdict. `medium` is noted on the page and holds nothing."""
OF_PICTURE = frozenset({Hold.HIGH, Hold.CRITICAL, Hold.VIOLATION})
"""Holds that say something about the picture: asking the writer again must not be a way around them."""
STAYS_HELD = "This page is held until staff have looked at it. The text can be saved in the meantime."
NEVER = "This page was refused: what its picture shows may not be published by anybody."


def must_be_moderated(page: Page) -> bool:
    """Whether the picture has still to be judged before the page goes live. It is judged once: it does not change.

    Also when its model is not known any more.
    """
    if page.severity or page.approved_at:
        return False
    if db.session.get_one(Workspace, page.workspace_id).moderates_all:
        return True
    try:
        return studio().catalogue.model(page.image.model).needs_moderation
    except UnknownModel:
        return True


def not_moderated(page: Page) -> str | None:
    """What people are told about a page that has still to be moderated; None when there is nothing to tell."""
    return "The picture has not been moderated yet. Ask again to have it done." if must_be_moderated(page) else None


def models_to_moderate() -> frozenset[str]:
    """Ids of the models whose pictures are always moderated."""
    return frozenset(model.id for model in studio().catalogue.models if model.needs_moderation)


def hold_of(page: Page, unmoderated: str | None) -> Hold | None:
    """Why this page may not be published now. `unmoderated` says why there is no verdict; None when none is missing."""
    by_verdict = HOLD_OF[Severity(page.severity)] if page.severity else None
    if by_verdict == Hold.CRITICAL:
        return by_verdict
    if page.approved_at:
        return None
    if by_verdict:
        return by_verdict
    if page.violations:
        return Hold.VIOLATION
    return Hold.UNMODERATED if unmoderated else None


def speaks_against_picture(page: Page) -> bool:
    """Whether staff, moderator or writer have found something in its picture that nobody has approved since.

    Only the page says so: without the page the picture could be published as if nobody had looked at it.
    """
    return page.refused_at is not None or bool({page.held_for, hold_of(page, None)} & OF_PICTURE)


def reason_of(page: Page, hold: Hold, unmoderated: str | None) -> str:
    """For the author and for staff."""
    found = ", ".join(page.moderation.get("found", [])) or "something that may not be shown"
    match hold:
        case Hold.CRITICAL:
            return f"Refused: the moderator found {found}. This page cannot be published."
        case Hold.HIGH:
            return f"Held for review: the moderator found {found}. Staff decide, usually within 24 hours."
        case Hold.VIOLATION:
            return f"The writer found: {'; '.join(page.violations)}"
        case Hold.UNMODERATED:
            return unmoderated or "The picture has not been moderated yet."
        case Hold.UNMARKED:
            return page.review_reason or "The public picture does not say that a model made it."
