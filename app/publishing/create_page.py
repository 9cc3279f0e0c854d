"""Have one page written: claim it, let the writer look at the picture, write down what came of it.

Safe to run twice and at any later time: the claim is a guarded UPDATE, and the outcome counts only while the claim's
attempt is the page's. No transaction is open while the store or the writer is asked.
"""

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from uuid import UUID

import structlog
from sqlalchemy import update

from app.core.database import db_now, end_read, transaction
from app.core.errors import StorageError
from app.generation.studio import studio
from app.publishing.models import Page
from app.publishing.outcome import Outcome, record_outcome
from app.publishing.picture import best_size, read_within
from app.publishing.states import PageState
from app.publishing.tags import known_tags
from app.publishing.writer import current_writer
from app.writing.interface import Brief, Unwritten

CLAIM = timedelta(seconds=90)
"""More than reading the picture and asking the writer may take together."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write one page, and all that is needed for it."""

    page_id: UUID
    attempt: int
    prompt: str
    generator: str
    key: str
    media_type: str
    known_tags: tuple[str, ...]


def create_page(page_id: UUID) -> None:
    """Write the page if it still waits for a writer; else do nothing."""
    claim = _claim(page_id)
    if claim is None:
        return
    began = monotonic()
    outcome = _ask_writer(claim)
    recorded = record_outcome(claim.page_id, claim.attempt, outcome)
    log.info(
        "page_written",
        page=str(page_id),
        attempt=claim.attempt,
        state=recorded or "superseded",
        failed=outcome.failure is not None,
        duration=round(monotonic() - began, 3),
    )


def _claim(page_id: UUID) -> Claim | None:
    """The sweep frees a lapsed claim, and counts it: a page must not kill workers for ever."""
    with transaction() as session:
        taken = session.execute(
            update(Page)
            .where(Page.id == page_id, Page.state == PageState.PROCESSING, Page.claimed_until.is_(None))
            .values(attempt=Page.attempt + 1, claimed_until=db_now() + CLAIM, dispatched_until=None)
            .returning(Page.attempt)
        ).scalar_one_or_none()
        if taken is None:
            return None
        page = session.get_one(Page, page_id, populate_existing=True)
        key, media_type = best_size(page.asset)
        return Claim(page_id, taken, page.prompt, page.generator, key, media_type, known_tags())


def _ask_writer(claim: Claim) -> Outcome:
    end_read()
    try:
        picture = read_within(studio().storage, claim.key)
    except StorageError as error:
        return Outcome(None, f"{error.message} Ask the writer again, or write the text yourself.")
    brief = Brief(picture, claim.media_type, claim.prompt, claim.generator, claim.known_tags)
    try:
        return Outcome(current_writer().write(brief), None)
    except Unwritten as error:
        return Outcome(error.partial, error.message)
