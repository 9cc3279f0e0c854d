"""Write down what came of a call: the picture, or the consequence of its error."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from sqlalchemy import select

from app.core.database import db, db_now, transaction
from app.core.errors import ErrorClass, ProviderError
from app.core.queue import ActorName, enqueue
from app.generation.call import Call
from app.generation.models import Attempt, AttemptOutcome, Image, Job
from app.generation.moves import MOST_TRANSIENT_FAILURES, lock_job, move_image, pause, read_image, start_again
from app.generation.originals import Original
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from app.providers.interface import Generated
from app.providers.model import Size

log = structlog.get_logger()

PAUSES = frozenset({ErrorClass.QUOTA, ErrorClass.AUTH})
STORE_MESSAGE_SECONDS = 30


def settle_success(call: Call, answer: Generated, original: Original) -> None:
    """The picture is safe: attach it to its attempt and, unless newer work exists, to its image. Safe to run twice."""
    with transaction(durable=True):
        job, image, attempt = _lock(call)
        cost, estimated = _cost(call, answer), attempt.usage is None
        attempt.usage = _usage(answer)
        attempt.request_id = answer.request_id
        if attempt.asset_id is None:
            attempt.ended_at = db_now()
            attempt.latency_ms = _milliseconds(attempt.sent_at, attempt.ended_at)
            attach(job, image, attempt, original, cost=cost, revised=answer.revised_prompt)
        elif estimated:
            _correct_cost(job, image, attempt, cost)
        duration = attempt.latency_ms
    log.info("image_generation_succeeded", **facts(call), duration_ms=duration, bytes=original.bytes)


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
    asset = original.asset(workspace_id=job.workspace_id, image_id=image.id, attempt=attempt.number)
    db.session.add(asset)
    db.session.flush()
    attempt.outcome = AttemptOutcome.SUCCEEDED
    attempt.asset_id, attempt.cost, attempt.may_have_billed, attempt.error_message = asset.id, cost, True, None
    job.actual_cost += cost
    image.cost = (image.cost or Decimal(0)) + cost
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
        if attempt.outcome == AttemptOutcome.INTENDED:
            _close_attempt(attempt, error)
            if image.state == ImageState.GENERATING and image.attempt == call.attempt:
                _consequence(job, image, error)
        event, duration = _event(image, error), attempt.latency_ms
    log.warning(event, **facts(call), duration_ms=duration, error_type=error.kind.value, code=error.code)
    if error.kind in PAUSES:
        pause_provider(call.model.partition("/")[0], error.message)


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
    """The job was stopped between the claim and the call: hand the image back. Changes nothing if it is not ours."""
    with transaction(durable=True) as session:
        job, image, attempt = _lock(call)
        ours = image.state == ImageState.GENERATING and image.attempt == call.attempt
        if not ours or attempt.outcome != AttemptOutcome.INTENDED or attempt.sent_at is not None:
            session.rollback()
            return
        attempt.outcome, attempt.ended_at = AttemptOutcome.WITHDRAWN, db_now()
        hand_back(job, image)


def _close_attempt(attempt: Attempt, error: ProviderError) -> None:
    attempt.outcome = AttemptOutcome(error.kind.value)
    attempt.ended_at = db_now()
    attempt.latency_ms = _milliseconds(attempt.sent_at, attempt.ended_at)
    attempt.request_id = error.request_id
    attempt.may_have_billed = error.may_have_billed
    attempt.error_message = error.message[:1000]


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
        _end(job, image, ImageState.FAILED, error.kind, error.message)


def _pause_job(job: Job, image: Image, error: ProviderError) -> None:
    hand_back(job, image)
    if job.state == JobState.RUNNING:
        pause(job, error.message)


def _use_fallback(job: Job, image: Image, error: ProviderError) -> None:
    """The job's fallback prompt is used once; a second refusal fails with both messages."""
    if job.fallback_prompt and not image.used_fallback:
        _note_censored(job, image, error, fallback_used=True)
        hand_back(
            job,
            image,
            prompt_sent=job.fallback_prompt,
            used_fallback=True,
            error_type=error.kind.value,
            error_message=error.message[:1000],
        )
        return
    _note_censored(job, image, error, fallback_used=False)
    message = error.message
    if image.used_fallback:
        message = f"{image.error_message or ''} The fallback prompt: {error.message}".strip()
    _end(job, image, ImageState.FAILED, error.kind, message)


def _note_censored(job: Job, image: Image, error: ProviderError, *, fallback_used: bool) -> None:
    log.info("image_censored", job=str(job.id), image=str(image.id), reason=error.code, fallback_used=fallback_used)


def _try_again(job: Job, image: Image, error: ProviderError) -> None:
    """Wait and try again; a limit that was hit is everybody's wait and no failure of this image."""
    if not error.rate_limited:
        image.transient_failures += 1
    if image.transient_failures >= MOST_TRANSIENT_FAILURES:
        message = f"{error.message} Given up after {image.transient_failures} tries."
        _end(job, image, ImageState.FAILED, error.kind, message)
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
    """Pause every running job of the provider, one transaction each: the account they share has stopped working."""
    for job_id in _running_jobs_of(provider):
        with transaction():
            job = lock_job(job_id)
            if job.state in (JobState.RUNNING, JobState.QUEUED):
                pause(job, reason)
    log.warning("provider_paused", provider=provider)


def _running_jobs_of(provider: str) -> list[UUID]:
    rows = db.session.scalars(
        select(Job.id).where(Job.state.in_([JobState.RUNNING, JobState.QUEUED]), Job.model.startswith(f"{provider}/"))
    )
    return sorted(rows)


def _lock(call: Call) -> tuple[Job, Image, Attempt]:
    job = lock_job(call.job_id)
    image = read_image(call.image_id)
    return job, image, db.session.get_one(Attempt, call.attempt_id, populate_existing=True)


def _cost(call: Call, answer: Generated) -> Decimal:
    return studio().catalogue.model(call.model).cost_of(answer.usage, call.quality, Size(call.width, call.height))


def _usage(answer: Generated) -> dict[str, int] | None:
    usage = answer.usage
    if usage is None:
        return None
    return {"text": usage.text_tokens, "image": usage.image_tokens, "output": usage.output_tokens}


def _milliseconds(begin: datetime | None, end: datetime) -> int | None:
    return None if begin is None else round((end - begin).total_seconds() * 1000)
