"""Valkey killed and emptied in mid-job: the rows are the truth."""

from app.generation.states import JobState
from tests.chaos.conftest import wait_for_end
from tests.fakes.openai_api import FakeOpenAI
from tests.services.invariants import billed, check_invariants
from tests.services.provider import MakeOpenAIJob
from tests.services.valkey import ValkeyServer
from tests.services.waiting import wait_until
from tests.services.workers import Workers


def test_an_emptied_valkey_loses_no_work_and_costs_nothing(
    workers: Workers, openai_job: MakeOpenAIJob, api: FakeOpenAI, valkey: ValkeyServer
) -> None:
    api.set(latency=0.1)
    workers.start()
    job = openai_job(40)

    wait_until(lambda: len(api.bill) >= 10, what="10 pictures to be billed")
    valkey.kill()
    valkey.start()
    valkey.empty()

    ended = wait_for_end(job)
    assert ended.state == JobState.COMPLETED
    assert len(api.bill) == 40
    assert ended.actual_cost == billed(api.bill)
    check_invariants(job, api.bill)
