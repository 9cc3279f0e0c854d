"""An answer that comes after its call was given up for lost: it moves nothing, but what it says is written down."""

import structlog

from app.core.errors import ProviderError
from app.generation.models import Attempt, AttemptOutcome, Image, Job
from app.generation.moves import summarise_errors
from app.generation.states import JOB_ENDED, ImageState

log = structlog.get_logger()

GIVEN_UP = frozenset({AttemptOutcome.LOST})
"""Ends that a sweep has guessed, and that an answer may still correct."""


def note_late_failure(job: Job, image: Image, attempt: Attempt, error: ProviderError) -> None:
    """The provider has refused or failed after all: close the attempt with its real class.

    The image stays `unknown` until a person runs it again, but it says what is known now. The caller holds the job's
    lock and has made sure that the attempt was given up.
    """
    attempt.outcome = AttemptOutcome(error.kind.value)
    attempt.request_id = error.request_id
    attempt.may_have_billed = error.may_have_billed
    attempt.error_message = f"The provider later said: {error.message}"[:1000]
    log.info("late_failure_noted", image=str(image.id), attempt=attempt.number, error_type=error.kind.value)
    if image.state != ImageState.UNKNOWN or image.attempt != attempt.number:
        return
    known = "It may have been billed." if error.may_have_billed else "This call was not billed."
    image.error_message = f"{attempt.error_message} {known}"[:1000]
    image.revision = job.revision
    if job.state in JOB_ENDED:
        job.error_summary = summarise_errors(job.id)
