"""What people are told about a job that nobody is looking at, in the transaction in which it happens."""

from app.core.filters import clip, plural
from app.generation.models import Job
from app.generation.states import JobState
from app.notifications.notify import notify

FAILING = "job.failing"


def tell_ended(job: Job) -> None:
    """It has ended, with what was made and what not."""
    _tell(job, f"job.{job.state}", f"{_ended_words(job)}: {_counts(job)}.")


def tell_paused(job: Job) -> None:
    """It has stopped by itself and waits for a person."""
    _tell(job, "job.paused", f"{_name(job)} is paused. {job.pause_reason}")


def tell_stalled(job: Job, reason: str) -> None:
    """It should move and does not."""
    _tell(job, "job.stalled", f"{_name(job)} stands still. {reason}")


def tell_failing(job: Job, *, failed: int, ended: int, minutes: int) -> None:
    """Most of what it made lately came to nothing, while it goes on."""
    share = f"{failed} of {plural(ended, 'image')} failed within {minutes} minutes"
    _tell(job, FAILING, f"{_name(job)}: {share}. Look at why, and pause it if the rest would fail too.")


def _tell(job: Job, kind: str, text: str) -> None:
    notify(job.workspace_id, kind, f"{kind}:{job.id}:{job.revision}", text, job.id)


def _name(job: Job) -> str:
    return f"“{clip(job.title, 80)}”"


def _ended_words(job: Job) -> str:
    words = {
        JobState.COMPLETED: "is complete",
        JobState.PARTIALLY_FAILED: "ended with failures",
        JobState.FAILED: "failed",
        JobState.CANCELLED: "was cancelled",
    }
    return f"{_name(job)} {words[JobState(job.state)]}"


def _counts(job: Job) -> str:
    """`34 of 40 images made, 5 failed, 1 unknown`."""
    others = {"failed": job.failed_count, "unknown": job.unknown_count, "cancelled": job.cancelled_count}
    made = f"{job.completed_count} of {plural(job.total_images, 'image')} made"
    return ", ".join([made, *(f"{count} {word}" for word, count in others.items() if count)])
