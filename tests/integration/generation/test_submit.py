"""One order makes one job, with every image, or none and every reason why not."""

import time
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.database import db
from app.core.errors import BadInput
from app.generation.models import Image, Job
from app.generation.states import JobState
from app.generation.submit import NewJob, check_order, create_job
from tests.integration.generation.situations import counters_equal_rows, in_threads
from tests.services.application import Team, make_team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob
from tests.services.valkey import ValkeyServer


def order(**values: object) -> NewJob:
    new = NewJob(
        title="A job",
        prompts=("a lighthouse", "a harbour"),
        model="openai/gpt-image-2.5-flare",
        quality="low",
        width=1024,
        height=1024,
        images_per_prompt=2,
        visibility="public",
        generator="DALL-E",
        form_token=uuid4().hex,
    )
    return replace(new, **values)


def submit(new: NewJob, team: Team) -> Job:
    return create_job(new, workspace_id=team.workspace_id, user_id=team.editor, actor=team.actor)


def problems_of(new: NewJob) -> str:
    with pytest.raises(BadInput) as caught:
        check_order(new)
    return "\n".join(caught.value.problems)


def jobs() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Job.id))) or 0


def test_an_order_becomes_a_job_with_all_its_images(team: Team) -> None:
    job = submit(order(), team)

    rows = db.session.execute(
        select(Image.prompt_order, Image.variation, Image.position, Image.prompt_typed).order_by(Image.position)
    ).all()
    assert rows == [
        (1, 1, 0, "a lighthouse"),
        (1, 2, 1, "a lighthouse"),
        (2, 1, 2, "a harbour"),
        (2, 2, 3, "a harbour"),
    ]
    assert (job.state, job.total_prompts, job.total_images, job.queued_count) == (JobState.QUEUED, 2, 4, 4)
    assert job.estimated_cost > Decimal(0)
    assert len(set(db.session.scalars(select(Image.seed)))) == 4
    assert counters_equal_rows(job.id)


def test_the_prompt_is_kept_as_typed_and_as_it_will_be_sent(team: Team) -> None:
    submit(order(prompts=("  stands on a cliff ",), character_description="A keeper in a yellow coat"), team)

    image = db.session.scalars(select(Image)).first()
    assert image is not None
    assert image.prompt_typed == "stands on a cliff"
    assert image.prompt_sent != image.prompt_typed
    assert "yellow coat" in image.prompt_sent
    assert "stands on a cliff" in image.prompt_sent


def test_the_prompt_that_was_sent_is_what_the_provider_saw(
    engine: Engine, openai_job: MakeOpenAIJob, api: object
) -> None:
    job = engine.run(openai_job(("stands on a cliff",), character_description="A keeper in a yellow coat"))

    assert [entry["prompt"] for entry in api.bill] == [image.prompt_sent for image in engine.images(job)]


def test_the_same_form_sent_twice_makes_one_job(team: Team) -> None:
    new = order()

    assert submit(new, team).id == submit(new, team).id
    assert jobs() == 1
    assert db.session.scalar(select(func.count(Image.id))) == 4


def test_a_form_sent_many_times_at_once_makes_one_job(app: Flask, team: Team) -> None:
    new = order()

    made = in_threads(app, *[lambda: submit(new, team).id] * 6)

    assert len(set(made)) == jobs() == 1


def test_the_same_token_in_another_workspace_is_another_job(team: Team) -> None:
    new = order()

    assert submit(new, team).id != submit(new, make_team("other")).id


def test_every_problem_is_told_at_once_and_nothing_is_written(team: Team) -> None:
    bad = order(
        title=" ",
        prompts=("", "twice", "twice"),
        quality="ultra",
        width=10,
        images_per_prompt=11,
        visibility="secret",
        fallback_prompt="x" * 40_000,
    )

    said = problems_of(bad)
    for part in ("title", "Prompt 1", "Prompt 3", "quality", "10x1024", "1 to 10", "public or private", "Fallback"):
        assert part in said
    with pytest.raises(BadInput):
        submit(bad, team)
    assert jobs() == 0


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"model": "openai/none"}, "no model 'openai/none'"),
        ({"model": "openai/gpt-image-2.5-sunburst"}, "no price"),
        ({"width": 77, "height": 77}, "not 77x77"),
        ({"prompts": ()}, "at least one prompt"),
        ({"title": "x" * 201}, "200 characters"),
        ({"images_per_prompt": 0}, "1 to 10"),
        ({"prompts": tuple(f"prompt {n}" for n in range(1001)), "images_per_prompt": 10}, "10,000 images"),
    ],
)
def test_an_order_that_cannot_be_made_says_why(app: Flask, values: dict[str, object], said: str) -> None:
    assert said in problems_of(order(**values))


@pytest.mark.parametrize("text", ["nul \x00 inside", "half a pair \ud800"])
@pytest.mark.parametrize("field", ["prompts", "title", "character_description", "fallback_prompt"])
def test_text_no_database_can_hold_is_refused_in_words(team: Team, text: str, field: str) -> None:
    with pytest.raises(BadInput, match="cannot be stored"):
        submit(order(**{field: (text,) if field == "prompts" else text}), team)
    assert jobs() == 0


def test_ten_thousand_images_are_written_in_seconds(team: Team) -> None:
    began = time.monotonic()

    job = submit(order(prompts=tuple(f"lighthouse number {n}" for n in range(1000)), images_per_prompt=10), team)

    assert time.monotonic() - began < 20
    assert counters_equal_rows(job.id)


def test_a_job_is_made_although_no_message_can_be_sent(team: Team, valkey: ValkeyServer) -> None:
    valkey.kill()
    began = time.monotonic()

    submit(order(), team)

    assert jobs() == 1
    assert time.monotonic() - began < 10
