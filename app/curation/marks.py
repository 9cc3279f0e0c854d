"""What people decide about pictures: keep or reject, stars, and the trash. Every change can be taken back exactly."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, update

from app.audit.record import Actor, record
from app.core.database import db, db_now, transaction
from app.core.errors import NotThere
from app.curation.answers import Marked, answer_given, keep_answer
from app.curation.forms import Change, Value
from app.curation.runs import format_runs
from app.generation.models import Image, Job
from app.generation.moves import lock_job
from app.generation.states import ImageState, Mark
from app.publishing.models import Page
from app.publishing.states import PageState

BATCH = 5000
"""Positions in one statement; databases limit the number of parameters."""
MOST_AUDITED = 2000
"""Characters of the runs in one audit event."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said about one image, and whether anything may be said at all."""

    has_picture: bool
    has_page: bool
    mark: Mark
    rating: int
    trashed: bool

    def after(self, change: Change) -> "Judged | None":
        """With the change made; None where it cannot be: no picture, in the trash, or published."""
        if not self.has_picture:
            return None
        if change.what == "trashed":
            return None if change.value and self.has_page else replace(self, trashed=bool(change.value))
        changed: dict[str, Any] = {change.what: change.value}
        return None if self.trashed else replace(self, **changed)


def change_marks(
    job_id: UUID, changes: Sequence[Change], *, workspace_id: UUID, actor: Actor, request_id: UUID | None = None
) -> dict[str, Any]:
    """Make the changes in their order, all in one transaction; the job's counters follow exactly.

    Answers what `Marked.json` says; a request that was answered before, known by its id, changes nothing and gets that
    answer. Raises NotThere, and changes nothing, when the job or one of the images is not there. Images that the job
    had and that are gone for good are skipped: a change that is taken back later may still name them.
    """
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        named = (request_id, job_id, actor.user_id) if request_id and actor.user_id else None
        if named and (given := answer_given(*named)):
            return given
        at = {position for change in changes for position in change.at}
        found = _judged(job_id, at, with_pages=any(change.what == "trashed" for change in changes))
        if any(position >= job.total_images + job.purged_count for position in at - found.keys()):
            raise NotThere("One of these images is not in this job.")
        now, before, skipped = _made(found, changes)
        changed = {position: judged for position, judged in now.items() if judged != found[position]}
        _write(job, found, changed, actor)
        _count(job, found, changed)
        _record_trash(job, found, changed, actor)
        answer = _marked(job, before, skipped).json()
        if named:
            keep_answer(*named, answer)
    return answer


def _marked(job: Job, before: Sequence[Change], skipped: Mapping[int, Sequence[int]]) -> Marked:
    return Marked(
        revision=job.revision,
        kept=job.kept_count,
        rejected=job.rejected_count,
        unmarked=unmarked_count(job),
        trashed=job.trashed_count,
        before=before,
        skipped=skipped,
    )


def unmarked_count(job: Job) -> int:
    """Pictures nobody has decided about. Only pictures carry marks, so the difference is exact."""
    return job.completed_count - job.kept_count - job.rejected_count - job.trashed_count


def positions_of(job_id: UUID, ids: Collection[UUID]) -> list[int]:
    """Where these images of the job are. Raises NotThere when one of them is none of it."""
    found: list[int] = []
    for some in _batches(set(ids)):
        query = select(Image.position).where(Image.job_id == job_id, Image.id.in_(some))
        found += db.session.scalars(query.order_by(Image.position))
    if len(found) < len(set(ids)):
        raise NotThere("One of these images is not in this job.")
    return found


def _judged(job_id: UUID, at: Iterable[int], *, with_pages: bool) -> dict[int, Judged]:
    """What is said about these images now. Pages are looked for only when it matters."""
    page = exists(select(Page.id).where(Page.image_id == Image.id, Page.state != PageState.TRASHED))
    columns: list[Any] = [Image.position, Image.state, Image.mark, Image.rating, Image.trashed_at]
    found: dict[int, Judged] = {}
    for some in _batches(sorted(at)):
        query = select(*columns, *([page.label("has_page")] if with_pages else []))
        for row in db.session.execute(query.where(Image.job_id == job_id, Image.position.in_(some))):
            has_page = bool(row.has_page) if with_pages else False
            has_picture = row.state == ImageState.COMPLETED
            found[row.position] = Judged(has_picture, has_page, Mark(row.mark), row.rating, row.trashed_at is not None)
    return found


def _made(
    found: Mapping[int, Judged], changes: Sequence[Change]
) -> tuple[dict[int, Judged], Sequence[Change], Mapping[int, Sequence[int]]]:
    """The images after the changes, what takes these back, and which images each change could not be made to."""
    now = dict(found)
    skipped: dict[int, list[int]] = defaultdict(list)
    steps: list[list[Change]] = []
    for number, change in enumerate(changes):
        earlier: dict[Value, list[int]] = defaultdict(list)
        for position in change.at:
            after = now[position].after(change) if position in now else None
            if after is None:
                skipped[number].append(position)
            elif after != now[position]:
                earlier[getattr(now[position], change.what)].append(position)
                now[position] = after
        steps.append([Change(sorted(at), change.what, value) for value, at in earlier.items()])
    return now, [change for step in reversed(steps) for change in step], skipped


def _write(job: Job, found: Mapping[int, Judged], changed: Mapping[int, Judged], actor: Actor) -> None:
    """One statement for all images that change in the same way."""
    alike: dict[tuple[tuple[str, Value], ...], list[int]] = defaultdict(list)
    for position, judged in changed.items():
        names = [
            name for name in ("mark", "rating", "trashed") if getattr(judged, name) != getattr(found[position], name)
        ]
        alike[tuple((name, getattr(judged, name)) for name in names)].append(position)
    for values, at in alike.items():
        for some in _batches(sorted(at)):
            db.session.execute(
                update(Image)
                .where(Image.job_id == job.id, Image.position.in_(some))
                .values(revision=job.revision, **_columns(dict(values), actor))
                .execution_options(synchronize_session=False)
            )


def _columns(values: dict[str, Value], actor: Actor) -> dict[str, Any]:
    columns: dict[str, Any] = {name: value for name, value in values.items() if name != "trashed"}
    if columns:
        columns |= {"marked_by": actor.user_id, "marked_at": db_now()}
    if "trashed" in values:
        gone = bool(values["trashed"])
        columns |= {"trashed_at": db_now() if gone else None, "trashed_by": actor.user_id if gone else None}
    return columns


def _count(job: Job, found: Mapping[int, Judged], changed: Mapping[int, Judged]) -> None:
    """What is in the trash counts there alone."""
    for position, judged in changed.items():
        for each, by in ((found[position], -1), (judged, +1)):
            if each.trashed:
                job.trashed_count += by
            elif each.mark == Mark.KEEP:
                job.kept_count += by
            elif each.mark == Mark.REJECT:
                job.rejected_count += by


def _record_trash(job: Job, found: Mapping[int, Judged], changed: Mapping[int, Judged], actor: Actor) -> None:
    for action, trashed in (("images.trashed", True), ("images.restored", False)):
        at = [
            each for each, judged in changed.items() if judged.trashed is trashed and found[each].trashed is not trashed
        ]
        if at:
            runs = format_runs(sorted(at))[:MOST_AUDITED]
            record(actor, action, workspace_id=job.workspace_id, subject_id=job.id, images=len(at), positions=runs)


def _batches(values: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(values)
    while some := list(islice(rest, BATCH)):
        yield some
