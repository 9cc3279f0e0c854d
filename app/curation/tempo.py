"""Pictures a minute over the time a job has run, for the small chart in the head of its sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import BigInteger, cast, extract, func, select

from app.core.database import db, db_now
from app.generation.models import Image, Job
from app.generation.states import ImageState

MOST_POINTS = 30
LONGEST_LIVE = 30 * 60.0
"""Seconds: how far back the chart of a running job reaches: the rows that are counted at a poll stay few."""
STEPS = (10, 20, 30, 60)
"""Seconds between two points. Longer runs take whole minutes, as many as it needs."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """Pictures a minute at points in time, oldest first, and the seconds they span."""

    per_minute: Sequence[float]
    seconds: float

    @property
    def most(self) -> float:
        return max(self.per_minute)

    @property
    def last(self) -> float:
        return self.per_minute[-1]


def read_tempo(job: Job) -> Tempo | None:
    """The last half hour of a running job, the whole run of one that has ended; None while two points are not there.

    One statement over an index; its rows are the pictures of that time.
    """
    if job.started_at is None:
        return None
    live = job.finished_at is None
    seconds = ((job.finished_at or db_now()) - job.started_at).total_seconds()
    step = _step(min(seconds, LONGEST_LIVE) if live else seconds)
    # What has just begun would look like a fall; at the end of an ended job a part of a step counts by its length.
    points = int(seconds // step) if live else ceil(seconds / step)
    first = max(0, points - MOST_POINTS) if live else 0
    if points - first < 2:
        return None
    counts = _pictures(job, job.started_at, step, first)
    lengths = {point: min(step, seconds - point * step) for point in range(first, points)}
    per_minute = [round(counts.get(point, 0) * 60 / max(1.0, length), 1) for point, length in lengths.items()]
    return Tempo(per_minute, sum(lengths.values()))


def _step(seconds: float) -> int:
    """The shortest step that needs no more points than there is room for."""
    least = seconds / MOST_POINTS
    return next((step for step in STEPS if step >= least), ceil(least / 60) * 60)


def _pictures(job: Job, start: datetime, step: int, first: int) -> dict[int, int]:
    """How many pictures were finished in each step since the start, from the step `first` on."""
    second = cast(extract("epoch", Image.finished_at), BigInteger)
    point = ((second - int(start.timestamp())) // step).label("point")
    rows = db.session.execute(
        select(point, func.count())
        .where(
            Image.job_id == job.id,
            Image.state == ImageState.COMPLETED,
            Image.finished_at >= start + timedelta(seconds=first * step),
        )
        .group_by(point)
    )
    return {int(number): count for number, count in rows}
