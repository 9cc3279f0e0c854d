"""Have one page written: claim it, have the picture judged, let the writer look at it, write down what came of it.

Safe to run twice and at any later time: the claim is a guarded UPDATE, and what is written down counts only while its
attempt is the page's. No transaction is open while the store, the moderator or the writer is asked.
"""

from time import monotonic
from uuid import UUID

import structlog

from app.core.database import end_read
from app.core.errors import StorageError
from app.core.fail_points import FailPoint, fail_point
from app.generation.studio import studio
from app.moderation.interface import Exhibit, Severity, Unmoderated
from app.publishing.asked import current_moderator, current_writer
from app.publishing.claim import Claim, begin_step, claim_page, postpone
from app.publishing.hold_unmarked import settle_mark
from app.publishing.outcome import Outcome, record_outcome
from app.publishing.picture import read_within
from app.publishing.states import Step
from app.publishing.verdict import record_verdict
from app.writing.demo_writer import DEMO
from app.writing.interface import Brief, Failure, Unwritten
from app.writing.languages import ENGLISH

log = structlog.get_logger()


class Superseded(Exception):
    """The page is another attempt's by now, or nobody's: whoever notices that stops."""


def create_page(page_id: UUID) -> None:
    """Write the page if it still waits for a writer; else do nothing."""
    claim = claim_page(page_id)
    if claim is None:
        return
    fail_point(FailPoint.PAGE_CLAIMED, page_id)
    began = monotonic()
    try:
        state = _made(claim)
    except Superseded:
        state = "superseded"
    log.info(
        "page_written",
        page=str(page_id),
        attempt=claim.attempt,
        state=state,
        duration=round(monotonic() - began, 3),
    )


def _made(claim: Claim) -> str:
    outcome = _outcome(claim)
    if outcome.retry_after is not None and postpone(claim, outcome.retry_after):
        return "postponed"
    # An answer that comes too late is handed in all the same: it was paid for, and is used if nobody else has begun.
    begin_step(claim, Step.SAVING)
    if outcome.failure != Failure.PICTURE:
        settle_mark(claim.page_id, claim.attempt)
    return record_outcome(claim.page_id, claim.attempt, outcome) or "superseded"


def _outcome(claim: Claim) -> Outcome:
    end_read()
    try:
        picture = read_within(studio().storage, claim.key)
    except StorageError as error:
        reason = f"{error.message} Ask the writer again, or write the text yourself."
        unmoderated = "The picture could not be read, so it has not been moderated." if claim.moderates else None
        return Outcome(failure=Failure.PICTURE, reason=reason, unmoderated=unmoderated)
    fail_point(FailPoint.PAGE_READ, claim.page_id)
    unmoderated = None
    if claim.moderates:
        severity, unmoderated = _moderated(claim, picture)
        if severity == Severity.CRITICAL:
            return Outcome()
    if not claim.writes:
        return Outcome(unmoderated=unmoderated)
    return _written(claim, picture, unmoderated)


def _moderated(claim: Claim, picture: bytes) -> tuple[Severity | None, str | None]:
    """The verdict, written down before anything else is done with the picture, or why there is none."""
    _begin(claim, Step.MODERATING)
    try:
        verdict = current_moderator().judge(Exhibit(picture, claim.media_type, claim.prompt))
    except Unmoderated as error:
        log.warning("page_not_moderated", page=str(claim.page_id), attempt=claim.attempt, reason=error.message)
        return None, error.message
    fail_point(FailPoint.PAGE_MODERATED, claim.page_id)
    if not record_verdict(claim.page_id, claim.attempt, verdict):
        raise Superseded
    return verdict.severity, None


def _written(claim: Claim, picture: bytes, unmoderated: str | None) -> Outcome:
    _begin(claim, Step.WRITING)
    brief = Brief(picture, claim.media_type, claim.prompt, claim.generator, claim.known_tags, claim.language)
    writer = current_writer()
    language = ENGLISH if writer.model == DEMO else claim.language
    try:
        written = writer.write(brief)
    except Unwritten as error:
        outcome = Outcome(
            written=error.partial,
            failure=error.failure,
            reason=error.message,
            unmoderated=unmoderated,
            tokens=error.tokens,
            retry_after=error.retry_after,
            language=language,
        )
    else:
        outcome = Outcome(written=written, unmoderated=unmoderated, tokens=written.tokens, language=language)
    fail_point(FailPoint.PAGE_ANSWERED, claim.page_id)
    return outcome


def _begin(claim: Claim, step: Step) -> None:
    if not begin_step(claim, step):
        raise Superseded
