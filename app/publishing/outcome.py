"""Write down what came of asking the writer, and what follows from it."""

from dataclasses import dataclass
from uuid import UUID

from app.core.database import db, db_now, transaction
from app.generation.moves import touch_image
from app.publishing.models import Page
from app.publishing.queries import lock_page
from app.publishing.slug import take_slug, until_no_race
from app.publishing.states import PageState
from app.publishing.tags import tags_named
from app.writing.interface import Written
from app.writing.limits import clean

FALLBACK_TITLE = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the writer gave, whole or in part, and why it did not give everything."""

    written: Written | None
    failure: str | None


def record_outcome(page_id: UUID, attempt: int, outcome: Outcome) -> PageState | None:
    """Move the page out of `processing`; answers where to, or None when this attempt is no longer the page's."""
    return until_no_race(lambda: _record(page_id, attempt, outcome))


def _record(page_id: UUID, attempt: int, outcome: Outcome) -> PageState | None:
    with transaction() as session:
        found = session.get(Page, page_id, populate_existing=True)
        if found is None or not _is_current(found, attempt):
            return None
        touch_image(found.image_id)
        page = lock_page(page_id)
        if page is None or not _is_current(page, attempt):
            return None
        _apply(page, outcome)
        return PageState(page.state)


def _is_current(page: Page, attempt: int) -> bool:
    return page.state == PageState.PROCESSING and page.attempt == attempt


def _apply(page: Page, outcome: Outcome) -> None:
    if outcome.written:
        _use(page, outcome.written)
    page.title = page.title or fallback_title(page.prompt)
    take_slug(page, page.title)
    state, page.review_reason = _verdict(page, outcome)
    if state == PageState.PUBLISHED:
        page.published_at = page.published_at or db_now()
    page.move_to(state)
    page.claimed_until = page.dispatched_until = None
    page.crashes = 0
    page.updated_at = db_now()


def _use(page: Page, written: Written) -> None:
    """Partial answers are used as far as they go; an empty field takes nothing away."""
    page.title = written.title or page.title
    page.description = written.description or page.description
    if written.tags:
        page.tags = tags_named(written.tags)
    page.violations = list(written.violations)
    page.relevance_score = written.relevance_score
    page.relevance_explanation = written.relevance_explanation
    page.written_by = written.model
    db.session.flush()


def _verdict(page: Page, outcome: Outcome) -> tuple[PageState, str | None]:
    if page.violations:
        return PageState.HELD, f"The writer found: {'; '.join(page.violations)}"
    if outcome.failure:
        return PageState.NEEDS_REVIEW, outcome.failure
    return (PageState.PUBLISHED if page.visibility == "public" else PageState.DRAFT), None


def fallback_title(prompt: str) -> str:
    """The first 50 characters of the prompt, for a page that no writer has named."""
    return clean(prompt, len(prompt) or 1)[:FALLBACK_TITLE] + "…"
