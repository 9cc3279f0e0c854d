"""Write down what came of a call: the picture, or the consequence of its error."""

import random
from datetime import timedelta
from decimal import Decimal

import structlog

from app.core.database import db, db_now, transaction
from app.core.errors import ErrorClass, ProviderError
from app.core.queue import ActorName, enqueue
from app.generation.call import Call
from app.generation.deliver import Told, deliver, milliseconds
from app.generation.fallbacks import fallback_for
from app.generation.feedback import note_success
from app.generation.late import GIVEN_UP, note_late_failure
from app.generation.models import Asset, Attempt, AttemptOutcome, Image, Job
from app.generation.moves import (
    MOST_TRANSIENT_FAILURES,
    STORE_MESSAGE_SECONDS,
    lock_job,
    move_image,
    pause,
    read_image,
    start_again,
)
from app.generation.originals import Original
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from app.generation.switches import account_of, pause_account, provider_of, unusable
from app.providers.interface import Generated, Usage
from app.providers.model import Size

log = structlog.get_logger()

PAUSES = frozenset({ErrorClass.QUOTA, ErrorClass.AUTH})


def settle_success(call: Call, answer: Generated, original: Original) -> None:
    """The picture is safe: attach it to its attempt and, unless newer work exists, to its image. Safe to run twice."""
    told = Told(_cost(call, answer), _usage(answer.usage), answer.request_id, answer.revised_prompt)
    delivered = deliver(call, original, told)
    duration = delivered.latency_ms if delivered else _settle_late(call, original, told)
    log.info("image_generation_succeeded", **facts(call), duration_ms=duration, bytes=original.bytes)
    note_success(call.model, milliseconds=duration, limit_per_minute=answer.limit_per_minute)


def _settle_late(call: Call, original: Original, told: Told) -> int | None:
    """The image is not generating by this attempt any more: it was recovered meanwhile, or this is a second run."""
    with transaction(durable=True):
        job, image, attempt = _lock(call)
        estimated = attempt.usage is None
        attempt.usage = told.usage
        attempt.request_id = told.request_id
        if attempt.asset_id is None:
            attempt.ended_at = db_now()
            attempt.latency_ms = milliseconds(attempt.sent_at, attempt.ended_at)
            attach(job, image, attempt, original, cost=told.cost, revised=told.revised_prompt)
        elif estimated:
            _correct_cost(job, image, attempt, told.cost)
        return attempt.latency_ms


def _correct_cost(job: Job, image: Image, attempt: Attempt, cost: Decimal) -> None:
    """A sweep had found the picture first and put the price list's figure in the place of the bill's."""
    difference = cost - (attempt.cost or Decimal(0))
    attempt.cost = cost
    job.actual_cost += difference
    image.cost = (image.cost or Decimal(0)) + difference


def attach(
    job: Job, image: Image, attempt: Attempt, original: Original, *, cost: Decimal, revised: str | None = None
) -> None:
    """Give the picture to its attempt; the image takes it if this is its attempt or if it is `unknown`."""
    asset = Asset(**original.row(workspace_id=job.workspace_id, image_id=image.id, attempt=attempt.number))
    db.session.add(asset)
    db.session.flush()
    more = cost - (attempt.cost or Decimal(0))  # a call that seemed to bring no picture may have been charged already
    attempt.outcome = AttemptOutcome.SUCCEEDED
    attempt.asset_id, attempt.cost, attempt.may_have_billed, attempt.error_message = asset.id, cost, True, None
    job.actual_cost += more
    image.cost = (image.cost or Decimal(0)) + more
    image.revision = job.revision
    if not takes(image, attempt.number):
        log.warning("late_picture_kept", image=str(image.id), attempt=attempt.number, state=image.state)
        return
    start_again(job)
    move_image(
        job,
        image,
        ImageState.STORING,
        asset_id=asset.id,
        prompt_revised=revised,
        provider_request_id=attempt.request_id,
        crashes=0,
        error_type=None,
        error_message=None,
    )
    image.dispatched_until = db_now() + timedelta(seconds=STORE_MESSAGE_SECONDS)
    enqueue(ActorName.STORE_IMAGE, image.id)


