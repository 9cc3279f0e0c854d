"""Write down a picture that came in time, to the image's present attempt: what happens to nearly every call."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.core.database import Money, db, db_now, new_id, transaction
from app.core.fail_points import FailPoint, fail_point
from app.core.queue import ActorName, enqueue
from app.generation.call import Call
from app.generation.direct_moves import ASSETS, ATTEMPTS, IMAGES, JOBS, DirectMove
from app.generation.models import AttemptOutcome
from app.generation.moves import STORE_MESSAGE_SECONDS
from app.generation.originals import Original
from app.generation.states import ImageState

CHARGE = bindparam("charge", type_=Money())
TAKE = DirectMove(
    ImageState.GENERATING,
    ImageState.STORING,
    lock_values={"actual_cost": JOBS.c.actual_cost + CHARGE},
    where=(IMAGES.c.attempt == bindparam("number"),),
    values={
        "asset_id": bindparam("asset"),
        "cost": func.coalesce(IMAGES.c.cost, 0) + CHARGE,
        "prompt_revised": bindparam("revised"),
        "provider_request_id": bindparam("request"),
        "crashes": 0,
        "error_type": None,
        "error_message": None,
        "dispatched_until": bindparam("until"),
    },
)
ASSET = insert(ASSETS)
SENT_AT = select(ATTEMPTS.c.sent_at).where(ATTEMPTS.c.id == bindparam("attempt"))
SUCCEED = (
    update(ATTEMPTS)
    .where(ATTEMPTS.c.id == bindparam("attempt"), ATTEMPTS.c.asset_id.is_(None))
    .values(outcome=AttemptOutcome.SUCCEEDED, may_have_billed=True, error_message=None)
    .returning(ATTEMPTS.c.id)
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the provider told of its picture, and what that costs in US dollars."""

    cost: Decimal
    usage: dict[str, int] | None
    request_id: str | None
    revised_prompt: str | None


@dataclass(frozen=True, slots=True)
class Delivered:
    latency_ms: int | None
    """From sending to now; None when the sending was not noted."""


def deliver(call: Call, original: Original, told: Told) -> Delivered | None:
    """Attach the picture to the attempt and its image, and have it stored.

    None, and nothing is changed, when the image is not generating by this attempt any more, or when the picture has its
    asset already: this is a second run, or another process has fetched the same remote job.
    """
    try:
        return _deliver(call, original, told)
    except IntegrityError:
        return None


def _deliver(call: Call, original: Original, told: Told) -> Delivered | None:
    with transaction(durable=True) as session:
        now = db_now()
        job = TAKE.lock(call.image_id, now, charge=told.cost)
        delivered = job and _attach(job, call, original, told, now)
        if not delivered:
            session.rollback()
            return None
        enqueue(ActorName.STORE_IMAGE, call.image_id)
        fail_point(FailPoint.SETTLE_UNCOMMITTED, call.image_id)
    return delivered


def _attach(job: Row[Any], call: Call, original: Original, told: Told, now: datetime) -> Delivered | None:
    asset_id = new_id()
    row = original.row(workspace_id=job.workspace_id, image_id=call.image_id, attempt=call.attempt)
    db.session.execute(ASSET, {"id": asset_id, **row})
    image = TAKE.move(
        job,
        call.image_id,
        now,
        number=call.attempt,
        asset=asset_id,
        charge=told.cost,
        revised=told.revised_prompt,
        request=told.request_id,
        until=now + timedelta(seconds=STORE_MESSAGE_SECONDS),
    )
    return _succeed(call, asset_id, told, now) if image else None


def _succeed(call: Call, asset_id: UUID, told: Told, now: datetime) -> Delivered | None:
    sent_at = db.session.execute(SENT_AT, {"attempt": call.attempt_id}).scalar_one()
    latency = milliseconds(sent_at, now)
    known = {"asset_id": asset_id, "cost": told.cost, "usage": told.usage, "request_id": told.request_id}
    closed = db.session.execute(
        SUCCEED, {"attempt": call.attempt_id, "ended_at": now, "latency_ms": latency, **known}
    ).first()
    return Delivered(latency) if closed else None


def milliseconds(begin: datetime | None, end: datetime) -> int | None:
    return None if begin is None else round((end - begin).total_seconds() * 1000)
