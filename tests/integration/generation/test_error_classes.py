"""Each kind of answer from the provider has its own consequence, and harms nothing else."""

from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import db
from app.core.settings import Settings
from app.generation.models import Attempt, Image, Job
from app.generation.queries import attempts_of
from app.generation.states import ImageState, JobState
from app.generation.studio import make_studio
from tests.fakes.openai_api import FakeOpenAI
from tests.services.engine import Engine
from tests.services.invariants import check_invariants
from tests.services.provider import KEY, MakeOpenAIJob

GOOD = "a quiet harbour at dawn"


def the_bad_one(engine: Engine, job: Job) -> Image:
    return next(image for image in engine.images(job) if "[" in image.prompt_typed)


@pytest.mark.parametrize("marker", ["policy", "policy-violation", "policy-output", "legal"])
def test_a_refused_prompt_fails_at_once_and_the_rest_is_made(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI, marker: str
) -> None:
    job = engine.run(openai_job((f"a fight [{marker}]", GOOD)))

    image = the_bad_one(engine, job)
    assert (job.state, image.state, image.error_type) == (
        JobState.PARTIALLY_FAILED,
        ImageState.FAILED,
        "content_policy",
    )
    assert image.attempt == 1
    assert job.error_summary["content_policy"]["count"] == 1
    check_invariants_apart_from_refusals(job, api)


def check_invariants_apart_from_refusals(job: Job, api: FakeOpenAI) -> None:
    check_invariants(job, [entry for entry in api.bill if "[policy-output]" not in entry["prompt"]])


def test_a_refused_prompt_is_replaced_once_by_the_fallback(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI
) -> None:
    job = engine.run(openai_job(("a fight [policy]",), fallback_prompt="a friendly handshake"))

    (image,) = engine.images(job)
    assert job.state == JobState.COMPLETED
    assert (image.prompt_sent, image.used_fallback) == ("a friendly handshake", True)
    assert [attempt.prompt_sent for attempt in attempts_of(image.id)] == ["a fight [policy]", "a friendly handshake"]


