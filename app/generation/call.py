"""A call to a provider: the right to make it, and the proof that it may have been made."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from app.core.database import db, db_now, transaction
from app.generation.models import Attempt, AttemptOutcome, Image, Job
from app.generation.moves import job_id_of, lock_job, move_image, read_image
from app.generation.states import JOB_TAKES_WORK, ImageState, JobState
from app.generation.studio import studio
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


def claim(image_id: UUID, process_id: UUID) -> Call | None:
    """Take the image if it is still dispatched and its job takes work; None when there is nothing to do.

    The intent to call is durable before this returns.
    """
    job_id = job_id_of(image_id)
    if job_id is None:
        return None
    with transaction(durable=True) as session:
        job = lock_job(job_id)
        image = read_image(image_id)
        if not _may_claim(job, image):
            session.rollback()
            return None
        return _claim(job, image, process_id)


def _may_claim(job: Job, image: Image) -> bool:
    return image.state == ImageState.QUEUED and image.dispatched_until is not None and job.state in JOB_TAKES_WORK


def _claim(job: Job, image: Image, process_id: UUID) -> Call:
    now = db_now()
    if job.state == JobState.QUEUED:
        job.move_to(JobState.RUNNING)
        job.started_at = now
    job.dispatched_at = now
    move_image(job, image, ImageState.GENERATING, attempt=image.attempt + 1, claimed_by=process_id, started_at=now)
    attempt = Attempt(
        image_id=image.id,
        number=image.attempt,
        process_id=process_id,
        provider=image.model.partition("/")[0],
        model=image.model,
        prompt_sent=image.prompt_sent,
        intended_at=now,
    )
    db.session.add(attempt)
    db.session.flush()
    return _call(job, image, attempt)


def _call(job: Job, image: Image, attempt: Attempt) -> Call:
    return Call(
        image_id=image.id,
        job_id=job.id,
        workspace_id=job.workspace_id,
        attempt_id=attempt.id,
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
        ours = (
            select(Image.id)
            .join(Job, Job.id == Image.job_id)
            .where(
                Image.id == call.image_id,
                Image.state == ImageState.GENERATING,
                Image.attempt == call.attempt,
                Job.state.in_(JOB_TAKES_WORK),
            )
        )
        marked = session.execute(
            update(Attempt)
            .where(
                Attempt.id == call.attempt_id,
                Attempt.outcome == AttemptOutcome.INTENDED,
                Attempt.sent_at.is_(None),
                Attempt.image_id.in_(ours),
            )
            .values(sent_at=db_now())
            .returning(Attempt.id)
        )
        return marked.first() is not None


def make(call: Call) -> Generated:
    """Make the call. Raises ProviderError; no transaction may be open."""
    model = studio().catalogue.model(call.model)
    request = ImageRequest(
        prompt=call.prompt,
        model=model.name,
        width=call.width,
        height=call.height,
        quality=call.quality,
        seed=call.seed,
        timeout_seconds=model.timeout_seconds,
    )
    return studio().providers.get(model.provider).generate(request)
