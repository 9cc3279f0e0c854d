"""Give due images their starts: as many as fit, at the pace of the limit, never more than two seconds ahead.

What waits is read and put in order first, then the limiter is asked outside any transaction, and only then, under a
lock for the lane, those images are marked that nobody has taken meanwhile, as far as there are slots for them still: so
dispatches that run side by side never give away more than the slots. Starts that are left over go back to the limiter.
Redis holds nothing that the rows do not say too.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import bindparam, update

from app.core.database import db, db_now, end_read, lock_for, transaction
from app.core.errors import RateLimiterUnavailable
from app.core.fail_points import FailPoint, fail_point
from app.core.queue import ActorName, enqueue
from app.generation.ask import note_dispatch
from app.generation.direct_moves import IMAGES
from app.generation.fairness import Queue, take_turns
from app.generation.heartbeat import calls_at_once
from app.generation.lanes import Lane, lanes
from app.generation.limiter import HORIZON_SECONDS, Reserved
from app.generation.models import Image
from app.generation.occupied import occupied, shared
from app.generation.states import ImageState
from app.generation.studio import studio
from app.generation.switches import paused_accounts
from app.generation.waiting import MESSAGE_SECONDS, Demand, calls_in_flight, due_images, read_demand, still_free

log = structlog.get_logger()

MARK = update(IMAGES).where(IMAGES.c.id == bindparam("of_image")).values(dispatched_until=bindparam("until"))


@dataclass(frozen=True, slots=True)
class Plan:
    """The images of a lane that should start next, in order.

    `room`: how many may, by its slots and its share of the threads; `wants_more`: whether more wait. `threads`: of all
    living processes.
    """

    lane: Lane
    images: Sequence[UUID]
    room: int
    wants_more: bool
    threads: int


@dataclass(frozen=True, slots=True)
class Round:
    """One dispatch of one lane. `short`: every free slot was given away, and more could have been used."""

    sent: int
    short: bool


def dispatch() -> int:
    """Dispatch every lane; answers how many images were given a start."""
    plans = _plans()
    end_read()
    rounds = [_carry_out(plan) for plan in plans]
    note_dispatch(short_of_slots=any(each.short for each in rounds))
    return sum(each.sent for each in rounds)


def _plans() -> list[Plan]:
    """A plan for each lane that something waits for and whose account is not paused."""
    stopped = paused_accounts()
    open_lanes = [lane for lane in lanes(studio()) if lane.account not in stopped]
    end_read()
    demand = read_demand(db_now())
    wanted = [lane for lane in open_lanes if demand.queues_of(lane.models)]
    threads = calls_at_once(studio().settings.lease_seconds) if wanted else 0
    rooms = _rooms(wanted, demand, threads) if wanted else {}
    return [_plan(lane, demand, rooms[lane.key], threads) for lane in wanted]


def _rooms(wanted: Sequence[Lane], demand: Demand, threads: int) -> Mapping[str, int]:
    """How many calls of each lane may start: slots that are free, as far as the living processes have threads."""
    held = occupied(demand.in_flight, studio().settings.lease_seconds)
    free = {lane.key: max(0, lane.slots - held.slots_of(lane.models)) for lane in wanted}
    useful = {lane.key: min(free[lane.key], demand.waiting_for(lane.models)) for lane in wanted}
    busy = {lane.key: held.threads_of(lane.models) for lane in wanted}
    return shared(threads - held.threads.total(), useful, busy)


def _plan(lane: Lane, demand: Demand, room: int, threads: int) -> Plan:
    moments = list(_moments(lane, demand.last_start(lane.models), most=room))

    def images(queue: Queue) -> Iterator[UUID]:
        return due_images(queue, lane.models, most=len(moments), now=demand.now)

    turns = take_turns(demand.queues_of(lane.models), demand.served_by(lane.models), images, moments)
    return Plan(lane, list(turns), room, demand.waiting_for(lane.models) > room, threads)


def _moments(lane: Lane, begin: datetime, *, most: int) -> Iterator[datetime]:
    """About when the next starts will be: after those that were given away, no more than the horizon can hold."""
    ahead = math.ceil(lane.per_minute / 60 * HORIZON_SECONDS) + 1
    for number in range(1, min(most, ahead) + 1):
        yield begin + timedelta(seconds=number * 60 / lane.per_minute)


def _carry_out(plan: Plan) -> Round:
    if not plan.images:
        return Round(sent=0, short=plan.room == 0)
    lane = plan.lane
    try:
        reserved = studio().limiter.reserve(lane.key, len(plan.images), per_minute=lane.per_minute)
        sent = _send(plan, reserved) if reserved.starts else 0
        if unused := reserved.starts[sent:]:
            studio().limiter.give_back(lane.key, unused, epoch=reserved.epoch)
    except RateLimiterUnavailable as error:
        log.warning("dispatch_postponed", lane=lane.key, reason=error.message)
        return Round(sent=0, short=False)
    return Round(sent, short=plan.wants_more and len(reserved.starts) == plan.room)


def _send(plan: Plan, reserved: Reserved) -> int:
    """Mark and send as many as there are starts and slots; answers how many that were."""
    lane = plan.lane
    with transaction():
        lock_for(f"dispatch:{lane.key}")
        now = db_now()
        count = min(_free(plan, now), len(reserved.starts))
        free = still_free(plan.images[:count], now)
        images = [image_id for image_id in plan.images[:count] if image_id in free]
        marks = [_mark(now, start - reserved.now) for start in reserved.starts[: len(images)]]
        if images:
            rows = [{"of_image": image_id, "until": mark} for image_id, mark in zip(images, marks, strict=True)]
            db.session.execute(MARK, rows)
        for image_id, mark, start in zip(images, marks, reserved.starts, strict=False):
            _send_one(image_id, lane, start, reserved.epoch, mark)
        fail_point(FailPoint.DISPATCH_UNCOMMITTED)
    return len(images)


def _free(plan: Plan, now: datetime) -> int:
    """How many calls may start, counted once more: others have dispatched meanwhile."""
    held = occupied(calls_in_flight(now), studio().settings.lease_seconds)
    return max(0, min(plan.lane.slots - held.slots_of(plan.lane.models), plan.threads - held.threads.total()))


def _mark(now: datetime, ahead: int) -> datetime:
    """When the message is taken for lost. Later starts have later marks, which say who was served last."""
    return now + timedelta(microseconds=ahead, seconds=MESSAGE_SECONDS)


def _send_one(image_id: UUID, lane: Lane, start: int, epoch: int, mark: datetime) -> None:
    enqueue(
        ActorName.GENERATE_IMAGE,
        image_id,
        limiter_key=lane.key,
        start=start,
        epoch=epoch,
        mark=mark.isoformat(),
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