def takes(image: Image, attempt: int) -> bool:
    """Whether a picture of this attempt becomes the image's."""
    return image.state == ImageState.UNKNOWN or (image.state == ImageState.GENERATING and image.attempt == attempt)


def settle_failure(call: Call, error: ProviderError) -> None:
    """Give the error its consequence. An answer to an attempt that is no longer the image's changes nothing."""
    with transaction(durable=True):
        job, image, attempt = _lock(call)
        if attempt.outcome in GIVEN_UP:
            note_late_failure(job, image, attempt, error)
        elif attempt.outcome == AttemptOutcome.INTENDED:
            _close_attempt(attempt, error)
            _charge(job, image, attempt, error)
            if image.state == ImageState.GENERATING and image.attempt == call.attempt:
                _consequence(job, image, error)
        event, duration = _event(image, error), attempt.latency_ms
    log.warning(event, **facts(call), duration_ms=duration, error_type=error.kind.value, code=error.code)
    if error.kind in PAUSES and not unusable(call.model):
        pause_provider(provider_of(call.model), error.message)


def _event(image: Image, error: ProviderError) -> str:
    """What the log calls it: will be tried again, has been tried often enough, or has failed."""
    if image.state == ImageState.QUEUED:
        return "image_generation_retried"
    exhausted = error.kind is ErrorClass.TRANSIENT and image.state == ImageState.FAILED
    return "image_generation_exhausted" if exhausted else "image_generation_failed"


def facts(call: Call) -> dict[str, str | int]:
    """What every log line about a call names."""
    return {
        "workspace": str(call.workspace_id),
        "job": str(call.job_id),
        "image": str(call.image_id),
        "attempt": call.attempt,
        "max_attempts": MOST_TRANSIENT_FAILURES,
    }


def settle_withdrawn(call: Call) -> None:
    """The call will not be made, noted as sent or not: hand the image back. Changes nothing if it is not ours."""
    with transaction(durable=True) as session:
        job, image, attempt = _lock(call)
        ours = image.state == ImageState.GENERATING and image.attempt == call.attempt
        if not ours or attempt.outcome != AttemptOutcome.INTENDED:
            session.rollback()
            return
        withdraw(job, image, attempt)


def withdraw(job: Job, image: Image, attempt: Attempt) -> None:
    """The caller holds the locks and knows that no call was made."""
    attempt.outcome, attempt.sent_at, attempt.ended_at = AttemptOutcome.WITHDRAWN, None, db_now()
    hand_back(job, image)


def _close_attempt(attempt: Attempt, error: ProviderError) -> None:
    attempt.outcome = AttemptOutcome(error.kind.value)
    attempt.ended_at = db_now()
    attempt.latency_ms = milliseconds(attempt.sent_at, attempt.ended_at)
    attempt.request_id = error.request_id
    attempt.may_have_billed = error.may_have_billed
    attempt.error_message = error.message[:1000]


def _charge(job: Job, image: Image, attempt: Attempt, error: ProviderError) -> None:
    """A call without a picture whose usage the provider reports is paid for all the same."""
    if error.usage is None:
        return
    usage = Usage(*error.usage)
    model = studio().catalogue.model(attempt.model)
    attempt.usage, attempt.may_have_billed = _usage(usage), True
    attempt.cost = model.cost_of(usage, image.quality, Size(image.width, image.height))
    job.actual_cost += attempt.cost
    image.cost = (image.cost or Decimal(0)) + attempt.cost


