"""One image once more: as it was seen, on another model, beside a kept original, and after a call that may be billed."""

from decimal import Decimal

import pytest
from flask import Flask

from app.core.errors import BadInput, Conflict
from app.generation.control import cancel_job, retry_failed
from app.generation.models import Image, Job
from app.generation.reroute import route_to, routes_of
from app.generation.rerun import may_be_billed_twice, rerun_image, seen_as
from app.generation.run import generate_image
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from tests.fakes.openai_api import FakeOpenAI
from tests.integration.generation.situations import image_of, in_threads, set_image
from tests.services.application import Team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob

BAD = "odd [bad-request]"
OPENAI, DEMO = "openai/gpt-image-2.5-flare", "demo/painter"


def rerun(image: Image, team: Team, **wanted: object) -> Job:
    return rerun_image(image.id, workspace_id=team.workspace_id, actor=team.actor, **wanted)


def failed(engine: Engine, openai_job: MakeOpenAIJob) -> Image:
    return engine.images(engine.run(openai_job((BAD,))))[0]


def test_two_tabs_that_show_the_same_start_one_run(
    app: Flask, engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    image = failed(engine, openai_job)
    image_id, workspace_id, seen = image.id, team.workspace_id, seen_as(image.state, image.attempt)

    def click() -> str:
        try:
            rerun_image(image_id, workspace_id=workspace_id, actor=team.actor, seen=seen)
        except Conflict:
            return "conflict"
        return "started"

    assert sorted(in_threads(app, click, click, click)) == ["conflict", "conflict", "started"]


def test_a_tab_that_is_behind_starts_nothing(engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    image = failed(engine, openai_job)
    seen = seen_as(image.state, image.attempt)
    engine.run(rerun(image, team, seen=seen))
    assert image_of(image.id).attempt == 2

    with pytest.raises(Conflict, match="moved on"):
        rerun(image, team, seen=seen)
    assert image_of(image.id).state == ImageState.FAILED


def test_an_unknown_image_asks_for_the_word_that_it_may_be_billed_twice(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, api: FakeOpenAI
) -> None:
    (image,) = engine.images(engine.run(openai_job(("lost [drop-once]",))))
    assert may_be_billed_twice(image)

    with pytest.raises(Conflict, match="billed twice"):
        rerun(image, team)
    assert len(api.calls) == 1
    rerun(image, team, may_bill_twice=True)
    assert image_of(image.id).state == ImageState.QUEUED


def test_lost_answers_run_again_in_bulk_only_with_that_word(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = engine.run(openai_job(("lost [drop-once]", "gone [drop-once]", BAD)))
    who = {"workspace_id": team.workspace_id, "actor": team.actor}
    estimated = job.estimated_cost

    assert retry_failed(job.id, error_types=frozenset(), may_bill_twice=True, **who) == 2

    assert engine.fresh(job).estimated_cost == estimated / 3 * 5
    ended = engine.run(job)
    assert (ended.state, ended.completed_count, ended.failed_count) == (JobState.PARTIALLY_FAILED, 2, 1)


def test_an_image_runs_on_another_model_and_the_estimate_follows(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = engine.run(openai_job((BAD, "fine")))
    image = engine.images(job)[0]
    price = studio().catalogue.model(OPENAI).price("low", route_to(image, OPENAI).size)
    assert job.estimated_cost == 2 * price

    rerun(image, team, model=DEMO)

    again, job = image_of(image.id), engine.fresh(job)
    assert (again.model, again.rerouted, again.state) == (DEMO, True, ImageState.QUEUED)
    assert job.estimated_cost == price
    assert job.model == OPENAI


def test_back_on_the_jobs_model_it_is_not_rerouted_any_more(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    image = failed(engine, openai_job)
    rerun(image, team, model=DEMO)
    cancel_job(image.job_id, workspace_id=team.workspace_id, actor=team.actor)

    rerun(image, team, model=OPENAI)
    assert (image_of(image.id).model, image_of(image.id).rerouted) == (OPENAI, False)


def test_what_another_model_changes_is_said_before(engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    image = failed(engine, openai_job)
    set_image(image.id, width=2048, height=2048)
    image = image_of(image.id)

    own, other = routes_of(image)[0], next(route for route in routes_of(image) if route.model.id == DEMO)

    assert (own.model.id, own.changes) == (OPENAI, ())
    assert other.changes == (f"{other.size} instead of 2048x2048",)
    assert other.text.endswith(f"free · {other.size} instead of 2048x2048")
    rerun(image, team, model=DEMO)
    assert (image_of(image.id).width, image_of(image.id).height) == (other.size.width, other.size.height)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("openai/nothing", "no model"),
        ("openai/gpt-image-2.5-sunburst", "cannot be used"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, model: str, sentence: str
) -> None:
    image = failed(engine, openai_job)

    with pytest.raises(BadInput, match=sentence):
        rerun(image, team, model=model)
    assert image_of(image.id).state == ImageState.FAILED


def test_a_picture_whose_original_is_lost_can_be_made_anew(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, api: FakeOpenAI
) -> None:
    image = lost_original(engine, openai_job)
    estimated = engine.fresh(image.job).estimated_cost
    with pytest.raises(Conflict, match="only has to be stored"):
        rerun(image, team, prompt="another")

    rerun(image, team, anew=True)

    again = image_of(image.id)
    assert (again.state, again.asset_id) == (ImageState.QUEUED, None)
    assert engine.fresh(image.job).estimated_cost == 2 * estimated
    assert engine.run(image.job).state == JobState.COMPLETED
    assert len(api.bill) == 2


def test_a_kept_original_is_stored_again_without_a_call(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, api: FakeOpenAI
) -> None:
    image = lost_original(engine, openai_job)

    rerun(image, team)

    assert image_of(image.id).state == ImageState.STORING
    assert len(api.bill) == 1


def lost_original(engine: Engine, openai_job: MakeOpenAIJob) -> Image:
    """A failed image whose object has vanished from the store."""
    job = openai_job(1)
    generate_image(engine.dispatched(job)[0], engine.process_id, limiter_key="test")
    image = engine.images(job)[0]
    studio().storage.delete(image.asset.key)
    engine.step(job)
    image = engine.images(job)[0]
    assert (image.state, image.error_type) == (ImageState.FAILED, "storage")
    return image


def test_the_estimate_of_a_cancelled_image_was_counted_already(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = openai_job(2)
    estimated = job.estimated_cost
    cancel_job(job.id, workspace_id=team.workspace_id, actor=team.actor)

    rerun(engine.images(job)[0], team)

    assert engine.fresh(job).estimated_cost == estimated > Decimal(0)
