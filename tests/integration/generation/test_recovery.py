"""What dead processes leave behind is decided by what is known, once, and never twice."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.database import db, db_now, new_id, transaction
from app.generation.call import claim, mark_sent
from app.generation.control import cancel_job, pause_job, resume_job, retry_failed
from app.generation.models import Asset, Attempt, AttemptOutcome, Job
from app.generation.process_models import Process
from app.generation.recover import abandoned, recover
from app.generation.run import generate_image
from app.generation.settle import settle_success
from app.generation.states import ImageState, JobState
from app.generation.store import store_image
from app.generation.sweep import sweep
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
    store_down,
)
from tests.services.application import Team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob


def set_job(job: Job, **values: object) -> None:
    with transaction() as session:
        session.execute(update(Job).where(Job.id == job.id).values(**values))


def storing_with_a_dead_process(engine: Engine, job: Job) -> None:
    (image_id,) = engine.dispatched(job)
    generate_image(image_id, engine.process_id, limiter_key="test")
    set_image(image_id, claimed_by=new_id(), dispatched_until=db_now() + timedelta(minutes=2))


def test_an_image_whose_call_was_not_sent_waits_again(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    call = claimed_by_the_dead(engine, job)

    assert sweep().recovered == 1

    image = image_of(call.image_id)
    assert (image.state, image.crashes, image.attempt) == (ImageState.QUEUED, 1, 1)
    assert (attempt_of(call).outcome, attempt_of(call).may_have_billed) == (AttemptOutcome.ABANDONED, False)
    assert engine.run(job).state == JobState.COMPLETED


def test_an_image_that_kills_its_process_three_times_fails(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    for _ in range(3):
        call = claimed_by_the_dead(engine, job)
        assert sweep().recovered == 1

    image = image_of(call.image_id)
    assert (image.state, image.error_type, image.crashes) == (ImageState.FAILED, "crashed", 3)
    assert "died 3 times" in (image.error_message or "")
    assert engine.fresh(job).state == JobState.FAILED


def test_an_original_found_in_the_store_is_used(engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI) -> None:
    job = openai_job(1)
    call = claimed_by_the_dead(engine, job, sent=True)
    original = kept(call)

    assert sweep().recovered == 1

    image = image_of(call.image_id)
    asset = db.session.get_one(Asset, image.asset_id)
    assert (image.state, asset.sha256, asset.attempt) == (ImageState.STORING, original.sha256, 1)
    assert attempt_of(call).outcome == AttemptOutcome.SUCCEEDED
    assert engine.fresh(job).actual_cost > 0
    assert engine.run(job).state == JobState.COMPLETED
    assert api.calls == []


def test_the_bytes_of_another_attempt_are_not_taken(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    call = claimed_by_the_dead(engine, openai_job(1))
    kept(call)
    set_image(call.image_id, attempt=11)
    with transaction() as session:
        session.execute(update(Attempt).where(Attempt.id == call.attempt_id).values(number=11))

    sweep()

    assert image_of(call.image_id).state == ImageState.QUEUED


def test_a_call_without_an_answer_is_unknown_and_not_sent_again(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI
) -> None:
    job = openai_job(1)
    call = claimed_by_the_dead(engine, job, sent=True)

    assert sweep().recovered == 1

    image = image_of(call.image_id)
    assert (image.state, image.error_type) == (ImageState.UNKNOWN, "ambiguous")
    assert "may have been billed" in (image.error_message or "")
    assert (attempt_of(call).outcome, attempt_of(call).may_have_billed) == (AttemptOutcome.LOST, True)
    assert engine.run(job).state == JobState.FAILED
    assert api.calls == []


def test_bytes_that_are_no_picture_are_no_answer(app: Flask, engine: Engine, openai_job: MakeOpenAIJob) -> None:
    call = claimed_by_the_dead(engine, openai_job(1), sent=True)
    app.extensions["studio"].storage.put(f"originals/{call.image_id}/1.png", b"half a pict", "image/png")

    sweep()

    assert image_of(call.image_id).state == ImageState.UNKNOWN


def test_recovery_waits_while_the_store_is_down(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    call = claimed_by_the_dead(engine, openai_job(1), sent=True)
    kept(call)

    with store_down():
        assert sweep().recovered == 0
        assert image_of(call.image_id).state == ImageState.GENERATING

    assert sweep().recovered == 1
    assert image_of(call.image_id).state == ImageState.STORING


def test_what_was_not_sent_is_recovered_while_the_store_is_down(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    call = claimed_by_the_dead(engine, job)

    with store_down():
        assert sweep().recovered == 1

    assert image_of(call.image_id).state == ImageState.QUEUED


def test_what_waits_for_an_absent_host_does_not_stand_before_the_others(
    engine: Engine, openai_job: MakeOpenAIJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.generation.sweep.STORING_AT_ONCE", 2)
    job = openai_job(6)
    with store_down():
        engine.step(job)
    images = [image.id for image in engine.images(job)]
    sent: set[UUID] = set()
    for _ in range(3):
        for image_id in images:
            set_image(image_id, dispatched_until=None, not_before=db_now() if image_id in sent else None)
        sweep()
        sent |= {image.id for image in engine.images(job) if image.dispatched_until is not None}

    assert sent == set(images)


def test_what_a_living_process_has_is_left_to_it(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    call = claimed(engine, openai_job(1))
    mark_sent(call)

    assert abandoned() == []


def test_a_process_that_is_silent_for_the_lease_is_dead(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    process = Process(kind="generate", host="here", pid=1, started_at=db_now(), beat_at=db_now())
    with transaction() as session:
        session.add(process)
    claimed(engine, openai_job(1), process_id=process.id)
    assert abandoned() == []

    with transaction() as session:
        session.execute(
            update(Process).where(Process.id == process.id).values(beat_at=db_now() - timedelta(seconds=31))
        )

    assert len(abandoned()) == 1


def test_a_call_far_beyond_its_time_out_is_unknown_though_its_process_lives(
    engine: Engine, openai_job: MakeOpenAIJob
) -> None:
    call = claimed(engine, openai_job(1))
    mark_sent(call)
    set_image(call.image_id, started_at=db_now() - timedelta(hours=1))

    assert sweep().recovered == 1
    assert image_of(call.image_id).state == ImageState.UNKNOWN


def test_an_image_that_is_abandoned_in_two_ways_is_recovered_once(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    call = claimed_by_the_dead(engine, openai_job(1))
    set_image(call.image_id, started_at=db_now() - timedelta(hours=1))

    assert len(abandoned()) == 1
    assert sweep().recovered == 1
    assert image_of(call.image_id).crashes == 1


def test_two_sweeps_at_once_recover_each_image_once(app: Flask, engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(12)
    images = engine.dispatched(job)
    calls = [claim(image_id, new_id()) for image_id in images]
    for call in calls[::2]:
        assert call is not None
        mark_sent(call)

    swept = in_threads(app, sweep, sweep, sweep)

    assert sum(each.recovered for each in swept) == 12
    assert (engine.fresh(job).queued_count, engine.fresh(job).unknown_count) == (6, 6)
    assert {image.crashes for image in engine.images(job) if image.state == ImageState.QUEUED} == {1}
    assert counters_equal_rows(job.id)


def test_a_sweep_that_looked_long_ago_harms_no_newer_call(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    claimed_by_the_dead(engine, job)
    (seen,) = abandoned()
    recover(seen)
    newer = claimed(engine, job)
    mark_sent(newer)

    assert not recover(seen)

    assert image_of(newer.image_id).state == ImageState.GENERATING


def test_a_dead_process_in_a_cancelled_job_leaves_a_cancelled_image(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = openai_job(1)
    call = claimed_by_the_dead(engine, job)
    cancel_job(job.id, workspace_id=team.workspace_id, actor=team.actor)
    assert engine.fresh(job).state == JobState.CANCELLING

    sweep()

    assert image_of(call.image_id).state == ImageState.CANCELLED
    assert engine.fresh(job).state == JobState.CANCELLED


def test_storing_whose_process_died_is_sent_again(engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI) -> None:
    job = openai_job(1)
    storing_with_a_dead_process(engine, job)

    swept = sweep()

    assert (swept.recovered, swept.storing_sent) == (1, 1)
    assert engine.run(job).state == JobState.COMPLETED
    assert len(api.bill) == 1


def test_storing_that_is_stuck_in_a_living_process_is_sent_again(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    storing_with_a_dead_process(engine, job)
    (image,) = engine.images(job)
    set_image(image.id, claimed_by=engine.process_id, dispatched_until=db_now() - timedelta(seconds=1))

    swept = sweep()

    assert (swept.recovered, swept.storing_sent) == (1, 1)
    assert store_image(image.id, engine.process_id)


def test_storing_that_kills_its_process_three_times_fails_and_can_be_stored_again(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI, team: Team
) -> None:
    job = openai_job(1)
    storing_with_a_dead_process(engine, job)
    (image,) = engine.images(job)
    for _ in range(3):
        set_image(image.id, claimed_by=new_id())
        assert sweep().recovered == 1

    assert (image_of(image.id).state, image_of(image.id).error_type) == (ImageState.FAILED, "crashed")
    assert retry_failed(job.id, workspace_id=team.workspace_id, actor=team.actor) == 1
    assert image_of(image.id).state == ImageState.STORING
    assert engine.run(job).state == JobState.COMPLETED
    assert len(api.bill) == 1


def test_a_lost_store_message_is_sent_again(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    call = claimed(engine, job)
    mark_sent(call)
    settle_success(call, ANSWER, kept(call))
    assert sweep().storing_sent == 0

    set_image(call.image_id, dispatched_until=db_now() - timedelta(seconds=1))

    assert sweep().storing_sent == 1
    assert sweep().storing_sent == 0


def test_a_job_whose_end_was_not_written_is_ended(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    engine.run(job)
    set_job(job, state=JobState.RUNNING, finished_at=None)

    assert sweep().jobs_ended == 1
    assert engine.fresh(job).state == JobState.COMPLETED


@pytest.mark.parametrize("started", [False, True])
def test_a_job_whose_model_cannot_be_used_is_paused_with_the_reason(
    engine: Engine, openai_job: MakeOpenAIJob, started: bool
) -> None:
    job = openai_job(2)
    if started:
        claimed(engine, job)
    set_job(job, model="openai/gone")

    assert sweep().jobs_paused == 1

    assert engine.fresh(job).state == JobState.PAUSED
    assert "openai/gone" in (engine.fresh(job).pause_reason or "")
    assert sweep().jobs_paused == 0


def test_half_an_hour_without_progress_is_written_on_the_job_once(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(2)
    claimed(engine, job)
    set_job(job, progressed_at=db_now() - timedelta(minutes=31))
    sweep()
    noted = engine.fresh(job)
    revision = noted.revision

    assert "stalled" in noted.error_summary
    sweep()
    assert engine.fresh(job).revision == revision


def test_a_job_that_was_paused_for_long_is_not_called_stalled_when_it_goes_on(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = openai_job(2)
    claimed(engine, job)
    pause_job(job.id, workspace_id=team.workspace_id, actor=team.actor)
    set_job(job, progressed_at=db_now() - timedelta(days=1))
    resume_job(job.id, workspace_id=team.workspace_id, actor=team.actor)

    sweep()

    assert engine.fresh(job).error_summary == {}


def test_rows_of_long_dead_processes_are_forgotten(engine: Engine) -> None:
    old = Process(kind="worker", host="there", pid=1, started_at=db_now(), beat_at=db_now() - timedelta(hours=2))
    with transaction() as session:
        session.add(old)

    sweep()

    assert list(db.session.scalars(select(Process.id))) == [engine.process_id]
