"""Run many images of a job again at once, as they are: those that failed and those that were cancelled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from app.audit.record import Actor, record
from app.core.database import db, transaction
from app.core.errors import Conflict
from app.core.filters import money, plural
from app.core.queue import ActorName, enqueue
from app.generation.failures import RETRYABLE
from app.generation.models import Image, Job
from app.generation.moves import lock_job, move_images, start_again
from app.generation.pricing import listed_price
from app.generation.rerun import FRESH, take_fallbacks_back
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from app.providers.model import Size

BATCH = 5000
"""Positions in one statement; databases limit the number of parameters."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """What running does, or would do: how many images for which listed price, and why others are left out."""

    started: int
    cost: Decimal
    refused: int
    """Would fail in the same way again."""
    unknown: int
    """Their answer was lost; they may be billed twice."""
    others: int
    """Have a picture, or are still to come."""
    revision: int

    @property
    def question(self) -> str:
        """What would happen, for those who are asked."""
        run = "will" if self.started else "can"
        cost = f"for about {money(self.cost)}" if self.cost else "free of charge"
        return f"{plural(self.started, 'image')} {run} run again{', ' + cost if self.started else ''}.{self._left_out}"

    @property
    def sentence(self) -> str:
        """What has happened."""
        what = f"{plural(self.started, 'image')} will run again." if self.started else "There is nothing to run again."
        return what + self._left_out

    @property
    def _left_out(self) -> str:
        reasons = []
        if self.refused:
            reasons.append(f"{plural(self.refused, 'image')} would fail in the same way again")
        if self.unknown:
            reasons.append(f"{plural(self.unknown, 'image')} without an answer may be billed twice")
        return f" Left out: {'; '.join(reasons)}." if reasons else ""


def look_at_rerun(job: Job, positions: Sequence[int], *, refused: bool = False, may_bill_twice: bool = False) -> Rerun:
    """What `rerun_images` would do, without doing it."""
    rows = [row for some in _batches(positions) for row in _kinds(job, some, refused, may_bill_twice)]
    ready = [row for row in rows if row.ready]
    left = [row for row in rows if not row.ready]
    return Rerun(
        started=_sum(ready),
        cost=sum((_price(row) * row.number for row in ready if not row.kept), Decimal(0)),
        refused=_sum(row for row in left if row.state == ImageState.FAILED),
        unknown=_sum(row for row in left if row.state == ImageState.UNKNOWN),
        others=len(positions) - _sum(rows),
        revision=job.revision,
    )


def rerun_images(
    job_id: UUID,
    positions: Sequence[int],
    *,
    workspace_id: UUID,
    actor: Actor,
    refused: bool = False,
    may_bill_twice: bool = False,
) -> Rerun:
    """Let what failed or was cancelled among these run again; a kept original is only stored.

    refused: also what would fail in the same way again. may_bill_twice: also those whose answer was lost. Both only
    because a person has said so. A second click finds nothing and starts nothing. Raises NotThere, Conflict.
    """
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        if job.state == JobState.CANCELLING:
            raise Conflict("The job is being cancelled. Try again when its calls in flight have ended.")
        ran = look_at_rerun(job, positions, refused=refused, may_bill_twice=may_bill_twice)
        if ran.started:
            start_again(job)
            for some in _batches(positions):
                _run(job, some, refused, may_bill_twice)
            record(actor, "images.rerun", workspace_id=workspace_id, subject_id=job_id, images=ran.started)
            enqueue(ActorName.DISPATCH)
            enqueue(ActorName.SWEEP)
    return ran


def _run(job: Job, positions: Sequence[int], refused: bool, may_bill_twice: bool) -> None:
    ready, kept = _ready(positions, refused, may_bill_twice), Image.asset_id.is_not(None)
    for row in _kinds(job, positions, refused, may_bill_twice):
        if row.ready and row.state == ImageState.UNKNOWN:  # may be paid for a second time, and the estimate says so
            job.estimated_cost += _price(row) * row.number
    take_fallbacks_back(job, ready)
    move_images(job, ImageState.STORING, ready, Image.state == ImageState.FAILED, kept, **FRESH)
    move_images(job, ImageState.QUEUED, ready, ~kept, **FRESH)


def _ready(positions: Sequence[int], refused: bool, may_bill_twice: bool) -> ColumnElement[bool]:
    failed = Image.state == ImageState.FAILED
    # What is kept needs no call, whatever its error was: storing it again may work.
    worth = failed if refused else failed & or_(Image.error_type.in_(RETRYABLE), Image.asset_id.is_not(None))
    states = [Image.state == ImageState.CANCELLED, worth]
    if may_bill_twice:
        states.append((Image.state == ImageState.UNKNOWN) & Image.asset_id.is_(None))
    return Image.position.in_(positions) & or_(*states)


def _kinds(job: Job, positions: Sequence[int], refused: bool, may_bill_twice: bool) -> Sequence[Any]:
    """The images that ended without a picture, counted by what decides whether they run and what that costs."""
    ready = _ready(positions, refused, may_bill_twice).label("ready")
    kept = Image.asset_id.is_not(None).label("kept")
    columns: list[Any] = [Image.state, ready, kept, Image.model, Image.quality, Image.width, Image.height]
    ended = [ImageState.FAILED, ImageState.CANCELLED, ImageState.UNKNOWN]
    rows = db.session.execute(
        select(*columns, func.count().label("number"))
        .where(Image.job_id == job.id, Image.position.in_(positions), Image.state.in_(ended))
        .group_by(*columns)
    )
    return rows.all()


def _sum(rows: Any) -> int:
    return sum(row.number for row in rows)


def _price(row: Any) -> Decimal:
    return listed_price(studio(), row.model, row.quality, Size(row.width, row.height))


def _batches(positions: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(positions), BATCH):
        yield positions[start : start + BATCH]
