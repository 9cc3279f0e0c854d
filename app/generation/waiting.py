"""What waits for a start, what is under way, and who was served when: read once for all lanes of a dispatch.

The statements are built once. None reads more of the images than those that are in flight and the heads of the queues
whose turn comes, so that a dispatch costs the same however many wait.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Row, bindparam, case, func, literal_column, or_, select, union_all

from app.core.database import db
from app.generation.direct_moves import IMAGES, JOBS, TAKES_WORK
from app.generation.fairness import LONG_AGO, Queue
from app.generation.states import ImageState

MESSAGE_SECONDS = 15.0
"""How long after its start a message may still be under way; then it is taken for lost."""
REMEMBERED = timedelta(hours=1)
"""How long it counts that a workspace was served by a job that has nothing waiting any more."""


def _text(condition: str) -> ColumnElement[Any]:
    """A condition written out, because a partial index is only used where its own words are met."""
    return literal_column(condition)


CALLING = (_text("images.state IN ('generating', 'storing')"), _text("images.state = 'generating'"))
ABOUT_TO = (IMAGES.c.dispatched_until > bindparam("since"), _text("images.state = 'queued'"))
REROUTED = (_text("images.rerouted"), _text("images.state = 'queued'"))
FREE = (
    IMAGES.c.dispatched_until.is_(None),
    or_(IMAGES.c.not_before.is_(None), IMAGES.c.not_before <= bindparam("now")),
)

JOBS_WAITING = select(*JOBS.c["id", "workspace_id", "model", "priority", "queued_count", "dispatched_at"]).where(
    TAKES_WORK, JOBS.c.queued_count > 0
)
REROUTED_WAITING = (
    select(IMAGES.c.model, IMAGES.c.job_id, func.count().label("count"))
    .where(*REROUTED)
    .group_by(IMAGES.c.model, IMAGES.c.job_id)
)
_OF = (IMAGES.c.model, IMAGES.c.rerouted, IMAGES.c.job_id, IMAGES.c.workspace_id)
UNDER_WAY = union_all(
    select(*_OF, func.count().label("calls"), func.max(IMAGES.c.started_at).label("latest"), _text("1").label("called"))
    .where(*CALLING)
    .group_by(*_OF),
    select(
        *_OF,
        func.sum(case((IMAGES.c.dispatched_until > bindparam("now"), 1), else_=0)),
        func.max(IMAGES.c.dispatched_until),
        _text("0"),
    )
    .where(*ABOUT_TO)
    .group_by(*_OF),
)
IN_FLIGHT = union_all(
    *(select(IMAGES.c.model, func.count()).where(*which).group_by(IMAGES.c.model) for which in (CALLING, ABOUT_TO))
)
LATELY = (
    select(JOBS.c.workspace_id, JOBS.c.model, func.max(JOBS.c.dispatched_at).label("served_at"))
    .where(JOBS.c.workspace_id.in_(bindparam("workspaces", expanding=True)), JOBS.c.dispatched_at > bindparam("since"))
    .group_by(JOBS.c.workspace_id, JOBS.c.model)
)
HEAD = select(IMAGES.c.id).where(IMAGES.c.job_id == bindparam("job"), *FREE).limit(bindparam("most", type_=Integer))
# A range of one value: told that the state is the same everywhere, PostgreSQL may follow the positions instead, from
# the beginning of the job, past every image that has ended.
OWN_HEAD = HEAD.where(
    IMAGES.c.state.between(ImageState.QUEUED, ImageState.QUEUED), IMAGES.c.rerouted.is_(False)
).order_by(IMAGES.c.state, IMAGES.c.position)
REROUTED_HEAD = HEAD.where(*REROUTED, IMAGES.c.model.in_(bindparam("models", expanding=True))).order_by(
    IMAGES.c.position
)
STILL_FREE = (
    select(IMAGES.c.id)
    .join_from(IMAGES, JOBS, JOBS.c.id == IMAGES.c.job_id)
    .where(IMAGES.c.id.in_(bindparam("images", expanding=True)), IMAGES.c.state == ImageState.QUEUED, *FREE, TAKES_WORK)
    .with_for_update(skip_locked=True, of=IMAGES)
)


@dataclass(frozen=True, slots=True)
class Demand:
    """Queues and calls in flight by model; `served`: when each workspace was last served with a model."""

    now: datetime
    queues: dict[str, list[Queue]]
    in_flight: Counter[str]
    served: dict[tuple[UUID, str], datetime]

    def queues_of(self, models: Collection[str]) -> list[Queue]:
        return [queue for model in models for queue in self.queues.get(model, ())]

    def waiting_for(self, models: Collection[str]) -> int:
        """How many images wait for one of these models."""
        return sum(queue.waiting for queue in self.queues_of(models))

    def served_by(self, models: Collection[str]) -> dict[UUID, datetime]:
        """When each workspace was last served with one of these models."""
        latest: dict[UUID, datetime] = {}
        for (workspace_id, model), moment in self.served.items():
            if model in models:
                latest[workspace_id] = max(moment, latest.get(workspace_id, LONG_AGO))
        return latest

    def last_start(self, models: Collection[str]) -> datetime:
        """The last start that was given to one of these models, or now."""
        starts = (queue.served_at for queue in self.queues_of(models))
        return max([self.now, *self.served_by(models).values(), *starts])


class UnderWay:
    """The calls that are made or about to be: how many of each model, and whose the last ones are."""

    def __init__(self, now: datetime) -> None:
        self.in_flight: Counter[str] = Counter()
        self.served: dict[tuple[UUID, str], datetime] = {}
        self._starts: dict[tuple[UUID, str, bool], datetime] = {}
        for row in db.session.execute(UNDER_WAY, {"now": now, "since": LONG_AGO}):
            start = row.latest if row.called else row.latest - timedelta(seconds=MESSAGE_SECONDS)
            self.in_flight[row.model] += row.calls
            self.note_service(row.workspace_id, row.model, start)
            queue = (row.job_id, row.model, row.rerouted)
            self._starts[queue] = max(start, self._starts.get(queue, LONG_AGO))

    def note_service(self, workspace_id: UUID, model: str, moment: datetime) -> None:
        key = (workspace_id, model)
        self.served[key] = max(moment, self.served.get(key, LONG_AGO))

    def last_start(self, job_id: UUID, model: str, *, rerouted: bool) -> datetime:
        return self._starts.get((job_id, model, rerouted), LONG_AGO)


def read_demand(now: datetime) -> Demand:
    """Everything that a dispatch has to know before it asks the limiter."""
    jobs = {row.id: row for row in db.session.execute(JOBS_WAITING)}
    if not jobs:
        return Demand(now, {}, Counter(), {})
    under_way = UnderWay(now)
    of_these = {"workspaces": {job.workspace_id for job in jobs.values()}, "since": now - REMEMBERED}
    for row in db.session.execute(LATELY, of_these):
        under_way.note_service(row.workspace_id, row.model, row.served_at)
    queues: dict[str, list[Queue]] = {}
    for model, queue in _queues(jobs, under_way):
        queues.setdefault(model, []).append(queue)
    return Demand(now, queues, under_way.in_flight, under_way.served)


def _queues(jobs: Mapping[UUID, Row[Any]], under_way: UnderWay) -> Iterator[tuple[str, Queue]]:
    """The queues of these jobs, each with the model that its images wait for."""
    for job in jobs.values():
        start = max(job.dispatched_at or LONG_AGO, under_way.last_start(job.id, job.model, rerouted=False))
        yield job.model, Queue(job.id, job.workspace_id, job.priority, job.queued_count, start)
    for model, job_id, count in db.session.execute(REROUTED_WAITING):
        if owner := jobs.get(job_id):
            start = under_way.last_start(job_id, model, rerouted=True)
            yield model, Queue(job_id, owner.workspace_id, owner.priority, count, start, rerouted=True)


def due_images(queue: Queue, models: Collection[str], *, most: int, now: datetime) -> Iterator[UUID]:
    """The first due images of a queue, in order; nothing is read until the first is asked for."""
    parameters: dict[str, Any] = {"job": queue.job_id, "most": most, "now": now}
    if queue.rerouted:
        yield from db.session.scalars(REROUTED_HEAD, {**parameters, "models": models}).all()
    else:
        yield from db.session.scalars(OWN_HEAD, parameters).all()


def still_free(image_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Which of these nobody has taken meanwhile: locked here, those that are locked elsewhere passed over."""
    return set(db.session.scalars(STILL_FREE, {"images": image_ids, "now": now}))


def calls_in_flight(now: datetime) -> Counter[str]:
    """Calls that are made or about to be, by model."""
    counted: Counter[str] = Counter()
    for model, count in db.session.execute(IN_FLIGHT, {"since": now}):
        counted[model] += count
    return counted
