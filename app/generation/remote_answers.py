"""What follows from a provider's answer about a remote job: the picture, its end's consequence, or another question.

Asking costs nothing and may be repeated; only what the provider says about the job itself is settled.
"""

import random
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import structlog
from sqlalchemy import func, select, update

from app.core.database import db, db_now, end_read, transaction
from app.core.errors import (
    ErrorClass,
    ProviderError,
    RateLimiterUnavailable,
    StorageError,
    UnknownModel,
    UnreadablePicture,
)
from app.generation import originals
from app.generation.call import request_for
from app.generation.late import note_late_failure
from app.generation.models import Attempt, AttemptOutcome
from app.generation.moves import lock_job, move_image, read_image
from app.generation.remote_polls import OPEN, Asking, ask_again, ask_no_more, claim_poll, polls_key
from app.generation.settle import PAUSES, facts, pause_provider, settle_failure, settle_success
from app.generation.states import ImageState
from app.generation.studio import studio
from app.imaging.inspect import inspect
from app.providers.interface import Cancelled, Ended, Generated, Gone, Polled, RemoteProvider

log = structlog.get_logger()

SEARCH_SECONDS = 15.0
"""Between two searches for a job whose name was lost."""
SEARCH_FOR_SECONDS = 180.0
"""After so long a job that does not show up in the provider's list was never started, or cannot be found."""
CANCEL_SECONDS = 120.0
"""How long after its deadline a job may take to be cancelled; then its image is `unknown`."""
KEPT_SECONDS = 3600.0
"""How long a finished picture can be had. After its deadline a job is asked about for so long."""
LONG_SECONDS = 60.0


class Found(StrEnum):
    """What asking a provider about a call has brought."""

    PICTURE = "picture"
    """The picture was there. It is kept, and the image is `storing` now, or has it already."""
    WORKING = "working"
    """The provider still works on it. It is asked again by itself; the image takes the picture when it comes."""
    FAILED = "failed"
    """The provider says that it made no picture: the image says why."""
    GONE = "gone"
    """The provider does not know the job, or has deleted its picture: nothing more can be learnt."""
    NOT_NOW = "not_now"
    """The provider could not be asked just now; ask again later."""
    CANNOT_ASK = "cannot_ask"
    """The provider answers in one call, or its name for the job was never learnt: there is nothing to ask about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`message` is a sentence for the person who asked."""

    found: Found
    message: str


def poll(attempt_id: UUID, mark: datetime) -> bool:
    """Ask about the remote job that a message names. False when another has asked meanwhile."""
    asking = claim_poll(attempt_id, mark)
    if asking is None:
        return False
    act(asking)
    return True


def act(asking: Asking) -> Asked:
    """Ask, and do what follows. No transaction may be open."""
    name = asking.call.model.partition("/")[0]
    try:
        provider = studio().providers.remote(name)
        remote_id = asking.remote_id or _search(provider, asking)
        if remote_id is None:
            return _not_found(asking)
        answer = provider.poll(remote_id)
        return _settle(provider, remote_id, asking, answer)
    except UnknownModel as error:
        return _trouble(asking, ProviderError(ErrorClass.TRANSIENT, error.message))
    except ProviderError as error:
        return _trouble(asking, error)


def _settle(provider: RemoteProvider, remote_id: str, asking: Asking, answer: Polled) -> Asked:
    match answer:
        case Generated():
            return _keep(asking, answer)
        case Ended(error):
            return _end(asking, error)
        case Cancelled(may_have_billed):
            return _cancelled(asking, may_have_billed=may_have_billed)
        case Gone(reason):
            return _gone(asking, reason)
        case _:
            return _wait_on(provider, remote_id, asking)


