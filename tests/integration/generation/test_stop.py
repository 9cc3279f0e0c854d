"""Stop after the current prompts: what has begun is finished, what has not is cancelled at once."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from app.core.database import transaction
from app.core.errors import Conflict, NotThere
from app.generation.control import Stopped, can_stop, pause_job, resume_job, stop_after_current
from app.generation.models import Job
from app.generation.run import generate_image
from app.generation.states import ImageState, JobState
from tests.fakes.openai_api import FakeOpenAI
from tests.integration.generation.situations import claimed, counters_equal_rows, in_threads
from tests.services.application import Team, make_team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob


def stop(job: Job | UUID, team: Team) -> Stopped:
    job_id = job if isinstance(job, UUID) else job.id
    return stop_after_current(job_id, workspace_id=team.workspace_id, actor=team.actor)


def begin_first(engine: Engine, job: Job) -> None:
    """Make the first variation of the first prompt."""
    first, *_ = engine.dispatched(job)
    generate_image(first, engine.process_id, limiter_key="test")


def test_prompts_that_have_begun_get_all_their_variations(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, api: FakeOpenAI
) -> None:
    job = openai_job(("one", "two", "three"), 3)
    begin_first(engine, job)
    assert can_stop(engine.fresh(job))

    assert stop(job, team) == Stopped(cancelled=6, to_come=3)
    assert not can_stop(engine.fresh(job))
    assert engine.fresh(job).state == JobState.RUNNING
    assert counters_equal_rows(job.id)

    ended = engine.run(job)
    assert (ended.state, ended.completed_count, ended.cancelled_count) == (JobState.CANCELLED, 3, 6)
    assert len(api.bill) == 3
    assert {image.state for image in engine.images(job) if image.prompt_order == 1} == {ImageState.COMPLETED}


def test_what_was_dispatched_but_not_begun_is_not_called(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, api: FakeOpenAI
) -> None:
    job = openai_job(("one", "two"), 2)
    ids = engine.dispatched(job)

    assert stop(job, team) == Stopped(cancelled=4, to_come=0)
    assert [generate_image(image_id, engine.process_id, limiter_key="test") for image_id in ids] == [False] * len(ids)
    assert engine.fresh(job).state == JobState.CANCELLED
    assert api.calls == []


def test_a_prompt_that_waits_for_another_try_has_begun(engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    job = openai_job(("shaky [unavailable-once]", "two"), 2)
    begin_first(engine, job)
    assert engine.images(job)[0].state == ImageState.QUEUED

    assert stop(job, team) == Stopped(cancelled=2, to_come=2)
    assert engine.run(job).completed_count == 2


def test_a_failure_among_the_finished_ones_is_told_by_the_end(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = openai_job(("odd [bad-request]", "two"), 2)
    begin_first(engine, job)
    stop(job, team)

    assert engine.run(job).state == JobState.FAILED


def test_a_second_stop_stops_nothing_more(engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    job = openai_job(("one", "two"), 2)
    claimed(engine, job)

    assert stop(job, team) == Stopped(cancelled=2, to_come=2)
    assert stop(job, team) == Stopped(cancelled=0, to_come=2)


def test_clicks_at_the_same_moment_stop_each_image_once(
    app: Flask, engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = openai_job(("one", "two"), 2)
    job_id = job.id
    claimed(engine, job)

    answers = in_threads(app, *[lambda: stop(job_id, team)] * 3)
    assert sum(answer.cancelled for answer in answers) == 2
    assert counters_equal_rows(job_id)


def test_a_paused_job_can_be_stopped_and_finishes_what_has_begun_when_it_is_resumed(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    who = {"workspace_id": team.workspace_id, "actor": team.actor}
    job = openai_job(("one", "two"), 2)
    begin_first(engine, job)
    pause_job(job.id, **who)
    stop(job, team)
    assert engine.fresh(job).state == JobState.PAUSED

    resume_job(job.id, **who)
    assert engine.run(job).completed_count == 2


@pytest.mark.parametrize("state", [JobState.CANCELLING, JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED])
def test_what_has_ended_or_is_being_cancelled_cannot_be_stopped(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, state: JobState
) -> None:
    job = openai_job(1, 2)
    set_job(job, state)

    with pytest.raises(Conflict):
        stop(job, team)
    assert not can_stop(engine.fresh(job))


def set_job(job: Job, state: JobState) -> None:
    with transaction() as session:
        session.execute(update(Job).where(Job.id == job.id).values(state=state))


def test_another_workspaces_job_is_not_there(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(2, 2)

    with pytest.raises(NotThere):
        stop(job, make_team("stranger"))


def test_with_one_picture_for_each_prompt_there_is_only_cancel(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    assert not can_stop(engine.fresh(openai_job(3)))
