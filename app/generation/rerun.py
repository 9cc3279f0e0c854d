"""Run one failed, unknown or cancelled image again: as it is, with another prompt, or on another model."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select

from app.audit.record import Actor, record
from app.core.database import db, transaction
from app.core.errors import BadInput, Conflict, NotThere, UnknownModel
from app.core.queue import ActorName, enqueue
from app.generation.models import Attempt, AttemptOutcome, Image, Job
from app.generation.moves import job_id_of, lock_job, move_image, read_image, start_again
from app.generation.pricing import listed_price
from app.generation.reroute import route_to
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from app.generation.submit import NO_TEXT
from app.prompts.check import check_prompts
from app.prompts.combine import combine
from app.providers.model import Size

RERUN_FROM = frozenset({ImageState.FAILED, ImageState.CANCELLED, ImageState.UNKNOWN})
FRESH: dict[str, Any] = {
    "transient_failures": 0,
    "crashes": 0,
    "not_before": None,
    "error_type": None,
    "error_message": None,
}
"""What an image forgets when a person lets it run again."""
MAY_BE_BILLED_TWICE = (
    "The call whose answer was lost may have been billed. Running the image again is a second call: "
    "confirm that it may be billed twice."
)
RUN_MEANWHILE = "This image has moved on since the page was shown. Look at it again before you run it."


def can_rerun(image: Image) -> bool:
    return image.state in RERUN_FROM


def seen_as(state: str, attempt: int) -> str:
    """What a page was shown of an image, as its forms send it back: `failed.2`."""
    return f"{state}.{attempt}"


def stores_again(image: Image) -> bool:
    """Whether running it again only stores: the original of a failed image is kept."""
    return image.state == ImageState.FAILED and image.asset_id is not None


def may_be_billed_twice(image: Image) -> bool:
    """Whether the call that left the image unknown may have been billed: unless the provider has said otherwise."""
    if image.state != ImageState.UNKNOWN:
        return False
    unbilled = select(Attempt.id).where(
        Attempt.image_id == image.id,
        Attempt.number == image.attempt,
        Attempt.outcome != AttemptOutcome.INTENDED,
        Attempt.may_have_billed.is_(False),
    )
    return not db.session.scalar(select(exists(unbilled)))


def rerun_image(
    image_id: UUID,
    *,
    workspace_id: UUID,
    actor: Actor,
    prompt: str | None = None,
    model: str | None = None,
    anew: bool = False,
    may_bill_twice: bool = False,
    seen: str | None = None,
) -> Job:
    """Let the image run again; two requests that have seen the same image make one run.

    prompt: replaces what was typed, for this image alone. model: another one; quality and size become its nearest.
    anew: make a picture although the original of a failed one is kept; without it that is only stored again.
    may_bill_twice: the person knows it of an unknown image. seen: what the person was shown, from `seen_as`.
    Raises NotThere, Conflict, and BadInput with every problem of the new prompt or model.
    """
    job_id = job_id_of(image_id)
    if job_id is None:
        raise NotThere("There is no such image in this workspace.")
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        image = read_image(image_id)
        _check_allowed(job, image, seen=seen, may_bill_twice=may_bill_twice)
        before, store_again = image.state, stores_again(image) and not anew
        if store_again and (prompt is not None or model is not None):
            raise Conflict(
                "The picture of this image is kept and only has to be stored. Ask for a new one to change it."
            )
        again = {} if store_again else _prepare(job, image, prompt, model)
        start_again(job)
        move_image(job, image, ImageState.STORING if store_again else ImageState.QUEUED, **again, **FRESH)
        details = {"before": before, "edited": prompt is not None, "model": image.model}
        record(actor, "image.rerun", workspace_id=workspace_id, subject_id=job_id, image=str(image_id), **details)
        enqueue(ActorName.SWEEP if store_again else ActorName.DISPATCH)
    return job


def _check_allowed(job: Job, image: Image, *, seen: str | None, may_bill_twice: bool) -> None:
    if not can_rerun(image):
        raise Conflict(f"This image is {image.state}; only a failed, unknown or cancelled one can be run again.")
    if seen is not None and seen != seen_as(image.state, image.attempt):
        raise Conflict(RUN_MEANWHILE)
    if job.state == JobState.CANCELLING:
        raise Conflict("The job is being cancelled. Try again when its calls in flight have ended.")
    if not may_bill_twice and may_be_billed_twice(image):
        raise Conflict(MAY_BE_BILLED_TWICE)


def _prepare(job: Job, image: Image, prompt: str | None, model: str | None) -> dict[str, Any]:
    """Change prompt and model as wanted, and the job's estimate with them; answers what the move has to forget."""
    before = _price(image)
    paid = image.asset_id is not None or may_be_billed_twice(image)
    if model is not None and model != image.model:
        _change_model(job, image, model)
    if prompt is not None or image.rerouted:
        check_prompt(job, image, image.prompt_typed if prompt is None else prompt)
    if prompt is not None:
        image.prompt_typed = prompt.strip()
    if prompt is not None or image.used_fallback:
        take_fallback_back(job, image)
    job.estimated_cost += _price(image) - (Decimal(0) if paid else before)
    return {"asset_id": None}


def _price(image: Image) -> Decimal:
    return listed_price(studio(), image.model, image.quality, Size(image.width, image.height))


def _change_model(job: Job, image: Image, model_id: str) -> None:
    try:
        route = route_to(image, model_id)
    except UnknownModel as error:
        raise BadInput([error.message]) from None
    image.model, image.rerouted = route.model.id, route.model.id != job.model
    image.quality, image.width, image.height = route.quality, route.size.width, route.size.height


def check_prompt(job: Job, image: Image, prompt: str) -> None:
    """Raises BadInput with everything that is wrong with a prompt for the image's model."""
    try:
        model = studio().catalogue.model(image.model)
    except UnknownModel as error:
        raise BadInput([error.message]) from None
    if NO_TEXT.search(prompt):
        raise BadInput(["The prompt has characters that cannot be stored."])
    checked = check_prompts(
        [prompt],
        character_description=job.character_description,
        max_chars=model.max_prompt_chars,
        blocked_words=studio().blocked_words,
    )
    if problems := [*checked.description_problems, *checked.problems.get(1, [])]:
        raise BadInput(problems)


def take_fallback_back(job: Job, image: Image) -> None:
    """A person's retry begins with the prompt as it was typed; the fallback may be used once more after it."""
    image.prompt_sent = combine(job.character_description, image.prompt_typed)
    image.used_fallback, image.fallback_source = False, None


def take_fallbacks_back(job: Job, *where: ColumnElement[bool]) -> None:
    """The same for many images of the job."""
    query = select(Image).where(Image.job_id == job.id, Image.used_fallback, Image.asset_id.is_(None), *where)
    for image in db.session.scalars(query.order_by(Image.id)):
        take_fallback_back(job, image)
    db.session.flush()