def _consequence(job: Job, image: Image, error: ProviderError) -> None:
    image.provider_request_id = error.request_id
    if error.kind in PAUSES:
        _pause_job(job, image, error)
    elif error.kind is ErrorClass.AMBIGUOUS:
        _end(job, image, ImageState.UNKNOWN, error.kind, error.message)
    elif error.kind is ErrorClass.CONTENT_POLICY:
        _use_fallback(job, image, error)
    elif error.kind is ErrorClass.TRANSIENT:
        _try_again(job, image, error)
    else:
        _end(job, image, ImageState.FAILED, error.kind, _after_fallback(image, error.message))


def _pause_job(job: Job, image: Image, error: ProviderError) -> None:
    hand_back(job, image)
    if job.state == JobState.RUNNING:
        pause(job, error.message, cause=image.model if unusable(image.model) else account_of(provider_of(image.model)))


def _use_fallback(job: Job, image: Image, error: ProviderError) -> None:
    """The nearest fallback prompt is used once; a second refusal fails with both messages."""
    fallback = fallback_for(job, image)
    _note_censored(job, image, error, fallback_used=fallback is not None)
    if fallback is None:
        _end(job, image, ImageState.FAILED, error.kind, _after_fallback(image, error.message))
        return
    hand_back(
        job,
        image,
        prompt_sent=fallback.text,
        used_fallback=True,
        fallback_source=fallback.source,
        error_type=error.kind.value,
        error_message=error.message[:1000],
    )


def _after_fallback(image: Image, message: str) -> str:
    """What became of the fallback prompt, behind why the prompt itself was refused."""
    if not image.used_fallback:
        return message
    return f"{image.error_message or ''} The fallback prompt: {message}".strip()


def _note_censored(job: Job, image: Image, error: ProviderError, *, fallback_used: bool) -> None:
    log.info("image_censored", job=str(job.id), image=str(image.id), reason=error.code, fallback_used=fallback_used)


def _try_again(job: Job, image: Image, error: ProviderError) -> None:
    """Wait and try again; a limit that was hit is everybody's wait and no failure of this image."""
    if not error.rate_limited:
        image.transient_failures += 1
    if image.transient_failures >= MOST_TRANSIENT_FAILURES:
        message = f"{error.message} Given up after {image.transient_failures} tries."
        _end(job, image, ImageState.FAILED, error.kind, _after_fallback(image, message))
        return
    wait = error.retry_after if error.retry_after is not None else backoff_seconds(image.transient_failures)
    shown = {} if image.used_fallback else {"error_type": error.kind.value, "error_message": error.message[:1000]}
    hand_back(job, image, not_before=db_now() + timedelta(seconds=wait), **shown)


def backoff_seconds(failures: int) -> float:
    """1, 2, 4 … seconds, with up to a quarter more so that failures that came together do not return together."""
    return float(2 ** max(0, failures - 1)) * random.uniform(1, 1.25)


def hand_back(job: Job, image: Image, **values: object) -> None:
    """Back to the queue; in a job that is being cancelled, to `cancelled`."""
    move_image(job, image, ImageState.QUEUED, **values)
    if job.state == JobState.CANCELLING:
        move_image(job, image, ImageState.CANCELLED)


def _end(job: Job, image: Image, state: ImageState, kind: str, message: str) -> None:
    move_image(job, image, state, error_type=str(kind), error_message=message[:1000])


def pause_provider(provider: str, reason: str) -> None:
    """Start no call with the account we have there, in any workspace, until a person resumes it."""
    pause_account(account_of(provider), provider, reason)


def _lock(call: Call) -> tuple[Job, Image, Attempt]:
    job = lock_job(call.job_id)
    image = read_image(call.image_id)
    return job, image, db.session.get_one(Attempt, call.attempt_id, populate_existing=True)


def _cost(call: Call, answer: Generated) -> Decimal:
    return studio().catalogue.model(call.model).cost_of(answer.usage, call.quality, Size(call.width, call.height))


def _usage(usage: Usage | None) -> dict[str, int] | None:
    if usage is None:
        return None
    return {"text": usage.text_tokens, "image": usage.image_tokens, "output": usage.output_tokens}
