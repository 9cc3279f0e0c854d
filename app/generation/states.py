"""The life cycles of a job and of an image, each read in one sitting.

Image:  queued → generating → storing → completed
        generating → queued (a retry, or a crash before the call was sent) | failed | unknown
        unknown → storing (the bytes turned up)
        queued → cancelled | failed
        generating → cancelled (a remote job that was cancelled at the provider)
        storing → failed (the store keeps failing; the original is kept)
        failed | cancelled | unknown → queued, failed → storing   (a person asks)
Job:    draft → queued → running ⇄ paused → completed | partially_failed | failed
        queued | running | paused → cancelling → cancelled
        any ended job → running when one of its images is run again
"""

from collections.abc import Mapping
from enum import StrEnum

from app.core.errors import IllegalMove


class ImageState(StrEnum):
    QUEUED = "queued"
    """Waits for its turn; `not_before` may say not yet, `dispatched_until` that a message is under way."""
    GENERATING = "generating"
    """One process has claimed it and calls the provider, or is about to."""
    STORING = "storing"
    """The original is safe; variants are being made."""
    COMPLETED = "completed"
    """Original and variants are stored."""
    FAILED = "failed"
    """Nothing came of it, and the reason is on the row."""
    CANCELLED = "cancelled"
    """A person stopped it before a call was made, or while the provider worked on it and could be told to stop."""
    UNKNOWN = "unknown"
    """A call was made and its answer lost: it may have been billed. Only a person sends it again."""


class JobState(StrEnum):
    DRAFT = "draft"
    """Written, not started."""
    QUEUED = "queued"
    """Started; no image has been claimed yet."""
    RUNNING = "running"
    """Images are being made."""
    PAUSED = "paused"
    """No new call starts until a person resumes it; the reason is on the row."""
    CANCELLING = "cancelling"
    """No new call starts; calls in flight may finish and their pictures are kept."""
    COMPLETED = "completed"
    """Every image completed."""
    PARTIALLY_FAILED = "partially_failed"
    """Some images completed, some failed or are unknown."""
    FAILED = "failed"
    """No image completed."""
    CANCELLED = "cancelled"
    """Stopped by a person; what was paid for is kept."""


class Mark(StrEnum):
    NONE = "none"
    KEEP = "keep"
    REJECT = "reject"


START_MARKS = (Mark.NONE, Mark.KEEP)
"""What the new pictures of a job may start as."""

Moves = Mapping[StrEnum, frozenset[StrEnum]]

I, J = ImageState, JobState  # noqa: E741 - the tables below are read more easily with short names

IMAGE_MOVES: Mapping[ImageState, frozenset[ImageState]] = {
    I.QUEUED: frozenset({I.GENERATING, I.CANCELLED, I.FAILED}),
    I.GENERATING: frozenset({I.QUEUED, I.STORING, I.FAILED, I.UNKNOWN, I.CANCELLED}),
    I.STORING: frozenset({I.COMPLETED, I.FAILED}),
    I.COMPLETED: frozenset(),
    I.FAILED: frozenset({I.QUEUED, I.STORING}),
    I.CANCELLED: frozenset({I.QUEUED}),
    I.UNKNOWN: frozenset({I.QUEUED, I.STORING}),
}
IMAGE_ENDED = frozenset({I.COMPLETED, I.FAILED, I.CANCELLED, I.UNKNOWN})

JOB_ENDED = frozenset({J.COMPLETED, J.PARTIALLY_FAILED, J.FAILED, J.CANCELLED})
JOB_MOVES: Mapping[JobState, frozenset[JobState]] = {
    J.DRAFT: frozenset({J.QUEUED, J.CANCELLED}),
    J.QUEUED: frozenset({J.RUNNING, J.PAUSED, J.CANCELLING, J.CANCELLED}),
    J.RUNNING: frozenset({J.PAUSED, J.CANCELLING, J.COMPLETED, J.PARTIALLY_FAILED, J.FAILED}),
    J.PAUSED: frozenset({J.RUNNING, J.CANCELLING, J.COMPLETED, J.PARTIALLY_FAILED, J.FAILED}),
    J.CANCELLING: frozenset({J.CANCELLED}),
    J.COMPLETED: frozenset({J.RUNNING}),
    J.PARTIALLY_FAILED: frozenset({J.RUNNING}),
    J.FAILED: frozenset({J.RUNNING}),
    J.CANCELLED: frozenset({J.RUNNING}),
}
JOB_TAKES_WORK = frozenset({J.QUEUED, J.RUNNING})
"""States in which an image of the job may be dispatched and claimed."""
JOB_ACTIVE = frozenset({J.QUEUED, J.RUNNING, J.PAUSED, J.CANCELLING})


def sources(to: ImageState) -> frozenset[ImageState]:
    """The states from which an image may move to `to`: the WHERE of a guarded UPDATE."""
    return frozenset(state for state, targets in IMAGE_MOVES.items() if to in targets)


def job_sources(to: JobState) -> frozenset[JobState]:
    return frozenset(state for state, targets in JOB_MOVES.items() if to in targets)


def check_image_move(before: ImageState, to: ImageState) -> None:
    if to not in IMAGE_MOVES[before]:
        raise IllegalMove(f"An image that is {before} cannot become {to}.")


def check_job_move(before: JobState, to: JobState) -> None:
    if to not in JOB_MOVES[before]:
        raise IllegalMove(f"A job that is {before} cannot become {to}.")