def _keep(asking: Asking, answer: Generated) -> Asked:
    """What cannot be kept or read now is fetched again: the provider has it for a while."""
    call = asking.call
    try:
        picture = inspect(answer.content)
        original = originals.keep(answer.content, picture, image_id=call.image_id, attempt=call.attempt)
    except (UnreadablePicture, StorageError) as error:
        return _trouble(asking, ProviderError(ErrorClass.TRANSIENT, error.message))
    settle_success(call, answer, original)
    ask_no_more(asking)
    return Asked(Found.PICTURE, "The picture was there and is being stored.")


def _end(asking: Asking, error: ProviderError) -> Asked:
    if asking.outcome == AttemptOutcome.AMBIGUOUS:
        _note_late(asking, error)
    else:
        settle_failure(asking.call, error)
    ask_no_more(asking)
    return Asked(Found.FAILED, error.message)


def _note_late(asking: Asking, error: ProviderError) -> None:
    with transaction(durable=True):
        job = lock_job(asking.call.job_id)
        image = read_image(asking.call.image_id)
        attempt = db.session.get_one(Attempt, asking.call.attempt_id, populate_existing=True)
        if attempt.outcome == AttemptOutcome.AMBIGUOUS and attempt.asset_id is None:
            note_late_failure(job, image, attempt, error)


def _cancelled(asking: Asking, *, may_have_billed: bool) -> Asked:
    billed = " The time it ran may be billed." if may_have_billed else ""
    if not asking.cancelling and asking.age > _deadline(asking):
        message = f"It was not ready within {_deadline(asking) / 60:g} minutes and was cancelled.{billed}"
        return _end(
            asking, ProviderError(ErrorClass.PERMANENT, message, code="deadline", may_have_billed=may_have_billed)
        )
    message = f"It was cancelled at the provider.{billed}"
    with transaction(durable=True):
        job = lock_job(asking.call.job_id)
        image = read_image(asking.call.image_id)
        attempt = db.session.get_one(Attempt, asking.call.attempt_id, populate_existing=True)
        if attempt.outcome in OPEN and attempt.asset_id is None:
            attempt.outcome, attempt.ended_at, attempt.poll_at = AttemptOutcome.CANCELLED, db_now(), None
            attempt.may_have_billed, attempt.error_message = may_have_billed, message
            if image.attempt == attempt.number and image.state == ImageState.GENERATING:
                move_image(job, image, ImageState.CANCELLED, provider_request_id=attempt.remote_id)
            elif image.attempt == attempt.number and image.state == ImageState.UNKNOWN:
                image.error_message, image.revision = message, job.revision
    log.info("remote_job_cancelled", **facts(asking.call))
    return Asked(Found.FAILED, message)


def _gone(asking: Asking, reason: str) -> Asked:
    """The bytes may be here all the same: somebody kept them and died before the rows said so."""
    call = asking.call
    try:
        original = originals.found(call.image_id, call.attempt)
    except UnreadablePicture:
        original = None
    except StorageError as error:
        return _trouble(asking, ProviderError(ErrorClass.TRANSIENT, error.message))
    if original is not None:
        settle_success(call, Generated(b"", asking.remote_id, revised_prompt=None, usage=None), original)
        ask_no_more(asking)
        return Asked(Found.PICTURE, "The picture had been kept and is being stored.")
    message = f"{reason} It may have been billed; run it again if you want it."
    lost = ProviderError(ErrorClass.AMBIGUOUS, message, request_id=asking.remote_id, may_have_billed=True)
    _end(asking, lost)
    return Asked(Found.GONE, message)


def _wait_on(provider: RemoteProvider, remote_id: str, asking: Asking) -> Asked:
    """Still at work: cancelled if nobody wants it any more or its time is over, else asked about again."""
    if asking.cancelling or asking.age > _deadline(asking):
        agreed = provider.cancel(remote_id)
        log.info("remote_job_to_be_cancelled", **facts(asking.call), remote_id=remote_id, agreed=agreed)
        _give_up_if_late(asking, "The provider still works on it, long after its time.")
        ask_again(asking, _pause(asking) if asking.age > _deadline(asking) else 1.0)
    else:
        ask_again(asking, _pause(asking))
    return Asked(Found.WORKING, "The provider still works on it. It will be asked again.")


