"""What a provider says about a call after it was given up for lost, and what a call without a picture has cost."""

from decimal import Decimal

import pytest

from app.core.errors import ErrorClass, ProviderError
from app.curation.queries import billed_without_picture
from app.generation.call import Call
from app.generation.queries import attempts_of
from app.generation.rerun import may_be_billed_twice, rerun_image
from app.generation.settle import settle_failure
from app.generation.states import ImageState, JobState
from app.generation.sweep import sweep
from tests.integration.generation.situations import attempt_of, claimed_by_the_dead, counters_equal_rows, image_of
from tests.services.application import Team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob


@pytest.fixture
def lost(engine: Engine, openai_job: MakeOpenAIJob) -> Call:
    call = claimed_by_the_dead(engine, openai_job(1), sent=True)
    sweep()
    assert attempt_of(call).outcome == "lost"
    return call


@pytest.mark.parametrize("billed", [False, True])
def test_a_late_refusal_is_written_down_and_moves_nothing(lost: Call, engine: Engine, *, billed: bool) -> None:
    error = ProviderError(ErrorClass.CONTENT_POLICY, "Refused.", request_id="req_9", may_have_billed=billed)
    revision = image_of(lost.image_id).revision

    settle_failure(lost, error)

    attempt, image = attempt_of(lost), image_of(lost.image_id)
    assert (attempt.outcome, attempt.request_id, attempt.may_have_billed) == ("content_policy", "req_9", billed)
    assert attempt.error_message == "The provider later said: Refused."
    assert (image.state, image.error_type) == (ImageState.UNKNOWN, "ambiguous")
    assert (image.error_message or "").startswith("The provider later said: Refused.")
    assert image.revision > revision
    assert image.job.error_summary["ambiguous"]["message"] == image.error_message
    assert may_be_billed_twice(image) is billed
    assert counters_equal_rows(lost.job_id)


def test_what_was_not_billed_runs_again_without_a_warning(lost: Call, engine: Engine, team: Team) -> None:
    settle_failure(lost, ProviderError(ErrorClass.TRANSIENT, "Too busy."))

    rerun_image(lost.image_id, workspace_id=team.workspace_id, actor=team.actor)

    assert engine.run(image_of(lost.image_id).job).state == JobState.COMPLETED


def test_a_late_answer_about_an_older_call_leaves_the_image_alone(lost: Call, engine: Engine, team: Team) -> None:
    rerun_image(lost.image_id, workspace_id=team.workspace_id, actor=team.actor, may_bill_twice=True)
    settle_failure(lost, ProviderError(ErrorClass.PERMANENT, "Impossible."))

    assert attempt_of(lost).outcome == "permanent"
    assert (image_of(lost.image_id).state, image_of(lost.image_id).error_message) == (ImageState.QUEUED, None)


@pytest.mark.parametrize("marker", ["not-a-picture", "empty", "not-base64"])
def test_a_call_without_a_picture_costs_what_the_provider_reports(
    engine: Engine, openai_job: MakeOpenAIJob, marker: str
) -> None:
    job = engine.run(openai_job((f"odd [{marker}]", "fine")))
    image, fine = engine.images(job)

    assert image.state == ImageState.UNKNOWN
    assert image.cost == attempts_of(image.id)[0].cost != Decimal(0)
    assert job.actual_cost == (image.cost or 0) + (fine.cost or 0)
    assert image.provider_request_id


def test_calls_that_may_have_cost_something_for_nothing_are_counted(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = engine.run(openai_job(("a [drop]", "b [policy-output]", "c [policy]", "fine")))

    assert billed_without_picture(job.id) == 2
