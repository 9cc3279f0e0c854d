"""A cancelled job cancels at the provider too, and a person can check again what became of an unknown picture."""

import pytest

from app.generation.control import cancel_job
from app.generation.models import AttemptOutcome, Job
from app.generation.remote import Found, ask_about, can_ask
from app.generation.states import ImageState, JobState
from tests.fakes.replicate_api import FakeReplicate
from tests.integration.generation.situations import counters_equal_rows
from tests.integration.remote.conftest import Polls
from tests.services.application import MakeJob, Team
from tests.services.engine import Engine
from tests.services.invariants import check_invariants
from tests.services.replicate import MakeReplicateJob


def cancelled(job: Job, team: Team) -> int:
    return cancel_job(job.id, workspace_id=team.workspace_id, actor=team.actor).in_flight


def test_what_the_provider_still_works_on_is_cancelled_there(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate, team: Team
) -> None:
    job = replicate_job(("[hold] a door", "[hold] a gate"))
    engine.step(job)
    assert cancelled(job, team) == 2
    assert engine.fresh(job).state == JobState.CANCELLING

    polls.once(job)
    assert {each.status for each in replicate.predictions} == {"canceled"}
    polls.once(job)
    assert engine.fresh(job).state == JobState.CANCELLED
    assert {image.state for image in engine.images(job)} == {ImageState.CANCELLED}
    assert {attempt.outcome for attempt in polls.attempts(job)} == {AttemptOutcome.CANCELLED}
    assert polls.once(job) == 0
    assert counters_equal_rows(job.id)


def test_a_cancelled_job_keeps_the_picture_that_was_ready(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate, team: Team
) -> None:
    job = replicate_job(("a door", "[hold] a gate"))
    engine.step(job)
    cancelled(job, team)
    polls.run(job)

    assert [image.state for image in engine.images(job)] == [ImageState.COMPLETED, ImageState.CANCELLED]
    assert engine.fresh(job).state == JobState.CANCELLED
    check_invariants(job, replicate.bill)


def test_one_that_cannot_be_cancelled_finishes_and_is_kept(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate, team: Team
) -> None:
    replicate.world.latency = 3600
    job = replicate_job(("[no-cancel] a door",))
    engine.step(job)
    cancelled(job, team)
    polls.once(job)
    assert engine.images(job)[0].state == ImageState.GENERATING

    replicate.world.latency = 0
    assert polls.run(job).state == JobState.CANCELLED
    assert engine.images(job)[0].state == ImageState.COMPLETED
    check_invariants(job, replicate.bill)


def test_a_prediction_cancelled_on_the_providers_site_is_cancelled_here(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = replicate_job(("[hold] a door", "a gate"))
    engine.step(job)
    replicate.world.cancel(next(each for each in replicate.predictions if "hold" in each.prompt))
    polls.run(job)

    assert [image.state for image in engine.images(job)] == [ImageState.CANCELLED, ImageState.COMPLETED]


def test_a_direct_provider_cannot_be_asked(engine: Engine, polls: Polls, make_job: MakeJob) -> None:
    job = make_job(1)
    engine.step(job)
    (image,) = engine.images(job)
    assert not can_ask(image.id)


def test_checking_again_finds_a_lost_picture(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    job = replicate_job(("[drop] a door",))
    engine.step(job)
    (image,) = engine.images(job)
    assert can_ask(image.id)

    assert ask_about(image.id).found is Found.PICTURE
    engine.step(job)
    assert engine.fresh(job).state == JobState.COMPLETED
    assert ask_about(image.id).found is Found.PICTURE
    check_invariants(job, replicate.bill)


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("[drop] [hold] a door", Found.WORKING),
        ("[drop] [nsfw] a door", Found.FAILED),
        ("[drop] [file-gone] a door", Found.GONE),
        ("[drop] [ask-500] a door", Found.NOT_NOW),
        ("[refuse] a door", Found.GONE),
    ],
)
def test_checking_again_says_what_is_known_and_never_sends_again(
    engine: Engine, replicate_job: MakeReplicateJob, replicate: FakeReplicate, prompt: str, found: Found
) -> None:
    job = replicate_job((prompt,))
    engine.step(job)
    (image,) = engine.images(job)

    asked = ask_about(image.id)

    assert asked.found is found
    assert engine.images(job)[0].state == ImageState.UNKNOWN
    assert replicate.created() == 1
    assert counters_equal_rows(job.id)


def test_what_the_provider_says_later_is_written_on_the_unknown_image(
    engine: Engine, polls: Polls, replicate_job: MakeReplicateJob
) -> None:
    job = replicate_job(("[drop] [nsfw] a door",))
    engine.step(job)
    (image,) = engine.images(job)
    ask_about(image.id)

    (image,), (attempt,) = engine.images(job), polls.attempts(job)
    assert "NSFW" in (image.error_message or "")
    assert attempt.outcome == AttemptOutcome.CONTENT_POLICY
    assert not can_ask(image.id)
    assert ask_about(image.id).found is Found.CANNOT_ASK
