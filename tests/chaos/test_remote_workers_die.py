"""Real processes are killed while the provider works: others fetch its pictures, and each is billed once."""

import pytest

from app.core.fail_points import MARKS, Action
from app.core.settings import Settings
from app.generation.control import cancel_job
from app.generation.states import JobState
from app.processes.guard import Guard
from tests.chaos.conftest import fresh, wait_for_end
from tests.chaos.moments import REMOTE_SUBMITTED
from tests.chaos.stage import armed
from tests.fakes.replicate_api import FakeReplicate
from tests.services.application import Team
from tests.services.invariants import check_invariants
from tests.services.replicate import MakeReplicateJob
from tests.services.waiting import wait_until
from tests.services.workers import Workers


@pytest.fixture
def settings(replicate_settings: Settings) -> Settings:
    return replicate_settings


def test_pictures_under_way_are_fetched_by_the_next_workers(
    workers: Workers, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    replicate.world.latency = 3600
    workers.start()
    job = replicate_job(12)
    wait_until(lambda: len(replicate.predictions) == 12, what="all predictions to be created")
    wait_until(lambda: workers.text.count("remote_job_submitted") == 12, what="all names to be saved")

    workers.kill()
    replicate.world.latency = 0
    workers.start()

    assert wait_for_end(job).state == JobState.COMPLETED
    assert replicate.created() == len(replicate.bill) == 12
    check_invariants(job, replicate.bill)


def test_workers_killed_in_mid_job_lose_nothing_and_pay_nothing_twice(
    workers: Workers, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    replicate.world.latency = 0.5
    workers.start()
    job = replicate_job(40)
    for share in (8, 24):
        wait_until(lambda share=share: len(replicate.bill) >= share, what=f"{share} pictures to be billed")
        workers.kill()
        workers.start()

    ended = wait_for_end(job)
    assert ended.completed_count + ended.unknown_count == 40
    # A call that was cut off before it arrived has created nothing; its image is unknown.
    assert ended.completed_count <= replicate.created() <= 40
    check_invariants(job, replicate.bill)


def test_a_job_whose_name_was_lost_is_not_created_again(
    settings: Settings, guard: Guard, replicate_job: MakeReplicateJob, replicate: FakeReplicate
) -> None:
    """M5: the provider has taken the job, and the process dies before a row knows what it is called there."""
    replicate.world.latency = 0.2
    workers = Workers(settings, guard, **armed(REMOTE_SUBMITTED.failure(Action.KILL)))
    try:
        workers.start()
        job = replicate_job(12)
        mark = settings.data_dir / MARKS / REMOTE_SUBMITTED.point
        wait_until(mark.is_file, what="the process to die")
        workers.kill("generate")
        workers.start("generate")

        ended = wait_for_end(job)
    finally:
        workers.kill()
    assert ended.completed_count + ended.unknown_count == 12
    assert ended.completed_count <= replicate.created() <= 12  # as above
    check_invariants(job, replicate.bill)


def test_a_cancelled_job_ends_soon_although_the_provider_would_work_for_an_hour(
    workers: Workers, replicate_job: MakeReplicateJob, replicate: FakeReplicate, team: Team
) -> None:
    replicate.world.latency = 3600
    workers.start()
    job = replicate_job(5)
    wait_until(lambda: fresh(job).generating_count == 5, what="all to be under way")
    wait_until(lambda: workers.text.count("remote_job_submitted") == 5, what="all names to be saved")
    cancel_job(job.id, workspace_id=team.workspace_id, actor=team.actor)

    ended = wait_for_end(job, within=20)
    assert (ended.state, ended.cancelled_count) == (JobState.CANCELLED, 5)
    assert {each.status for each in replicate.predictions} == {"canceled"}
    assert replicate.bill == []
