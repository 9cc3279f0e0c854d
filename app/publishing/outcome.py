"""Write down what came of asking moderator and writer, and what follows from it."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import update

from app.core.database import db, db_now, transaction
from app.core.fail_points import FailPoint, fail_point
from app.generation.models import Job
from app.generation.moves import touch_image
from app.generation.studio import studio
from app.publishing.holds import hold_of, not_moderated, reason_of
from app.publishing.models import Page
from app.publishing.queries import lock_page
from app.publishing.slug import take_slug, until_no_race
from app.publishing.states import Hold, PageState
from app.publishing.tags import propose_tags, tags_named
from app.publishing.tell import tell_if_last
from app.writing.interface import Failure, Tokens, Written
from app.writing.languages import ENGLISH
from app.writing.limits import clean

FALLBACK_TITLE = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the writer gave, whole or in part, and why it did not give everything; why no verdict came, if one had to.

    `tokens` is what the call used; `retry_after` is set when the account is at its limit for so many seconds.
    """

    written: Written | None = None
    failure: Failure | None = None
    reason: str | None = None
    unmoderated: str | None = None
    tokens: Tokens | None = None
    retry_after: float | None = None
    language: str = ENGLISH


def record_outcome(page_id: UUID, attempt: int, outcome: Outcome) -> PageState | None:
    """Move the page out of `processing`; answers where to, or None when this attempt is no longer the page's."""
    return until_no_race(lambda: _record(page_id, attempt, outcome))


def _record(page_id: UUID, attempt: int, outcome: Outcome) -> PageState | None:
    with transaction() as session:
        found = session.get(Page, page_id, populate_existing=True)
        if found is None:
            return None
        is_current = _is_current(found, attempt)
        if not is_current and outcome.tokens is None:
            return None
        touch_image(found.image_id)
        page = lock_page(page_id)
        if page is None:
            return None
        _add_cost(page, outcome.tokens)
        if not _is_current(page, attempt):
            return None
        _apply(page, outcome)
        tell_if_last(page)
        fail_point(FailPoint.PAGE_UNCOMMITTED, page_id)
        return PageState(page.state)


def _is_current(page: Page, attempt: int) -> bool:
    return page.state == PageState.PROCESSING and page.attempt == attempt


def _add_cost(page: Page, tokens: Tokens | None) -> None:
    """Also of a call whose answer came too late: it was paid for."""
    if tokens is None:
        return
    price = studio().configured.writer_prices.get(studio().settings.writer_model)
    cost = price.cost(tokens.input, tokens.output) if price else Decimal(0)
    page.writing_cost += cost
    db.session.execute(
        update(Job)
        .where(Job.id == page.job_id)
        .values(writing_cost=Job.writing_cost + cost)
        .execution_options(synchronize_session="fetch")
    )


def _apply(page: Page, outcome: Outcome) -> None:
    if outcome.written:
        _use(page, outcome.written, is_whole=outcome.failure is None)
        page.language = outcome.language
    page.failure = outcome.failure
    page.title = page.title or fallback_title(page.prompt)
    take_slug(page, page.title)
    settle_hold(page, outcome.unmoderated)
    _move(page, outcome)
    page.step = page.claimed_until = page.dispatched_until = None
    page.crashes = page.waits = 0
    page.updated_at = db_now()


def _use(page: Page, written: Written, *, is_whole: bool) -> None:
    """Partial answers are used as far as they go; an empty field takes nothing away."""
    page.title = written.title or page.title
    page.description = written.description or page.description
    if written.tags:
        page.tags = tags_named(written.tags)
    propose_tags(page, written.new_tags)
    if is_whole or written.violations:
        page.violations = list(written.violations)
    page.relevance_score = written.relevance_score
    page.relevance_explanation = written.relevance_explanation
    page.written_by = written.model
    db.session.flush()


def settle_hold(page: Page, unmoderated: str | None) -> None:
    """Say why the page may not be published, or that it may. A mark that is missing is for its own check to settle."""
    unmoderated = unmoderated or not_moderated(page)
    hold = hold_of(page, unmoderated)
    if hold is None and page.held_for == Hold.UNMARKED:
        return
    page.held_for = hold
    page.review_reason = reason_of(page, hold, unmoderated) if hold else None


def _move(page: Page, outcome: Outcome) -> None:
    state = _state(page, outcome)
    if state == PageState.NEEDS_REVIEW:
        page.review_reason = outcome.reason
    if state == PageState.PUBLISHED:
        page.published_at = page.published_at or db_now()
    page.review_since = db_now() if state in {PageState.NEEDS_REVIEW, PageState.HELD} else None
    page.refused_at = db_now() if page.held_for == Hold.CRITICAL else None
    page.move_to(state)


def _state(page: Page, outcome: Outcome) -> PageState:
    if page.held_for:
        return PageState.HELD
    if outcome.failure:
        return PageState.NEEDS_REVIEW
    return PageState.PUBLISHED if page.visibility == "public" else PageState.DRAFT


def fallback_title(prompt: str) -> str:
    """The first 50 characters of the prompt, for a page that no writer has named."""
    return clean(prompt, len(prompt) or 1)[:FALLBACK_TITLE] + "…"
