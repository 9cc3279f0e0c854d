"""A picture that a provider makes by itself is submitted once, asked about by anybody, and settled once."""

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.database import db, new_id, transaction
from app.core.errors import StorageError
from app.generation.call import claim, mark_sent
from app.generation.models import Asset, Attempt, AttemptOutcome, Image
from app.generation.originals import keep
from app.generation.process_models import Process
from app.generation.remote import note_submitted, submit
from app.generation.remote_answers import act, poll
from app.generation.remote_polls import claim_poll, send_due_polls
from app.generation.run import generate_image
from app.generation.states import ImageState, JobState
from app.generation.sweep import sweep
from app.imaging.inspect import inspect
from tests.fakes.replicate_api import FakeReplicate
from tests.integration.generation.situations import counters_equal_rows, image_of, in_threads
from tests.integration.remote.conftest import Polls
from tests.services.engine import Engine
from tests.services.invariants import check_invariants
from tests.services.replicate import MakeReplicateJob


def test_a_job_completes_with_one_prediction_and_one_bill_for_each_picture(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = polls.run(replicate_job(3, width=1216, height=832))

    assert job.state == JobState.COMPLETED
    assert replicate.created() == len(replicate.bill) == 3
    assert job.actual_cost == Decimal("0.009")
    assert {image.asset.width for image in engine.images(job)} == {1216}
    assert {attempt.remote_id for attempt in polls.attempts(job)} == {each.id for each in replicate.predictions}
    assert {attempt.poll_at for attempt in polls.attempts(job)} == {None}
    check_invariants(job, replicate.bill)


def test_a_submitted_image_keeps_its_slot_and_no_thread(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob
) -> None:
    job = replicate_job(("[hold] a door",))
    engine.step(job)

    (image,), (attempt,) = engine.images(job), polls.attempts(job)
    assert image.state == ImageState.GENERATING
    assert attempt.remote_id is not None
    assert attempt.poll_at is not None
    assert attempt.outcome == AttemptOutcome.INTENDED
    polls.once(job)
    assert engine.fresh(job).generating_count == 1
    assert polls.attempts(job)[0].poll_at is not None


def test_a_process_that_dies_after_the_submission_is_not_missed(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = replicate_job(1)
    generate_image(engine.dispatched(job)[0], new_id(), limiter_key="test")

    assert sweep().recovered == 0
    assert polls.run(job).state == JobState.COMPLETED
    assert replicate.created() == len(replicate.bill) == 1


def test_a_process_that_dies_between_the_picture_and_its_row_costs_nothing(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = replicate_job(1)
    engine.step(job)
    (attempt,) = polls.attempts(job)
    asking = claim_poll(attempt.id)
    assert asking is not None
    content = replicate.world.get(attempt.remote_id or "").file
    keep(content, inspect(content), image_id=attempt.image_id, attempt=attempt.number)

    assert polls.run(job).state == JobState.COMPLETED
    check_invariants(job, replicate.bill)


def test_a_picture_that_was_kept_is_used_although_the_provider_has_deleted_it(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = replicate_job(1)
    engine.step(job)
    (attempt,) = polls.attempts(job)
    prediction = replicate.world.get(attempt.remote_id or "")
    content = prediction.file
    keep(content, inspect(content), image_id=attempt.image_id, attempt=attempt.number)
    prediction.output, prediction.data_removed = None, True

    assert polls.run(job).state == JobState.COMPLETED
    check_invariants(job, replicate.bill)


def test_a_submission_whose_answer_is_lost_is_unknown_until_it_is_found(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = replicate_job(("[drop] a door",))
    engine.step(job)

    (image,) = engine.images(job)
    assert image.state == ImageState.UNKNOWN
    assert engine.fresh(job).state == JobState.FAILED
    polls.once(job)
    engine.step(job)
    assert engine.fresh(job).state == JobState.COMPLETED
    assert replicate.created() == len(replicate.bill) == 1
    check_invariants(job, replicate.bill)


def test_a_submission_that_was_never_taken_stays_unknown(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = replicate_job(("[refuse] a door",))
    engine.step(job)
    polls.once(job)
    polls.age(job, 3600)
    polls.once(job)

    assert polls.once(job) == 0
    assert engine.images(job)[0].state == ImageState.UNKNOWN
    assert replicate.created() == 1
    assert replicate.bill == []


def test_a_process_that_dies_before_the_name_is_saved_leaves_an_unknown_that_is_found(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = replicate_job(1)
    call = claim(engine.dispatched(job)[0], new_id())
    assert call is not None
    assert mark_sent(call)
    submit(call)

    assert sweep().recovered == 1
    assert image_of(call.image_id).state == ImageState.UNKNOWN
    polls.once(job)
    engine.step(job)
    assert engine.fresh(job).state == JobState.COMPLETED
    assert replicate.created() == 1
    check_invariants(job, replicate.bill)


def test_a_slow_process_that_saves_the_name_late_is_still_heard(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = replicate_job(1)
    call = claim(engine.dispatched(job)[0], new_id())
    assert call is not None
    assert mark_sent(call)
    submitted = submit(call)
    sweep()
    note_submitted(call, submitted)

    polls.once(job)
    engine.step(job)
    assert engine.fresh(job).state == JobState.COMPLETED
    check_invariants(job, replicate.bill)


def test_two_lost_calls_of_one_image_are_not_told_apart(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = replicate_job(("[drop] a door",))
    engine.step(job)
    with transaction() as session:
        first = session.scalars(select(Attempt)).one()
        twin = Attempt(
            image_id=first.image_id,
            number=2,
            provider=first.provider,
            model=first.model,
            prompt_sent=first.prompt_sent,
            outcome=AttemptOutcome.LOST,
            sent_at=first.sent_at,
        )
        session.add(twin)

    polls.once(job)
    assert engine.images(job)[0].state == ImageState.UNKNOWN
    assert [attempt.remote_id for attempt in polls.attempts(job)] == [None, None]


@pytest.mark.parametrize("name", ["nsfw", "e005"])
def test_a_refused_picture_uses_the_fallback_once(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate, name: str
) -> None:
    job = polls.run(replicate_job((f"[{name}] a door",), fallback_prompt="a plain door"))

    assert job.state == JobState.COMPLETED
    assert engine.images(job)[0].used_fallback
    assert replicate.created() == 2


def test_a_failed_prediction_fails_its_image_with_the_providers_words(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = polls.run(replicate_job(("[failed] a door",)))

    (image,) = engine.images(job)
    assert (job.state, image.state, image.error_type) == (JobState.FAILED, ImageState.FAILED, "permanent")
    assert "CUDA out of memory" in (image.error_message or "")
    assert image.provider_request_id == replicate.predictions[0].id
    assert polls.once(job) == 0


@pytest.mark.parametrize("name", ["aborted", "interrupted"])
def test_a_prediction_that_never_ran_is_tried_again(
    polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate, name: str
) -> None:
    job = polls.run(replicate_job((f"[{name}-once] a door",)))

    assert job.state == JobState.COMPLETED
    assert replicate.created() == 2
    assert len(replicate.bill) == 1


def test_too_many_creations_wait_and_are_made_later(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = polls.run(replicate_job(("[429-once] a door",)))

    assert job.state == JobState.COMPLETED
    assert engine.images(job)[0].transient_failures == 0
    assert len(replicate.bill) == 1


@pytest.mark.parametrize(("name", "words"), [("402", "no credit"), ("401", "REPLICATE_API_TOKEN")])
def test_an_account_that_does_not_work_pauses_its_jobs(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, name: str, words: str
) -> None:
    job = polls.run(replicate_job((f"[{name}] a door",)))

    assert job.state == JobState.PAUSED
    assert words in (job.pause_reason or "")
    assert engine.images(job)[0].state == ImageState.QUEUED


@pytest.mark.parametrize("name", ["gone", "file-gone"])
def test_a_picture_that_was_deleted_before_we_came_is_unknown(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate, name: str
) -> None:
    job = polls.run(replicate_job((f"[{name}] a door",)))

    (image,) = engine.images(job)
    assert (image.state, image.error_type) == (ImageState.UNKNOWN, "ambiguous")
    assert "one hour" in (image.error_message or "")
    assert polls.once(job) == 0
    assert replicate.created() == 1
    check_invariants(job, replicate.bill)


@pytest.mark.parametrize("name", ["ask-500", "ask-429", "ask-close"])
def test_trouble_in_asking_changes_nothing(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate, name: str
) -> None:
    job = replicate_job((f"[{name}-once] a door",))
    engine.step(job)
    polls.once(job)

    assert engine.images(job)[0].state == ImageState.GENERATING
    assert polls.run(job).state == JobState.COMPLETED
    assert replicate.created() == 1


def test_bytes_that_are_no_picture_are_fetched_again_until_it_is_too_late(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob
) -> None:
    job = replicate_job(("[not-a-picture] a door",))
    engine.step(job)
    polls.once(job)
    assert engine.images(job)[0].state == ImageState.GENERATING

    polls.age(job, 600 + 121)
    polls.once(job)
    assert engine.images(job)[0].state == ImageState.UNKNOWN
    polls.age(job, 2 * 3600)
    polls.once(job)
    assert polls.once(job) == 0


def test_a_store_and_a_disk_that_take_nothing_leave_the_picture_with_the_provider(
    app: Flask, engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = replicate_job(1)
    engine.step(job)
    with monkeypatch.context() as broken:
        broken.setattr("app.generation.originals.keep", _full)
        polls.once(job)
    assert engine.images(job)[0].state == ImageState.GENERATING
    assert polls.run(job).state == JobState.COMPLETED


def _full(*_arguments: object, **_values: object) -> None:
    raise StorageError("Neither the store nor the local disk takes the picture.")


def test_a_prediction_beyond_its_deadline_is_cancelled_and_fails(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = replicate_job(("[hold] a door",))
    engine.step(job)
    polls.age(job, 601)
    polls.once(job)
    assert replicate.predictions[0].status == "canceled"
    polls.once(job)

    (image,), (attempt,) = engine.images(job), polls.attempts(job)
    assert (image.state, attempt.may_have_billed) == (ImageState.FAILED, True)
    assert "not ready within 10 minutes" in (image.error_message or "")
    assert replicate.created() == 1


def test_one_that_does_not_let_itself_be_cancelled_is_unknown_and_taken_when_it_comes(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    replicate.world.latency = 3600
    job = replicate_job(("[no-cancel] a door",))
    engine.step(job)
    polls.age(job, 600 + 121)
    polls.once(job)
    assert engine.images(job)[0].state == ImageState.UNKNOWN
    assert engine.fresh(job).state == JobState.FAILED

    replicate.world.latency = 0
    polls.once(job)
    engine.step(job)
    assert engine.fresh(job).state == JobState.COMPLETED
    check_invariants(job, replicate.bill)


def test_only_the_message_that_holds_the_mark_asks(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = replicate_job(("[hold] a door",))
    engine.step(job)
    (attempt,) = polls.attempts(job)
    mark = polls.due_now(attempt)
    before = len(replicate.seen)

    assert [poll(attempt.id, mark), poll(attempt.id, mark)] == [True, False]
    assert len(replicate.seen) == before + 1


def test_due_jobs_are_sent_once_each(app: Flask, engine: Engine, polls: Polls, replicate_job: MakeReplicateJob) -> None:
    job = replicate_job(tuple(f"[hold] door {number}" for number in range(5)))
    engine.step(job)
    for attempt in polls.attempts(job):
        polls.due_now(attempt)

    assert sum(in_threads(app, send_due_polls, send_due_polls)) == 5
    assert send_due_polls() == 0


def test_two_that_ask_at_once_keep_one_picture(
    app: Flask, engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = replicate_job(1)
    engine.step(job)
    (attempt,) = polls.attempts(job)
    first, second = claim_poll(attempt.id), claim_poll(attempt.id)
    assert first is not None
    assert second is not None
    in_threads(app, lambda: act(first), lambda: act(second))
    engine.step(job)

    assert engine.fresh(job).state == JobState.COMPLETED
    assert len(db.session.scalars(select(Asset)).all()) == 1
    assert engine.fresh(job).actual_cost == Decimal("0.003")
    assert counters_equal_rows(job.id)
    check_invariants(job, replicate.bill)


def test_a_removed_token_stops_nothing_that_can_be_asked_again_later(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = replicate_job(1)
    engine.step(job)
    replicate.world.token = "another"
    polls.once(job)
    assert engine.images(job)[0].state == ImageState.GENERATING
    assert engine.fresh(job).state == JobState.PAUSED

    replicate.world.token = None
    polls.once(job)
    engine.step(job)
    assert engine.images(job)[0].state == ImageState.COMPLETED


def test_living_processes_are_not_needed_for_what_the_provider_makes(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob
) -> None:
    job = replicate_job(("[hold] a door",))
    engine.step(job)
    with transaction() as session:
        session.execute(update(Image).where(Image.job_id == job.id).values(claimed_by=new_id()))
        assert session.scalars(select(Process)).all()

    assert sweep().recovered == 0
    assert engine.images(job)[0].state == ImageState.GENERATING
