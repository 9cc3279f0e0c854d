"""Decide about what a process has left behind: an image that it had claimed, and is dead, or silent, or far too late.

A process that has not beaten for the lease is dead, by the database's clock. What it had claimed is decided by what is
known: the call was never sent → back to the queue; sent and the bytes are there → storing; sent and no bytes → unknown.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, and_, false, literal_column, or_, select

from app.core.database import db, db_now, end_read, transaction
from app.core.errors import StorageError, UnknownModel, UnreadablePicture
from app.generation import originals
from app.generation.heartbeat import alive
from app.generation.models import Attempt, AttemptOutcome, Image, Job
from app.generation.moves import MOST_CRASHES, lock_image, move_image
from app.generation.originals import Original
from app.generation.remote_polls import being_asked_about, search_from
from app.generation.settle import attach, hand_back, withdraw
from app.generation.states import ImageState
from app.generation.studio import studio
from app.providers.model import Size

log = structlog.get_logger()

CALL_GRACE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Abandoned:
    """An image as it was when it was found abandoned: whoever moved it since has the right to keep it."""

    image_id: UUID
    state: str
    attempt: int
    process_id: UUID | None


def recover_abandoned(even_seconds: float = math.inf) -> int:
    """Decide about every abandoned image; answers how many moved."""
    moved = 0
    for seen in abandoned(even_seconds):
        try:
            moved += recover(seen)
        except Exception as error:
            log.exception("recovery_failed", image=str(seen.image_id), error_type=type(error).__name__)
            db.session.rollback()
    return moved


def abandoned(even_seconds: float = math.inf) -> list[Abandoned]:
    """Generating or storing images whose process is dead, calls far beyond their time-out, storing beyond its lease.

    Not those that a provider makes by itself and that are asked about: they need no process. `even_seconds`: for how
    long the database's clock is known to have run evenly.
    """
    dead = Image.claimed_by.not_in(alive(studio().settings.lease_seconds))
    moving = literal_column("images.state").in_([literal_column("'generating'"), literal_column("'storing'")])
    generating = Image.state == ImageState.GENERATING
    overdue = and_(generating, _overdue(even_seconds))
    stuck = and_(Image.state == ImageState.STORING, Image.dispatched_until < db_now())
    query = select(Image.id, Image.state, Image.attempt, Image.claimed_by).where(
        moving, Image.claimed_by.is_not(None), or_(dead, overdue, stuck), ~(generating & being_asked_about())
    )
    found = [Abandoned(*row) for row in db.session.execute(query.order_by(Image.job_id, Image.id))]
    end_read()
    return found


def _overdue(even_seconds: float) -> ColumnElement[bool]:
    """Whether a call has not ended in any way it should. Not told by a clock that may have been set since it began."""
    longest = max((model.timeout_seconds for model in studio().catalogue.models), default=0.0)
    patience = timedelta(seconds=2 * longest) + CALL_GRACE
    return Image.started_at < db_now() - patience if even_seconds >= patience.total_seconds() else false()


def recover(seen: Abandoned) -> bool:
    """Decide about one abandoned image. False when it moved meanwhile or its bytes cannot be looked for now."""
    image_id, attempt = seen.image_id, seen.attempt
    try:
        original = originals.found(image_id, attempt) if _may_have_a_picture(seen) else None
    except StorageError as error:
        log.warning("recovery_waits_for_store", image=str(image_id), reason=error.message)
        return False
    except UnreadablePicture:
        original = None
    with transaction(durable=True) as session:
        job, image = lock_image(image_id)
        if Abandoned(image.id, image.state, image.attempt, image.claimed_by) != seen or _is_remote_now(image):
            session.rollback()
            return False
        if seen.state == ImageState.STORING:
            _recover_storing(job, image)
        else:
            _recover_generating(job, image, original)
    log.warning("image_recovered", image=str(image_id), attempt=attempt, state=image.state)
    return True


def _may_have_a_picture(seen: Abandoned) -> bool:
    """Whether its call was sent; one that was not needs no store to be decided about.

    Read without a lock: a process that is only slow and sends it now moves `attempt` rows that are read again below.
    """
    if seen.state != ImageState.GENERATING:
        return False
    sent = select(Attempt.sent_at).where(Attempt.image_id == seen.image_id, Attempt.number == seen.attempt)
    sent_at = db.session.execute(sent).scalar_one()
    end_read()
    return sent_at is not None


def _is_remote_now(image: Image) -> bool:
    """Whether the name of its job at the provider has been saved since it was found."""
    return image.state == ImageState.GENERATING and _lock_attempt(image).poll_at is not None


def _recover_storing(job: Job, image: Image) -> None:
    image.crashes += 1
    if image.crashes >= MOST_CRASHES:
        message = f"The process that stored it died {image.crashes} times. The original is kept; store it again."
        move_image(job, image, ImageState.FAILED, error_type="crashed", error_message=message)
    else:
        image.claimed_by = image.dispatched_until = None


def _recover_generating(job: Job, image: Image, original: Original | None) -> None:
    attempt = _lock_attempt(image)
    attempt.ended_at = db_now()
    if original is not None:
        attach(job, image, attempt, original, cost=_estimate(image))
    elif attempt.sent_at is not None:
        attempt.outcome, attempt.may_have_billed = AttemptOutcome.LOST, True
        attempt.poll_at = search_from(attempt.provider)
        message = (
            "The process died while the provider was working. It may have been billed; run it again if you want it."
        )
        move_image(job, image, ImageState.UNKNOWN, error_type="ambiguous", error_message=message)
    else:
        attempt.outcome = AttemptOutcome.ABANDONED
        _count_crash(job, image)


def _lock_attempt(image: Image) -> Attempt:
    """The present attempt, locked: a process that was only slow may be noting this very moment that it sends."""
    query = select(Attempt).where(Attempt.image_id == image.id, Attempt.number == image.attempt)
    return db.session.execute(query.with_for_update().execution_options(populate_existing=True)).scalar_one()


def _count_crash(job: Job, image: Image) -> None:
    image.crashes += 1
    hand_back(job, image)
    if image.crashes >= MOST_CRASHES and image.state == ImageState.QUEUED:
        message = f"The process that worked on it died {image.crashes} times, each time before the call."
        move_image(job, image, ImageState.FAILED, error_type="crashed", error_message=message)


def _estimate(image: Image) -> Decimal:
    """The usage went with the process: the price list's figure stands in for it."""
    try:
        model = studio().catalogue.model(image.model)
    except UnknownModel:
        return Decimal(0)
    return model.cost_of(None, image.quality, Size(image.width, image.height))


def unclaim(image_id: UUID, process_id: UUID) -> None:
    """Hand back an image of which this process does not know whether it has claimed it: it has made no call for it."""
    with transaction(durable=True) as session:
        job, image = lock_image(image_id)
        ours = image.state == ImageState.GENERATING and image.claimed_by == process_id
        attempt = _lock_attempt(image) if ours else None
        if attempt is None or attempt.outcome != AttemptOutcome.INTENDED or attempt.sent_at is not None:
            session.rollback()
            return
        withdraw(job, image, attempt)
