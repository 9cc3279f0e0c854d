"""Create a job: check everything at once, then write the job and all its images in one transaction."""

import re
from dataclasses import dataclass
from random import Random
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from app.audit.record import Actor, record
from app.core.database import db, new_id, transaction
from app.core.errors import BadInput, UnknownModel
from app.core.fail_points import FailPoint, fail_point
from app.core.queue import ActorName, enqueue
from app.generation.generators import generators
from app.generation.models import Image, Job
from app.generation.moves import pause
from app.generation.pricing import Estimate, estimate
from app.generation.priority import PRIORITIES
from app.generation.states import START_MARKS, ImageState, JobState, Mark
from app.generation.studio import studio
from app.generation.switches import stop_of
from app.prompts.check import Checked, check_prompts
from app.prompts.combine import combine
from app.providers.catalogue import Model
from app.providers.model import Size

MOST_PER_PROMPT = 10
ROWS_PER_INSERT = 500
NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""What no database holds as text: NUL, and halves of a pair. A JSON file can spell both."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a person asks for. `form_token` is made with the form: the same token makes one job."""

    title: str
    prompts: tuple[str, ...]
    model: str
    quality: str
    width: int
    height: int
    images_per_prompt: int
    visibility: str
    generator: str
    form_token: str
    character_description: str = ""
    fallback_prompt: str = ""
    prompt_fallbacks: tuple[str, ...] = ()
    """The prompts' own fallbacks, in their order and empty for those without; or none at all."""
    priority: int = 0
    default_mark: Mark = Mark.NONE
    """What new pictures start as."""

    @property
    def total_images(self) -> int:
        return len(self.prompts) * self.images_per_prompt

    @property
    def size(self) -> Size:
        return Size(self.width, self.height)


@dataclass(frozen=True, slots=True)
class Order:
    """A new job that has passed every check."""

    job: NewJob
    model: Model
    estimate: Estimate


def create_job(order: NewJob, *, workspace_id: UUID, user_id: UUID, actor: Actor) -> Job:
    """Write and start the job; paused while its provider is. Sent again with the same token it answers the first one.

    Raises BadInput with every problem at once.
    """
    if existing := _job_of(order.form_token, workspace_id):
        return existing
    checked = check_order(order)
    try:
        with transaction():
            job = _job(checked, workspace_id, user_id)
            db.session.add(job)
            db.session.flush()
            _insert_images(job, order)
            record(actor, "job.created", workspace_id=workspace_id, subject_id=job.id, images=job.total_images)
            if stop := stop_of(job.model):
                pause(job, stop.reason, cause=stop.cause)
            enqueue(ActorName.DISPATCH)
            fail_point(FailPoint.SUBMIT_UNCOMMITTED)
    except IntegrityError:
        if existing := _job_of(order.form_token, workspace_id):
            return existing
        raise
    return job


def check_order(order: NewJob) -> Order:
    """Everything that can be wrong with an order. Raises BadInput with one sentence for each problem."""
    try:
        model = studio().catalogue.model(order.model)
    except UnknownModel as error:
        raise BadInput([error.message]) from None
    problems = [*_text_problems(order), *_setting_problems(order, model), *check(order, model).sentences]
    if problems:
        raise BadInput(problems)
    return Order(
        order, model, estimate(studio(), model, quality=order.quality, size=order.size, images=order.total_images)
    )


def check(order: NewJob, model: Model) -> Checked:
    """The problems of the prompts, by number."""
    return check_prompts(
        order.prompts,
        character_description=order.character_description,
        max_chars=model.max_prompt_chars,
        blocked_words=studio().blocked_words,
    )


def _text_problems(order: NewJob) -> list[str]:
    texts = {
        "Title": order.title,
        "Character description": order.character_description,
        "Fallback prompt": order.fallback_prompt,
        **{f"Prompt {number}": prompt for number, prompt in enumerate(order.prompts, start=1)},
        **{f"Fallback of prompt {number}": text for number, text in enumerate(order.prompt_fallbacks, start=1)},
    }
    return [f"{name}: has characters that cannot be stored" for name, text in texts.items() if NO_TEXT.search(text)]


