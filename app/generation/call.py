"""A call to a provider: the right to make it, and the proof that it may have been made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, exists, insert, update

from app.core.database import db, db_now, new_id, transaction
from app.core.fail_points import FailPoint, fail_point
from app.generation.direct_moves import ATTEMPTS, IMAGES, JOBS, TAKES_WORK, DirectMove
from app.generation.models import AttemptOutcome, Job
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from app.generation.switches import is_paused
from app.providers.interface import Generated, ImageRequest


@dataclass(frozen=True, slots=True)
class Call:
    """One claimed call, as it travels through the process that makes it. `attempt` fences off every older one."""

    image_id: UUID
    job_id: UUID
    workspace_id: UUID
    attempt_id: UUID
    attempt: int
    model: str
    quality: str
    width: int
    height: int
    prompt: str
    seed: int


INTENT = insert(ATTEMPTS)
CLAIM = DirectMove(
    ImageState.QUEUED,
    ImageState.GENERATING,
    locks=(TAKES_WORK,),
    lock_values={"dispatched_at": bindparam("at")},
    where=(IMAGES.c.dispatched_until.is_not(None),),
    values={"attempt": IMAGES.c.attempt + 1, "claimed_by": bindparam("process"), "started_at": bindparam("started")},
    returning=tuple(IMAGES.c["attempt", "model", "quality", "width", "height", "prompt_sent", "seed"]),
)
SENT = (
    update(ATTEMPTS)
    .where(
        ATTEMPTS.c.id == bindparam("attempt"),
        ATTEMPTS.c.outcome == AttemptOutcome.INTENDED,
        ATTEMPTS.c.sent_at.is_(None),
        exists()
        .where(
            IMAGES.c.id == ATTEMPTS.c.image_id,
            IMAGES.c.state == ImageState.GENERATING,
            IMAGES.c.attempt == ATTEMPTS.c.number,
            JOBS.c.id == IMAGES.c.job_id,
            TAKES_WORK,
        )
        .correlate(ATTEMPTS),
    )
    .values(sent_at=bindparam("now"))
    .returning(ATTEMPTS.c.id)
)


def claim(image_id: UUID, process_id: UUID) -> Call | None:
    """Take the image if it is still dispatched, its job takes work and its account is not paused; None otherwise.

    The intent to call is durable before this returns.
    """
    with transaction(durable=True) as session:
        now = db_now()
        job = CLAIM.lock(image_id, now)
        image = job and CLAIM.move(job, image_id, now, process=process_id, started=now)
        if not job or not image or is_paused(image.model):
            session.rollback()
            return None
        if job.state == JobState.QUEUED:
            _start(job.id, now)
        attempt_id = _intend(image_id, image, process_id, now)
        fail_point(FailPoint.CLAIM_UNCOMMITTED, image_id)
        return _call(image_id, job, attempt_id, image)


def _start(job_id: UUID, now: datetime) -> None:
    job = db.session.get_one(Job, job_id, populate_existing=True)
    job.move_to(JobState.RUNNING)
    job.started_at = now


def _intend(image_id: UUID, image: Row[Any], process_id: UUID, now: datetime) -> UUID:
    """Write the attempt's row; answers its id."""
    attempt_id = new_id()
    intent = {
        "id": attempt_id,
        "image_id": image_id,
        "number": image.attempt,
        "process_id": process_id,
        "provider": image.model.partition("/")[0],
        "model": image.model,
        "prompt_sent": image.prompt_sent,
        "intended_at": now,
    }
    db.session.execute(INTENT, intent)
    return attempt_id


def _call(image_id: UUID, job: Row[Any], attempt_id: UUID, image: Row[Any]) -> Call:
    return Call(
        image_id=image_id,
        job_id=job.id,
        workspace_id=job.workspace_id,
        attempt_id=attempt_id,
        attempt=image.attempt,
        model=image.model,
        quality=image.quality,
        width=image.width,
        height=image.height,
        prompt=image.prompt_sent,
        seed=image.seed,
    )


def mark_sent(call: Call) -> bool:
    """Note durably that the call is about to be made.

    False: the image was given up or its job stopped meanwhile, so the call must not be made.
    """
    with transaction(durable=True) as session:
        return session.execute(SENT, {"attempt": call.attempt_id, "now": db_now()}).first() is not None


def make(call: Call) -> Generated:
    """Make the call. Raises ProviderError; no transaction may be open."""
    return studio().providers.get(call.model.partition("/")[0]).generate(request_for(call))


def request_for(call: Call) -> ImageRequest:
    """What the provider is asked for. Raises UnknownModel."""
    model = studio().catalogue.model(call.model)
    return ImageRequest(
        prompt=call.prompt,
        model=model.name,
        width=call.width,
        height=call.height,
        quality=call.quality,
        seed=call.seed,
        timeout_seconds=model.timeout_seconds,
        deadline_seconds=model.deadline_seconds,
        inputs=model.inputs,
        ratio=model.ratios.get(f"{call.width}x{call.height}", ""),
    )