def _trouble(asking: Asking, error: ProviderError) -> Asked:
    """The provider could not be asked, or the picture not be fetched: that says nothing about the job."""
    log.warning("remote_job_not_asked", **facts(asking.call), error_type=error.kind.value, reason=error.message)
    if error.rate_limited:
        _slow_down(asking, error.retry_after or 5.0)
    if error.kind in PAUSES:
        pause_provider(asking.call.model.partition("/")[0], error.message)
    _give_up_if_late(asking, error.message)
    if asking.age > _deadline(asking) + KEPT_SECONDS:
        ask_no_more(asking)
        return Asked(Found.NOT_NOW, f"{error.message} Too much time has passed to ask again by itself.")
    ask_again(asking, max(_pause(asking), min(error.retry_after or 5.0, LONG_SECONDS)))
    return Asked(Found.NOT_NOW, error.message)


def _slow_down(asking: Asking, seconds: float) -> None:
    try:
        studio().limiter.penalise(polls_key(asking.call.model.partition("/")[0]), seconds)
    except RateLimiterUnavailable as error:
        log.warning("penalty_not_shared", reason=error.message)


def _give_up_if_late(asking: Asking, reason: str) -> None:
    """The image is `unknown` from here on, but takes the picture if the next hour brings it."""
    if asking.outcome != AttemptOutcome.INTENDED or asking.age <= _deadline(asking) + CANCEL_SECONDS:
        return
    message = f"{reason} It may have been billed. It will be asked about for another hour."
    late = ProviderError(ErrorClass.AMBIGUOUS, message, request_id=asking.remote_id, may_have_billed=True)
    settle_failure(asking.call, late)


def _pause(asking: Asking) -> float:
    """Seconds to the next question: a fifth of its age, 1 to 5; once it is overdue, a minute."""
    if asking.age > _deadline(asking) + CANCEL_SECONDS:
        return LONG_SECONDS
    return min(5.0, max(1.0, asking.age / 5)) * random.uniform(0.9, 1.1)


def _deadline(asking: Asking) -> float:
    try:
        return studio().catalogue.model(asking.call.model).deadline_seconds
    except UnknownModel:
        return LONG_SECONDS


def _search(provider: RemoteProvider, asking: Asking) -> str | None:
    """The job's name, if the provider's list shows exactly one that can be this call's and no other's."""
    if _has_a_twin(asking):
        return None
    found = set(provider.find(request_for(asking.call), age_seconds=asking.age))
    known = set(db.session.scalars(select(Attempt.remote_id).where(Attempt.remote_id.in_(found)))) if found else set()
    end_read()
    if len(found - known) != 1:
        return None
    (remote_id,) = found - known
    with transaction(durable=True) as session:
        session.execute(
            update(Attempt)
            .where(Attempt.id == asking.call.attempt_id, Attempt.remote_id.is_(None))
            .values(remote_id=remote_id, request_id=remote_id)
        )
    log.info("remote_job_found", **facts(asking.call), remote_id=remote_id)
    return remote_id


def _has_a_twin(asking: Asking) -> bool:
    """Whether another call for the same image may have started a job whose name is not known: they look alike."""
    twins = select(func.count()).where(
        Attempt.image_id == asking.call.image_id,
        Attempt.id != asking.call.attempt_id,
        Attempt.remote_id.is_(None),
        Attempt.sent_at.is_not(None),
        Attempt.outcome.in_(OPEN),
    )
    count = db.session.execute(twins).scalar_one()
    end_read()
    return bool(count)


def _not_found(asking: Asking) -> Asked:
    if asking.age > SEARCH_FOR_SECONDS:
        ask_no_more(asking)
    else:
        ask_again(asking, SEARCH_SECONDS)
    message = "The provider's list shows no job that is surely this one. Run the image again if you want it."
    return Asked(Found.GONE, message)
