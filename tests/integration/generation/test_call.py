"""The right to call is given once, and whoever lost it changes nothing."""

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event

import pytest
from flask import Flask

from app.core.database import new_id
from app.core.errors import ErrorClass, ProviderError
from app.generation import recover as recovering
from app.generation import run
from app.generation.call import claim, mark_sent
from app.generation.control import cancel_job, pause_job
from app.generation.models import AttemptOutcome
from app.generation.queries import attempts_of
from app.generation.recover import abandoned, recover
from app.generation.rerun import rerun_image
from app.generation.run import generate_image
from app.generation.settle import settle_failure, settle_success, settle_withdrawn
from app.generation.states import ImageState, JobState
from tests.fakes.openai_api import FakeOpenAI
from tests.integration.generation.situations import (
    ANSWER,
    attempt_of,
    claimed,
    claimed_by_the_dead,
    counters_equal_rows,
    image_of,
    in_threads,
    kept,
    set_image,
)
from tests.services.application import Team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob


def test_of_many_claims_of_one_image_one_succeeds(app: Flask, engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    (image_id,) = engine.dispatched(job)

    calls = in_threads(app, *[lambda: claim(image_id, engine.process_id)] * 6)

    assert len([call for call in calls if call]) == 1
    assert image_of(image_id).attempt == len(attempts_of(image_id)) == 1
    assert engine.fresh(job).generating_count == 1


def test_an_image_without_a_start_is_not_claimed(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    (image,) = engine.images(openai_job(1))

    assert claim(image.id, engine.process_id) is None
    assert claim(new_id(), engine.process_id) is None


@pytest.mark.parametrize("stop", [pause_job, cancel_job])
def test_an_image_of_a_stopped_job_is_not_claimed(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, stop: object
) -> None:
    job = openai_job(1)
    (image_id,) = engine.dispatched(job)
    stop(job.id, workspace_id=team.workspace_id, actor=team.actor)

    assert claim(image_id, engine.process_id) is None


def test_a_message_that_comes_twice_is_one_call(engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI) -> None:
    (image_id,) = engine.dispatched(openai_job(1))

    assert generate_image(image_id, engine.process_id, limiter_key="test")
    assert not generate_image(image_id, engine.process_id, limiter_key="test")

    assert len(api.bill) == 1


def test_a_call_is_sent_once(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    call = claimed(engine, openai_job(1))

    assert mark_sent(call)
    assert not mark_sent(call)


def test_a_process_that_was_taken_for_dead_may_not_send(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    call = claimed_by_the_dead(engine, openai_job(1))
    (seen,) = abandoned()
    assert recover(seen)

    assert not mark_sent(call)
    settle_withdrawn(call)

    assert image_of(call.image_id).state == ImageState.QUEUED
    assert attempt_of(call).outcome == AttemptOutcome.ABANDONED


def test_a_recovery_and_a_slow_process_cannot_both_have_the_image(
    app: Flask, engine: Engine, openai_job: MakeOpenAIJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = claimed_by_the_dead(engine, openai_job(1))
    (seen,) = abandoned()
    deciding, decided = Event(), Event()
    count_crash = recovering._count_crash

    def slowly(*arguments: object) -> None:
        deciding.set()
        decided.wait(20)
        count_crash(*arguments)

    monkeypatch.setattr(recovering, "_count_crash", slowly)

    def in_context(work: object) -> bool:
        with app.app_context():
            return work()

    with ThreadPoolExecutor(2) as pool:
        recovery = pool.submit(in_context, lambda: recover(seen))
        deciding.wait(20)
        sending = pool.submit(in_context, lambda: mark_sent(call))
        wait([sending], timeout=0.5)
        decided.set()

    assert recovery.result()
    assert not sending.result()
    assert image_of(call.image_id).state == ImageState.QUEUED


@pytest.mark.parametrize("stop", [pause_job, cancel_job])
def test_a_job_that_is_stopped_between_claim_and_call_makes_no_call(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, monkeypatch: pytest.MonkeyPatch, stop: object
) -> None:
    state = {pause_job: ImageState.QUEUED, cancel_job: ImageState.CANCELLED}[stop]
    job = openai_job(1)
    (image_id,) = engine.dispatched(job)
    monkeypatch.setattr(
        run, "check_before_sending", lambda call: stop(job.id, workspace_id=team.workspace_id, actor=team.actor)
    )

    assert not generate_image(image_id, engine.process_id, limiter_key="test")

    assert (image_of(image_id).state, image_of(image_id).crashes) == (state, 0)
    assert [(each.outcome, each.sent_at) for each in attempts_of(image_id)] == [(AttemptOutcome.WITHDRAWN, None)]
    assert engine.fresh(job).state == (JobState.PAUSED if stop is pause_job else JobState.CANCELLED)


def test_a_late_picture_turns_unknown_into_storing(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    call = claimed_by_the_dead(engine, job, sent=True)
    assert recover(abandoned()[0])
    assert engine.fresh(job).state == JobState.FAILED

    settle_success(call, ANSWER, kept(call))

    image = image_of(call.image_id)
    assert (image.state, image.error_type, image.error_message) == (ImageState.STORING, None, None)
    assert engine.run(job).state == JobState.COMPLETED
    assert engine.fresh(job).actual_cost == image_of(call.image_id).cost > 0


def test_a_late_picture_of_an_older_attempt_stays_with_its_attempt(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = openai_job(1)
    late = claimed_by_the_dead(engine, job, sent=True)
    recover(abandoned()[0])
    rerun_image(late.image_id, workspace_id=team.workspace_id, actor=team.actor, may_bill_twice=True)
    newer = claimed(engine, job)

    settle_success(late, ANSWER, kept(late))

    image = image_of(late.image_id)
    assert (image.state, image.attempt, image.asset_id) == (ImageState.GENERATING, newer.attempt, None)
    assert attempt_of(late).outcome == AttemptOutcome.SUCCEEDED
    assert attempt_of(late).asset_id is not None
    assert image.cost == engine.fresh(job).actual_cost == attempt_of(late).cost
    assert counters_equal_rows(job.id)


def test_a_picture_is_written_down_once(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    call = claimed(engine, job)
    mark_sent(call)
    original = kept(call)

    settle_success(call, ANSWER, original)
    settle_success(call, ANSWER, original)

    assert engine.fresh(job).actual_cost == attempt_of(call).cost


@pytest.mark.parametrize("kind", list(ErrorClass))
def test_a_late_failure_of_a_lost_attempt_is_written_down_and_moves_nothing(
    engine: Engine, openai_job: MakeOpenAIJob, kind: ErrorClass
) -> None:
    job = openai_job(2)
    call = claimed_by_the_dead(engine, job, sent=True)
    recover(abandoned()[0])

    settle_failure(call, ProviderError(kind, "Too late."))

    image = image_of(call.image_id)
    assert (image.state, image.attempt) == (ImageState.UNKNOWN, call.attempt)
    assert (attempt_of(call).outcome, image.error_type) == (kind.value, "ambiguous")


def test_a_second_run_begins_with_the_typed_prompt_and_its_failure_tells_both_refusals(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = openai_job(("a fight [policy]",), fallback_prompt="another one [policy]")
    (image,) = engine.images(engine.run(job))
    rerun_image(image.id, workspace_id=team.workspace_id, actor=team.actor)

    engine.run(job)

    sent = [attempt.prompt_sent for attempt in attempts_of(image.id)]
    assert sent == ["a fight [policy]", "another one [policy]"] * 2
    first, second = (image_of(image.id).error_message or "").split("The fallback prompt:")
    assert first.strip()
    assert second.strip()


def test_an_image_of_a_cancelled_job_does_not_return_to_the_queue(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = openai_job(1)
    call = claimed(engine, job)
    mark_sent(call)
    cancel_job(job.id, workspace_id=team.workspace_id, actor=team.actor)

    settle_failure(call, ProviderError(ErrorClass.TRANSIENT, "The server had an error."))

    assert image_of(call.image_id).state == ImageState.CANCELLED
    assert engine.fresh(job).state == JobState.CANCELLED


def test_a_mark_alone_gives_no_second_claim(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    call = claimed(engine, openai_job(1))
    set_image(call.image_id, dispatched_until=image_of(call.image_id).started_at)

    assert claim(call.image_id, engine.process_id) is None
