"""Give due images their starts: as many as fit, at the pace of the limit, never more than two seconds ahead.

The limiter is asked first and outside any transaction; then the rows are marked under a lock per lane, so that
dispatches that run side by side never give away more than the slots. A start that finds no image any more is lost,
which costs one interval. Redis holds nothing that the rows do not say too.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, func, literal_column, select, update

from app.core.database import db, db_now, end_read, lock_for, transaction
from app.core.errors import RateLimiterUnavailable
from app.core.queue import ActorName, enqueue
from app.generation.fairness import Want, pick
from app.generation.heartbeat import calls_at_once
from app.generation.lanes import Lane, lanes
from app.generation.limiter import HORIZON_SECONDS, Reserved
from app.generation.models import Image
from app.generation.states import ImageState
from app.generation.studio import studio

log = structlog.get_logger()

MESSAGE_SECONDS = 15.0
"""How long after its start a message may still be under way; then it is taken for lost."""


def dispatch() -> int:
    """Dispatch every lane; answers how many images were given a start."""
    return sum(_dispatch_lane(lane) for lane in lanes(studio()))


def _dispatch_lane(lane: Lane) -> int:
    wanted = len(pick(Want(lane.models, _room(lane, now := db_now()), now)))
    end_read()
    if not wanted:
        return 0
    try:
        reserved = studio().limiter.reserve(lane.key, wanted, per_minute=lane.per_minute)
    except RateLimiterUnavailable as error:
        log.warning("dispatch_postponed", lane=lane.key, reason=error.message)
        return 0
    return _send(lane, reserved) if reserved.starts else 0


def _send(lane: Lane, reserved: Reserved) -> int:
    with transaction():
        lock_for(f"dispatch:{lane.key}")
        now = db_now()
        count = min(_room(lane, now), len(reserved.starts))
        picked = pick(Want(lane.models, count, now, lock=True))
        for image_id, mark, start in zip(picked, _mark(picked, now), reserved.starts, strict=False):
            _send_one(image_id, lane, start, reserved.epoch, mark)
    return len(picked)


def _room(lane: Lane, now: datetime) -> int:
    """Slots of the lane that are free, as far as the living processes have threads for them."""
    threads = calls_at_once(studio().settings.lease_seconds)
    return max(0, min(lane.slots - _in_flight(now, Image.model.in_(lane.models)), threads - _in_flight(now)))


def _in_flight(now: datetime, *where: ColumnElement[bool]) -> int:
    """Images whose call is made or about to be. The state is written out so that its partial index is used."""
    moving = Image.state.in_([literal_column("'generating'"), literal_column("'storing'")])
    calling = select(func.count()).where(moving, Image.state == literal_column("'generating'"), *where)
    about_to = select(func.count()).where(Image.dispatched_until > now, Image.state == ImageState.QUEUED, *where)
    return db.session.execute(calling).scalar_one() + db.session.execute(about_to).scalar_one()


def _mark(image_ids: list[UUID], now: datetime) -> list[datetime]:
    """Mark the images; later in the order is later in time, so that the next round begins where this one ended."""
    until = now + timedelta(seconds=HORIZON_SECONDS + MESSAGE_SECONDS)
    marks = [until + timedelta(microseconds=place) for place in range(len(image_ids))]
    rows = [{"id": image_id, "dispatched_until": mark} for image_id, mark in zip(image_ids, marks, strict=True)]
    if rows:
        db.session.execute(update(Image), rows)
    return marks


def _send_one(image_id: UUID, lane: Lane, start: int, epoch: int, mark: datetime) -> None:
    enqueue(
        ActorName.GENERATE_IMAGE,
        image_id,
        limiter_key=lane.key,
        start=start,
        epoch=epoch,
        mark=mark.isoformat(),
        max_age=round((HORIZON_SECONDS + MESSAGE_SECONDS) * 1000),
    )


def withdraw(image_id: UUID, mark: datetime) -> None:
    """Take this dispatch mark away: its message will not run, and the next dispatch may pick the image again.

    A newer mark, whose message is still to come, stays.
    """
    with transaction():
        db.session.execute(
            update(Image)
            .where(Image.id == image_id, Image.state == ImageState.QUEUED, Image.dispatched_until == mark)
            .values(dispatched_until=None)
        )