def test_a_refused_fallback_fails_with_both_messages(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = engine.run(openai_job(("a fight [policy]",), fallback_prompt="another one [policy-violation]"))

    (image,) = engine.images(job)
    assert (job.state, image.state) == (JobState.FAILED, ImageState.FAILED)
    assert "The fallback prompt:" in (image.error_message or "")
    assert image.attempt == 2


@pytest.mark.parametrize("marker", ["bad-request", "not-found", "unprocessable", "too-large", "no-limit"])
def test_a_request_that_can_never_work_fails_at_once(engine: Engine, openai_job: MakeOpenAIJob, marker: str) -> None:
    job = engine.run(openai_job((f"odd [{marker}]", GOOD)))

    image = the_bad_one(engine, job)
    assert (image.state, image.error_type, image.attempt) == (ImageState.FAILED, "permanent", 1)
    assert job.completed_count == 1


@pytest.mark.parametrize("marker", ["server-error", "unavailable"])
def test_a_passing_fault_is_tried_three_times(engine: Engine, openai_job: MakeOpenAIJob, marker: str) -> None:
    job = engine.run(openai_job((f"unlucky [{marker}]", GOOD)))

    image = the_bad_one(engine, job)
    assert (image.state, image.error_type, image.attempt) == (ImageState.FAILED, "transient", 3)
    assert "Given up after 3 tries" in (image.error_message or "")


@pytest.mark.parametrize(
    ("marker", "state", "attempts"),
    [
        ("server-error", ImageState.UNKNOWN, 1),
        ("unavailable", ImageState.UNKNOWN, 1),
        ("bad-gateway", ImageState.UNKNOWN, 1),
        ("slow-down-once", ImageState.COMPLETED, 2),
        ("429-once", ImageState.COMPLETED, 2),
    ],
)
@pytest.mark.usefixtures("bills_server_errors")
def test_a_server_error_that_can_be_billed_is_never_sent_again(
    engine: Engine, openai_job: MakeOpenAIJob, marker: str, state: ImageState, attempts: int
) -> None:
    job = engine.run(openai_job((f"unlucky [{marker}]", GOOD)))

    image = the_bad_one(engine, job)
    assert (image.state, image.attempt) == (state, attempts)
    if state == ImageState.UNKNOWN:
        assert [attempt.may_have_billed for attempt in attempts_of(image.id)] == [True]


@pytest.fixture
def bills_server_errors(settings: Settings, tmp_path: Path, app: Flask) -> None:
    """The provider of the test's model bills for server errors."""
    (tmp_path / "bills.toml").write_text("[providers.openai]\nbills_server_errors = true\n", encoding="utf-8")
    made = make_studio(settings.model_copy(update={"catalogue": tmp_path / "bills.toml"}))
    app.extensions["studio"] = made


def test_a_fault_that_passes_is_only_a_delay(engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI) -> None:
    job = engine.run(openai_job(("shaky [server-error-once]", GOOD)))

    assert job.state == JobState.COMPLETED
    assert the_bad_one(engine, job).transient_failures == 1
    check_invariants(job, api.bill)


def test_a_rate_limit_slows_everybody_and_counts_as_no_failure(
    engine: Engine, openai_job: MakeOpenAIJob, app: object
) -> None:
    job = openai_job(("too fast [429-once]",))
    engine.step(job)

    (image,) = engine.images(job)
    assert (image.state, image.transient_failures) == (ImageState.QUEUED, 0)
    assert image.not_before is not None
    assert engine.run(job).state == JobState.COMPLETED


@pytest.mark.parametrize("marker", ["quota", "quota400", "credit", "spend-limit", "payment", "auth", "forbidden"])
def test_an_account_that_cannot_pay_pauses_its_jobs_and_burns_no_image(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI, marker: str
) -> None:
    other = openai_job((GOOD,))
    job = openai_job((f"first [{marker}]", "second one", "third one"))
    paused = engine.run(job)

    assert paused.state == JobState.PAUSED
    assert paused.pause_reason
    assert paused.failed_count == paused.unknown_count == 0
    assert engine.fresh(other).state in (JobState.PAUSED, JobState.COMPLETED)


@pytest.mark.parametrize("marker", ["drop", "close", "truncated", "html", "text", "empty", "not-base64", "cut-picture"])
def test_a_lost_answer_is_unknown_and_never_sent_again(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI, marker: str
) -> None:
    job = engine.run(openai_job((f"lost [{marker}]", GOOD)))

    image = the_bad_one(engine, job)
    assert (job.state, image.state, image.error_type) == (JobState.PARTIALLY_FAILED, ImageState.UNKNOWN, "ambiguous")
    assert [attempt.may_have_billed for attempt in attempts_of(image.id)] == [True]
    assert sum("lost" in entry["prompt"] for entry in api.bill) == 1
    check_invariants(job, api.bill)


def test_messages_hold_neither_the_key_nor_the_prompt(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = engine.run(openai_job(("a secret recipe [bad-request]", "another [auth]")))

    texts = [*db.session.scalars(select(Attempt.error_message)), *db.session.scalars(select(Image.error_message))]
    texts.append(engine.fresh(job).pause_reason)
    said = " ".join(text for text in texts if text)
    assert said
    assert KEY not in said
    assert "secret recipe" not in said


def test_cost_comes_from_the_usage_the_provider_reports(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI
) -> None:
    job = engine.run(openai_job((GOOD,), quality="medium"))

    assert job.actual_cost == Decimal(api.bill[0]["cost"]).quantize(Decimal("0.000001"))


def test_a_picture_names_the_providers_request(engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI) -> None:
    job = engine.run(openai_job((GOOD,)))

    (image,) = engine.images(job)
    (attempt,) = attempts_of(image.id)
    assert image.provider_request_id == attempt.request_id == api.calls[0]["request_id"]
