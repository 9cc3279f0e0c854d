"""What people do to a job: what each state allows, the numbers in the answers, the record of who did it."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import User
from app.audit.models import AuditEvent
from app.core.database import db, new_id
from app.core.errors import BadInput, Conflict, NotThere
from app.generation.call import mark_sent
from app.generation.control import (
    Cancelled,
    allowed_actions,
    cancel_job,
    pause_job,
    paused_by_hand,
    resume_job,
    retry_failed,
)
from app.generation.models import Image, Job
from app.generation.rerun import can_rerun, rerun_image
from app.generation.run import generate_image
from app.generation.settle import settle_success
from app.generation.states import ImageState, JobState
from app.generation.store import store_image
from app.generation.sweep import sweep
from app.prompts.combine import combine
from tests.fakes.openai_api import FakeOpenAI
from tests.integration.generation.situations import (
    ANSWER,
    claimed,
    claimed_by_the_dead,
    counters_equal_rows,
    image_of,
    in_threads,
    kept,
)
from tests.services.application import Team, make_team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob

BAD = "odd [bad-request]"
ACTIONS: dict[str, Callable[..., object]] = {
    "pause": pause_job,
    "resume": resume_job,
    "cancel": cancel_job,
    "retry": retry_failed,
}
ALLOWED = {
    JobState.QUEUED: {"pause", "cancel"},
    JobState.RUNNING: {"pause", "cancel"},
    JobState.PAUSED: {"resume", "cancel"},
    JobState.CANCELLING: set(),
    JobState.COMPLETED: set(),
    JobState.PARTIALLY_FAILED: {"retry"},
    JobState.FAILED: {"retry"},
    JobState.CANCELLED: set(),
}


def act(action: str, job_id: UUID, team: Team) -> object:
    return ACTIONS[action](job_id, workspace_id=team.workspace_id, actor=team.actor)


def bring_to(state: JobState, engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> Job:
    """A job in this state, by the way in which it gets there."""
    prompts = {JobState.PARTIALLY_FAILED: ("fine", BAD), JobState.FAILED: (BAD, f"very {BAD}")}
    job = openai_job(prompts.get(state, ("first", "second")))
    if state in (JobState.RUNNING, JobState.CANCELLING):
        claimed(engine, job)
    if state == JobState.PAUSED:
        act("pause", job.id, team)
    if state in (JobState.CANCELLING, JobState.CANCELLED):
        act("cancel", job.id, team)
    if state in (JobState.COMPLETED, JobState.PARTIALLY_FAILED, JobState.FAILED):
        engine.run(job)
    return engine.fresh(job)


def events(action: str) -> list[AuditEvent]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)))


@pytest.mark.parametrize("state", list(ALLOWED))
def test_each_state_allows_its_actions_and_refuses_the_others(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, state: JobState
) -> None:
    job = bring_to(state, engine, openai_job, team)
    revision = job.revision

    assert job.state == state
    assert allowed_actions(job) == ALLOWED[state]
    refused = set(ACTIONS) - ALLOWED[state] - ({"cancel"} if state == JobState.CANCELLING else set())
    for action in refused:
        with pytest.raises(Conflict):
            act(action, job.id, team)
    assert (engine.fresh(job).revision, engine.fresh(job).state) == (revision, state)

    for action in sorted(ALLOWED[state])[:1]:
        act(action, job.id, team)
        assert engine.fresh(job).revision > revision


@pytest.mark.parametrize("action", list(ACTIONS))
def test_another_workspaces_job_is_not_there(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, action: str
) -> None:
    stranger = make_team("stranger")
    job = openai_job(1)

    with pytest.raises(NotThere):
        act(action, job.id, stranger)
    with pytest.raises(NotThere):
        act(action, new_id(), team)
    assert engine.fresh(job).state == JobState.QUEUED


def test_another_workspaces_image_is_not_there(engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    stranger = make_team("stranger")
    (image,) = engine.images(bring_to(JobState.CANCELLED, engine, lambda _prompts: openai_job(1), team))

    for image_id, who in ((image.id, stranger), (new_id(), team)):
        with pytest.raises(NotThere):
            rerun_image(image_id, workspace_id=who.workspace_id, actor=who.actor)


def test_a_paused_job_starts_no_call_until_it_is_resumed(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, api: FakeOpenAI
) -> None:
    job = openai_job(2)
    images = engine.dispatched(job)
    act("pause", job.id, team)

    assert [generate_image(image_id, engine.process_id, limiter_key="test") for image_id in images] == [False, False]
    assert api.calls == []
    assert engine.fresh(job).pause_reason == f"Paused by {db.session.get_one(User, team.owner).display_name}."
    assert paused_by_hand(engine.fresh(job))

    act("resume", job.id, team)
    assert engine.run(job).state == JobState.COMPLETED
    assert engine.fresh(job).pause_reason is None


def test_calls_in_flight_of_a_paused_job_end_it(engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    job = openai_job(1)
    call = claimed(engine, job)
    mark_sent(call)
    act("pause", job.id, team)

    settle_success(call, ANSWER, kept(call))
    engine.step(job)

    assert engine.fresh(job).state == JobState.COMPLETED


def test_a_cancelled_job_keeps_what_was_paid_for(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, api: FakeOpenAI
) -> None:
    job = openai_job(6)
    first, *_ = engine.dispatched(job)
    generate_image(first, engine.process_id, limiter_key="test")
    engine_store(engine, job)
    call = claimed(engine, job)
    mark_sent(call)

    assert act("cancel", job.id, team) == Cancelled(cancelled=4, in_flight=1, preserved=1)
    assert engine.fresh(job).state == JobState.CANCELLING

    settle_success(call, ANSWER, kept(call))
    assert engine.fresh(job).state == JobState.CANCELLING
    engine_store(engine, job)

    ended = engine.fresh(job)
    assert (ended.state, ended.completed_count, ended.cancelled_count) == (JobState.CANCELLED, 2, 4)
    assert ended.finished_at is not None
    assert ended.progress_percent == 100


def engine_store(engine: Engine, job: Job) -> None:
    for image in engine.images(job):
        if image.state == ImageState.STORING:
            store_image(image.id, engine.process_id)


def test_a_second_cancel_stops_nothing_more(engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    job = bring_to(JobState.CANCELLING, engine, openai_job, team)

    assert act("cancel", job.id, team) == Cancelled(cancelled=0, in_flight=1, preserved=0)


def test_a_retry_runs_the_failed_images_only(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, api: FakeOpenAI
) -> None:
    job = engine.run(openai_job(("fine", "shaky [bad-request-once]", "lost [drop]")))
    assert job.state == JobState.PARTIALLY_FAILED
    assert set(job.error_summary) == {"permanent", "ambiguous"}

    assert act("retry", job.id, team) == 1

    assert engine.fresh(job).error_summary == {}
    ended = engine.run(job)
    assert (ended.completed_count, ended.failed_count, ended.unknown_count) == (2, 0, 1)
    assert [image.attempt for image in engine.images(job)] == [1, 2, 1]


def test_a_retry_can_be_limited_to_some_kinds_of_failure(engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    job = engine.run(openai_job((BAD, "a fight [policy]")))
    who = {"workspace_id": team.workspace_id, "actor": team.actor}

    with pytest.raises(Conflict, match="in that way"):
        retry_failed(job.id, error_types=frozenset({"transient"}), **who)
    assert engine.fresh(job).state == JobState.FAILED
    assert retry_failed(job.id, error_types=frozenset({"permanent"}), **who) == 1

    assert [image.state for image in engine.images(job)] == [ImageState.QUEUED, ImageState.FAILED]


def test_two_clicks_on_retry_start_one_run(app: Flask, engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    job_id = bring_to(JobState.FAILED, engine, openai_job, team).id

    def click() -> object:
        try:
            return act("retry", job_id, team)
        except Conflict:
            return "conflict"

    assert sorted(map(str, in_threads(app, click, click))) == ["2", "conflict"]
    assert counters_equal_rows(job_id)
    assert len(events("job.retried")) == 1


@pytest.mark.parametrize("state", list(ImageState))
def test_only_a_failed_unknown_or_cancelled_image_can_be_run_again(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, state: ImageState
) -> None:
    image = image_in(state, engine, openai_job, team)
    assert image.state == state
    allowed = state in {ImageState.FAILED, ImageState.UNKNOWN, ImageState.CANCELLED}
    assert can_rerun(image) is allowed

    if not allowed:
        with pytest.raises(Conflict):
            rerun_image(image.id, workspace_id=team.workspace_id, actor=team.actor)
        return
    job = rerun_image(image.id, workspace_id=team.workspace_id, actor=team.actor, may_bill_twice=True)

    again = image_of(image.id)
    assert (job.state, again.state, again.error_type) == (JobState.RUNNING, ImageState.QUEUED, None)
    assert (again.transient_failures, again.crashes, again.finished_at) == (0, 0, None)
    assert engine.fresh(job).finished_at is None
    assert again.revision == engine.fresh(job).revision


def image_in(state: ImageState, engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> Image:
    job = openai_job((BAD,) if state == ImageState.FAILED else ("fine",))
    if state == ImageState.CANCELLED:
        act("cancel", job.id, team)
    if state in (ImageState.FAILED, ImageState.COMPLETED):
        engine.run(job)
    if state == ImageState.GENERATING:
        claimed(engine, job)
    if state == ImageState.STORING:
        call = claimed(engine, job)
        mark_sent(call)
        settle_success(call, ANSWER, kept(call))
    if state == ImageState.UNKNOWN:
        claimed_by_the_dead(engine, job, sent=True)
        sweep()
    return engine.images(job)[0]


def test_an_image_of_a_job_that_is_being_cancelled_waits_with_its_second_run(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = bring_to(JobState.CANCELLING, engine, openai_job, team)
    (image,) = [image for image in engine.images(job) if image.state == ImageState.CANCELLED]

    with pytest.raises(Conflict, match="being cancelled"):
        rerun_image(image.id, workspace_id=team.workspace_id, actor=team.actor)


def test_an_unknown_image_run_again_is_billed_again_only_then(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, api: FakeOpenAI
) -> None:
    job = engine.run(openai_job(("lost [drop-once]",)))
    (image,) = engine.images(job)
    assert len(api.bill) == 1

    rerun_image(image.id, workspace_id=team.workspace_id, actor=team.actor, may_bill_twice=True)

    assert engine.run(job).state == JobState.COMPLETED
    assert len(api.bill) == 2


def test_a_refused_image_runs_again_with_another_prompt(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, api: FakeOpenAI
) -> None:
    job = engine.run(openai_job((BAD, f"very {BAD}"), character_description="A tall woman"))
    image, other = engine.images(job)

    rerun_image(image.id, workspace_id=team.workspace_id, actor=team.actor, prompt="  a kind fox \n")
    assert engine.run(job).state == JobState.PARTIALLY_FAILED

    again, untouched = image_of(image.id), image_of(other.id)
    assert (again.state, again.prompt_typed, again.prompt_sent) == (
        ImageState.COMPLETED,
        "a kind fox",
        combine("A tall woman", "a kind fox"),
    )
    assert (untouched.state, untouched.prompt_typed) == (ImageState.FAILED, f"very {BAD}")
    assert events("image.rerun")[0].details["edited"] is True


@pytest.mark.parametrize("prompt", ["", "  ", "x" * 40_000, "nul \0"])
def test_an_edited_prompt_is_checked_before_it_costs_anything(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, prompt: str
) -> None:
    job = engine.run(openai_job((BAD,)))
    (image,) = engine.images(job)

    with pytest.raises(BadInput):
        rerun_image(image.id, workspace_id=team.workspace_id, actor=team.actor, prompt=prompt)

    assert (engine.fresh(job).state, image_of(image.id).prompt_typed) == (JobState.FAILED, BAD)


def test_every_act_is_recorded_with_who_did_it(engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    job = openai_job(("fine", BAD))
    act("pause", job.id, team)
    act("resume", job.id, team)
    engine.run(job)
    act("retry", job.id, team)
    act("cancel", job.id, team)
    image = next(image for image in engine.images(job) if image.state == ImageState.CANCELLED)
    rerun_image(image.id, workspace_id=team.workspace_id, actor=team.actor)

    for action in ("job.created", "job.paused", "job.resumed", "job.retried", "job.cancelled", "image.rerun"):
        (event,) = events(action)
        assert (event.workspace_id, event.user_id, event.subject_id) == (team.workspace_id, team.owner, job.id)
    assert events("job.cancelled")[0].details == {"cancelled": 1, "in_flight": 0}


def test_a_refused_act_leaves_no_record(engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    job = openai_job(1)

    with pytest.raises(Conflict):
        act("resume", job.id, team)

    assert events("job.resumed") == []
