"""Look once more for the picture of an image whose answer was lost: where bytes are kept, and at the provider."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import ColumnElement, and_, exists, or_, select

from app.audit.record import Actor, record
from app.core.database import db, db_now, end_read, transaction
from app.core.errors import Conflict, StorageError, UnreadablePicture
from app.core.queue import ActorName, enqueue
from app.generation import originals, remote
from app.generation.models import Attempt, AttemptOutcome, Image, Job
from app.generation.moves import lock_image, move_image, start_again
from app.generation.originals import Original
from app.generation.pricing import listed_price
from app.generation.queries import attempts_of, get_image
from app.generation.settle import attach
from app.generation.states import ImageState
from app.generation.studio import studio
from app.providers.model import Size

log = structlog.get_logger()
Result = TypeVar("Result")

PATIENCE_SECONDS = 6.0
"""How long a click waits for its answer; the search itself goes on."""
OPEN = (AttemptOutcome.INTENDED, AttemptOutcome.LOST)
"""Outcomes of a call that nobody has seen the end of: its process may have kept the picture before it died."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What looking again has brought, with a sentence for the person who asked."""

    found: bool
    sentence: str


FOUND = Checked(found=True, sentence="The picture was found and is being stored.")
NOTHING = Checked(found=False, sentence="Nothing found: the picture is neither in the store nor on this host.")
STILL_LOOKING = Checked(
    found=False, sentence="The store or the provider takes long to answer. If the picture turns up, the sheet shows it."
)


def can_be_found() -> ColumnElement[bool]:
    """The WHERE of an unknown image of which looking again may find something.

    A call whose end its own process has seen has left no picture; only a provider that works in jobs of its own may
    still know one.
    """
    providers = studio().providers
    remote_ones = sorted({each.provider for each in studio().catalogue.models if providers.is_remote(each.provider)})
    unseen = and_(Attempt.sent_at.is_not(None), Attempt.outcome.in_(OPEN))
    asked = and_(
        Attempt.provider.in_(remote_ones),
        Attempt.number == Image.attempt,
        Attempt.sent_at.is_not(None),
        Attempt.outcome.in_([*OPEN, AttemptOutcome.AMBIGUOUS]),
    )
    somewhere = or_(unseen, asked, Attempt.asset_id.is_not(None))
    return and_(
        Image.state == ImageState.UNKNOWN, exists(select(Attempt.id).where(Attempt.image_id == Image.id, somewhere))
    )


def check_again(image_id: UUID, *, workspace_id: UUID, actor: Actor) -> Checked:
    """Look for the picture of an unknown image, and let the image take it when it is there. It is never sent again.

    Safe to run any number of times, also side by side. Raises NotThere, Conflict. No transaction may be open.
    """
    image = get_image(image_id, workspace_id)
    job_id = image.job_id
    if image.state != ImageState.UNKNOWN:
        raise Conflict(f"Only an image without an answer can be checked again; this one is {image.state}.")
    end_read()
    checked = _within(PATIENCE_SECONDS, lambda: look_for(image_id)) or STILL_LOOKING
    with transaction():
        details = {"image": str(image_id), "found": checked.found}
        record(actor, "image.checked", workspace_id=workspace_id, subject_id=job_id, **details)
    return checked


_searches = ThreadPoolExecutor(max_workers=4, thread_name_prefix="check-again")


def _within(seconds: float, work: Callable[[], Result]) -> Result | None:
    """What the work answers, or None when it takes longer: it goes on by itself then."""
    context = current_app.app_context

    def run() -> Result:
        with context():
            return work()

    future = _searches.submit(run)
    try:
        return future.result(timeout=seconds)
    except TimeoutError:
        if future.done():
            raise
        future.add_done_callback(_tell_of_trouble)
        return None


def _tell_of_trouble(future: Future[Any]) -> None:
    """Nobody waits for this search any more: what stopped it stands in the log."""
    if error := future.exception():
        log.error("check_failed", error_type=type(error).__name__, exc_info=error)


def look_for(image_id: UUID) -> Checked:
    """Look in the store, in this host's spool, then ask the provider where it can be asked."""
    attempts = attempts_of(image_id)
    end_read()
    try:
        if _look_where_bytes_are(image_id, attempts):
            return FOUND
        answer = NOTHING
    except StorageError as error:
        log.warning("check_waits_for_store", image=str(image_id), reason=error.message)
        answer = Checked(found=False, sentence=f"The store could not be asked: {error.message} Check again later.")
    if not remote.can_ask(image_id):
        end_read()
        return answer
    end_read()
    asked = remote.ask_about(image_id)
    return Checked(found=asked.found is remote.Found.PICTURE, sentence=asked.message)


def _look_where_bytes_are(image_id: UUID, attempts: Sequence[Attempt]) -> bool:
    """Newest call first. Raises StorageError when the store cannot be asked."""
    for attempt in reversed(attempts):
        original = None
        if attempt.asset_id is None:
            if attempt.sent_at is None:
                continue
            original = _original_of(attempt)
            if original is None:
                continue
        if _give(image_id, attempt.id, original):
            return True
    return False


def _original_of(attempt: Attempt) -> Original | None:
    try:
        return originals.found(attempt.image_id, attempt.number)
    except UnreadablePicture as error:
        log.warning("found_no_picture", image=str(attempt.image_id), attempt=attempt.number, reason=error.message)
        return None


def _give(image_id: UUID, attempt_id: UUID, original: Original | None) -> bool:
    """Let the unknown image take what was found. True also when somebody else has been quicker."""
    with transaction(durable=True):
        job, image = lock_image(image_id)
        attempt = db.session.get_one(Attempt, attempt_id, with_for_update=True, populate_existing=True)
        if image.state != ImageState.UNKNOWN:
            return image.state in (ImageState.STORING, ImageState.COMPLETED)
        if attempt.asset_id is not None:
            _take_kept(job, image, attempt)
        elif original is not None:
            attempt.ended_at = attempt.ended_at or db_now()
            size = Size(image.width, image.height)
            attach(job, image, attempt, original, cost=listed_price(studio(), attempt.model, image.quality, size))
    log.info("lost_picture_found", image=str(image_id), attempt=attempt.number)
    return True


def _take_kept(job: Job, image: Image, attempt: Attempt) -> None:
    """The picture of an earlier call came when the image had gone on to another: it is paid for and waits."""
    start_again(job)
    kept = {"asset_id": attempt.asset_id, "provider_request_id": attempt.request_id}
    move_image(job, image, ImageState.STORING, error_type=None, error_message=None, **kept)
    enqueue(ActorName.STORE_IMAGE, image.id)
