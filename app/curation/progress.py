"""How a job is getting on, as the header of its sheet says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.core.database import db_now
from app.core.errors import UnknownModel
from app.curation.queries import billed_without_picture, completed_within
from app.curation.tempo import Tempo, read_tempo
from app.generation.failures import failure_words
from app.generation.models import Job
from app.generation.moves import summarise_errors
from app.generation.pricing import attainable_pace
from app.generation.states import JOB_TAKES_WORK
from app.generation.studio import studio
from app.providers.catalogue import Model

RATE_SECONDS = 60.0
LEAST_SECONDS = 5.0
"""A shorter time says nothing about a rate."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Failures of one class: its name, its words, how many, and the message of one of them."""

    kind: str
    words: str
    count: int
    message: str


@dataclass(frozen=True, slots=True)
class Progress:
    """The facts of the header. `rate` and `limit` are images a minute, None when they say nothing now."""

    running: int
    failures: Sequence[Failure]
    rate: float | None
    limit: float | None
    seconds_left: float | None
    spent: Decimal
    estimated: Decimal
    billed_without_picture: int
    """Calls that may have been billed although no picture came of them."""
    tempo: Tempo | None
    seconds_taken: float | None
    """From the first call to the end, once there is one."""

    @property
    def failed(self) -> int:
        return sum(failure.count for failure in self.failures)


def read_progress(job: Job) -> Progress:
    """Counts come from the job's row; rate and failures are asked for only while they exist."""
    is_moving = job.state in JOB_TAKES_WORK
    model = _model(job.model) if is_moving else None
    rate = _rate(job) if is_moving else None
    pace = attainable_pace(studio(), model) if rate is None and model else rate
    return Progress(
        running=job.generating_count + job.storing_count,
        failures=_failures(job),
        rate=rate,
        limit=model.images_per_minute if model else None,
        seconds_left=_seconds_left(job, pace),
        spent=job.actual_cost,
        estimated=job.estimated_cost,
        billed_without_picture=billed_without_picture(job.id),
        tempo=read_tempo(job),
        seconds_taken=_seconds_taken(job),
    )


def _model(model_id: str) -> Model | None:
    """The job's model; None for one that has left the catalogue."""
    try:
        return studio().catalogue.model(model_id)
    except UnknownModel:
        return None


def _seconds_taken(job: Job) -> float | None:
    if job.started_at is None or job.finished_at is None:
        return None
    return (job.finished_at - job.started_at).total_seconds()


def _rate(job: Job) -> float | None:
    """Pictures a minute over the last minute, or since the start if that is less."""
    if job.started_at is None:
        return None
    seconds = min(RATE_SECONDS, (db_now() - job.started_at).total_seconds())
    if seconds < LEAST_SECONDS:
        return None
    return round(completed_within(job.id, seconds) * 60 / seconds, 1)


def _seconds_left(job: Job, pace: float | None) -> float | None:
    """Rounded to what can be promised: whole tens of seconds above a minute. None while nothing gets finished."""
    left = job.queued_count + job.generating_count + job.storing_count
    if not pace or not left:
        return None
    seconds = left * 60 / pace
    return round(seconds, -1) if seconds > 60 else max(1.0, round(seconds))


def _failures(job: Job) -> list[Failure]:
    if job.failed_count + job.unknown_count == 0:
        return []
    return [
        Failure(kind, failure_words(None if kind == "unknown" else kind), entry["count"], entry["message"])
        for kind, entry in summarise_errors(job.id).items()
    ]