def _setting_problems(order: NewJob, model: Model) -> list[str]:
    most = studio().settings.images_per_job
    known = generators(studio().catalogue)
    tests = [
        (bool(order.prompts), "Type at least one prompt."),
        (bool(order.title.strip()), "Give the job a title."),
        (len(order.title) <= 200, "The title may have 200 characters."),
        (order.quality in model.qualities, f"{model.label} makes {', '.join(model.qualities)} quality."),
        (order.size in model.sizes, f"{model.label} makes {', '.join(map(str, model.sizes))}, not {order.size}."),
        (1 <= order.images_per_prompt <= MOST_PER_PROMPT, f"Images per prompt: 1 to {MOST_PER_PROMPT}."),
        (order.visibility in ("public", "private"), "Visibility is public or private."),
        (order.priority in PRIORITIES.values(), "Priority is low, normal or urgent."),
        (order.default_mark in START_MARKS, "New pictures start as unmarked or kept."),
        (order.generator in known, f"Category: one of {', '.join(known)}."),
        (order.total_images <= most, f"A job may have {most:,} images; this one has {order.total_images:,}."),
    ]
    problems = [sentence for passed, sentence in tests if not passed]
    if reason := studio().providers.usable(model):
        problems.append(f"{model.label} cannot be used: {reason}.")
    elif order.quality in model.qualities and order.size in model.sizes and not _has_price(order, model):
        problems.append(f"{model.label} has no price for {order.quality} at {order.size}, so it cannot be started.")
    return [*problems, *_fallback_problems(order, model)]


def _has_price(order: NewJob, model: Model) -> bool:
    return model.price(order.quality, order.size) is not None


def _fallback_problems(order: NewJob, model: Model) -> list[str]:
    """What is wrong with the fallbacks, each distinct text looked at once."""
    named = {order.fallback_prompt: "Fallback prompt"}
    for number, text in enumerate(order.prompt_fallbacks, start=1):
        named.setdefault(text, f"Fallback of prompt {number}")
    return [
        f"{name}: {problem}"
        for text, name in named.items()
        if text.strip()
        for problem in check_prompts(
            [text], max_chars=model.max_prompt_chars, blocked_words=studio().blocked_words
        ).problems.get(1, [])
    ]


def _job_of(form_token: str, workspace_id: UUID) -> Job | None:
    return db.session.execute(
        select(Job).where(Job.workspace_id == workspace_id, Job.form_token == form_token)
    ).scalar_one_or_none()


def _job(checked: Order, workspace_id: UUID, user_id: UUID) -> Job:
    order, quote = checked.job, checked.estimate
    return Job(
        workspace_id=workspace_id,
        created_by=user_id,
        title=order.title.strip(),
        state=JobState.QUEUED,
        priority=order.priority,
        default_mark=order.default_mark,
        model=order.model,
        quality=order.quality,
        width=order.width,
        height=order.height,
        images_per_prompt=order.images_per_prompt,
        visibility=order.visibility,
        generator=order.generator,
        character_description=order.character_description.strip(),
        fallback_prompt=order.fallback_prompt.strip(),
        form_token=order.form_token,
        total_prompts=len(order.prompts),
        total_images=order.total_images,
        queued_count=order.total_images,
        estimated_cost=quote.cost,
        prices_as_of=quote.prices_as_of.isoformat(),
    )


def _insert_images(job: Job, order: NewJob) -> None:
    rows = [_image_row(job, order, position) for position in range(order.total_images)]
    for start in range(0, len(rows), ROWS_PER_INSERT):
        db.session.execute(insert(Image), rows[start : start + ROWS_PER_INSERT])


def _image_row(job: Job, order: NewJob, position: int) -> dict[str, object]:
    prompt_index, variation_index = divmod(position, order.images_per_prompt)
    prompt = order.prompts[prompt_index].strip()
    return {
        "id": new_id(),
        "workspace_id": job.workspace_id,
        "job_id": job.id,
        "prompt_order": prompt_index + 1,
        "variation": variation_index + 1,
        "position": position,
        "seed": Random(f"{job.id}:{position}").randrange(2**31),
        "prompt_typed": prompt,
        "prompt_sent": combine(order.character_description, prompt),
        "fallback_prompt": order.prompt_fallbacks[prompt_index].strip() if order.prompt_fallbacks else "",
        "model": order.model,
        "quality": order.quality,
        "width": order.width,
        "height": order.height,
        "state": ImageState.QUEUED,
        "mark": Mark.NONE,
    }
