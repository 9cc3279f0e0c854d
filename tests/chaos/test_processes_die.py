"""What is left after real processes are killed at the worst moments."""

from app.generation.states import JobState
from tests.chaos.conftest import fresh, wait_for_end
from tests.fakes.openai_api import FakeOpenAI
from tests.services.invariants import check_invariants
from tests.services.provider import MakeOpenAIJob
from tests.services.waiting import wait_until
from tests.services.workers import Workers


def test_workers_killed_twice_in_mid_job_lose_nothing_and_pay_nothing_twice(
    workers: Workers, openai_job: MakeOpenAIJob, api: FakeOpenAI
) -> None:
    api.set(latency=0.3, jitter=0.1)
    workers.start()
    job = openai_job(60)

    for share in (15, 35):
        wait_until(lambda share=share: len(api.bill) >= share, what=f"{share} pictures to be billed")
        workers.kill()
        workers.start()

    ended = wait_for_end(job)
    assert ended.completed_count + ended.unknown_count == 60
    check_invariants(job, api.bill)


def test_a_stopped_worker_finishes_its_calls_and_leaves_no_unknown(
    workers: Workers, openai_job: MakeOpenAIJob, api: FakeOpenAI
) -> None:
    api.set(latency=0.5)
    workers.start()
    job = openai_job(30)

    wait_until(lambda: fresh(job).generating_count > 3, what="calls to be in flight")
    workers.stop()
    assert fresh(job).generating_count == fresh(job).unknown_count == 0
    workers.start()

    assert wait_for_end(job).state == JobState.COMPLETED
    check_invariants(job, api.bill)
