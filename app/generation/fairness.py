"""Whose image is next: priority first, then round-robin over workspaces, over their jobs, in prompt order.

Round-robin needs no memory of its own: who was served longest ago goes first. Only the heads of the queues are read,
so the cost does not depend on how many images wait.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import func, or_, select

from app.core.database import db
from app.generation.models import Image, Job
from app.generation.states import JOB_TAKES_WORK, ImageState

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job with queued images, when it was last served, and when any job of its workspace was."""

    job_id: UUID
    workspace_id: UUID
    priority: int
    served_at: datetime
    workspace_served_at: datetime


@dataclass(frozen=True, slots=True)
class Want:
    """What a dispatch looks for: `count` images of these models that are due `now`."""

    models: tuple[str, ...]
    count: int
    now: datetime
    lock: bool = False
    """Lock the rows, passing over those that are locked elsewhere (PostgreSQL; SQLite has one writer)."""


def pick(want: Want) -> list[UUID]:
    """Ids of up to `want.count` due images, in the order in which they should start."""
    picked: list[UUID] = []
    waiting = sorted(_waiting_jobs(want.models), key=lambda job: (-job.priority, job.served_at, job.job_id))
    for _, jobs in groupby(waiting, key=lambda job: job.priority):
        turns = _take_turns(list(jobs), want)
        while len(picked) < want.count and (image_id := next(turns, None)):
            picked.append(image_id)
    return picked


def _take_turns(jobs: list[Waiting], want: Want) -> Iterator[UUID]:
    """One image of each workspace in turn, and within a workspace one of each of its jobs in turn."""
    workspaces = deque(_by_workspace(jobs, want))
    while workspaces:
        queues = workspaces.popleft()
        while queues:
            head = queues.popleft()
            if image_id := next(head, None):
                queues.append(head)
                workspaces.append(queues)
                yield image_id
                break


def _by_workspace(jobs: list[Waiting], want: Want) -> list[deque[Iterator[UUID]]]:
    """The jobs' queues per workspace; the workspace whose last service lies furthest back comes first."""
    served: dict[UUID, datetime] = {}
    for job in jobs:
        served[job.workspace_id] = max(job.served_at, served.get(job.workspace_id, job.workspace_served_at))
    return [
        deque(_due(job.job_id, want) for job in jobs if job.workspace_id == workspace_id)
        for workspace_id in sorted(served, key=lambda workspace_id: served[workspace_id])
    ]


def _due(job_id: UUID, want: Want) -> Iterator[UUID]:
    """The job's due images in order; nothing is read until the first is asked for."""
    query = (
        select(Image.id)
        .where(
            Image.job_id == job_id,
            Image.state == ImageState.QUEUED,
            Image.model.in_(want.models),
            Image.dispatched_until.is_(None),
            or_(Image.not_before.is_(None), Image.not_before <= want.now),
        )
        .order_by(Image.position)
        .limit(want.count)
    )
    yield from db.session.scalars(query.with_for_update(skip_locked=True) if want.lock else query).all()


def _waiting_jobs(models: tuple[str, ...]) -> list[Waiting]:
    """Jobs that take work and have some. A dispatch counts as service before its message is claimed."""
    under_way = _under_way()
    rows = db.session.execute(
        select(Job.id, Job.workspace_id, Job.priority, Job.dispatched_at).where(
            Job.state.in_(JOB_TAKES_WORK), Job.queued_count > 0, Job.model.in_(models)
        )
    ).all()
    lately = _last_service({workspace_id for _, workspace_id, _, _ in rows})
    return [
        Waiting(
            job_id,
            workspace_id,
            priority,
            under_way.get(job_id) or dispatched_at or LONG_AGO,
            lately.get(workspace_id, LONG_AGO),
        )
        for job_id, workspace_id, priority, dispatched_at in rows
    ]


def _under_way() -> dict[UUID, datetime]:
    """The latest mark of each job's dispatched images: a few hundred at most, found by their own small index."""
    marked = select(Image.job_id, Image.dispatched_until).where(
        Image.dispatched_until > LONG_AGO, Image.state == ImageState.QUEUED
    )
    latest: dict[UUID, datetime] = {}
    for job_id, moment in db.session.execute(marked):
        latest[job_id] = max(moment or LONG_AGO, latest.get(job_id, LONG_AGO))
    return latest


def _last_service(workspace_ids: set[UUID]) -> dict[UUID, datetime]:
    """When each workspace was last served, by ended jobs too: many small jobs get no more turns than one large one."""
    if len(workspace_ids) < 2:
        return {}
    rows = db.session.execute(
        select(Job.workspace_id, func.max(Job.dispatched_at))
        .where(Job.workspace_id.in_(workspace_ids), Job.dispatched_at.is_not(None))
        .group_by(Job.workspace_id)
    )
    return {workspace_id: moment for workspace_id, moment in rows if moment}
