"""Keep, reject, or neither: what a person decides about pictures."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.core.database import db, transaction
from app.core.errors import NotThere
from app.generation.models import Image, Job
from app.generation.moves import lock_job
from app.generation.states import ImageState, Mark

BATCH = 1000
"""Ids in one statement; databases limit the number of parameters."""


@dataclass(frozen=True, slots=True)
class Marked:
    """The outcome of one request. `skipped` images have no picture and cannot be marked."""

    revision: int
    kept: int
    rejected: int
    unmarked: int
    marks: Mapping[UUID, Mark]
    skipped: Sequence[UUID]


def set_marks(job_id: UUID, wanted: Mapping[UUID, Mark], *, workspace_id: UUID) -> Marked:
    """Set the marks of images of one job, all in one transaction; the job's counters follow exactly.

    Raises NotThere, and changes nothing, when the job or one of the images is not there.
    """
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        present = _present_marks(job_id, wanted)
        if len(present) < len(wanted):
            raise NotThere("One of these images is not in this job.")
        allowed = {id_: mark for id_, mark in wanted.items() if present[id_][0] == ImageState.COMPLETED}
        for mark in Mark:
            _write(job, [id_ for id_, to in allowed.items() if to == mark and present[id_][1] != mark], mark)
        for id_, to in allowed.items():
            _count(job, present[id_][1], -1)
            _count(job, to, +1)
    return Marked(
        revision=job.revision,
        kept=job.kept_count,
        rejected=job.rejected_count,
        unmarked=unmarked_count(job),
        marks=allowed,
        skipped=[id_ for id_ in wanted if id_ not in allowed],
    )


def unmarked_count(job: Job) -> int:
    """Pictures nobody has decided about. Only pictures carry marks, so the difference is exact."""
    return job.completed_count - job.kept_count - job.rejected_count


def _present_marks(job_id: UUID, ids: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """State and mark of those of the images that belong to the job."""
    found: dict[UUID, tuple[str, str]] = {}
    for some in _batches(ids):
        rows = db.session.execute(
            select(Image.id, Image.state, Image.mark).where(Image.job_id == job_id, Image.id.in_(some))
        )
        found.update({id_: (state, mark) for id_, state, mark in rows})
    return found


def _write(job: Job, ids: Sequence[UUID], mark: Mark) -> None:
    for some in _batches(ids):
        db.session.execute(
            update(Image)
            .where(Image.job_id == job.id, Image.id.in_(some))
            .values(mark=mark, revision=job.revision)
            .execution_options(synchronize_session=False)
        )


def _count(job: Job, mark: Any, by: int) -> None:
    if mark == Mark.KEEP:
        job.kept_count += by
    elif mark == Mark.REJECT:
        job.rejected_count += by


def _batches(ids: Iterable[UUID]) -> Iterator[tuple[UUID, ...]]:
    rest = iter(ids)
    while some := tuple(islice(rest, BATCH)):
        yield some
