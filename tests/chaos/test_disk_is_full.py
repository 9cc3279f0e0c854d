"""A disk that takes nothing any more, under a real worker process that has paid for its pictures."""

import resource
import sys

import psutil  # type: ignore[import-untyped]
import pytest

from app.core.settings import Settings
from app.generation.states import JobState
from tests.chaos.conftest import fresh, wait_for_end
from tests.fakes.openai_api import FakeOpenAI
from tests.services.invariants import check_invariants
from tests.services.provider import MakeOpenAIJob
from tests.services.waiting import wait_until
from tests.services.workers import Workers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of running processes are set on Linux alone")
NOTHING = 512
"""Bytes a file may have: less than any picture."""


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """Whose process has no limit."""
    return postgres_url


@pytest.fixture
def settings(openai_settings: Settings) -> Settings:
    return openai_settings


def let_files_grow(workers: Workers, limit: int) -> None:
    for process in workers.family("generate"):
        process.rlimit(psutil.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def test_paid_pictures_wait_in_memory_until_there_is_room(
    workers: Workers, openai_job: MakeOpenAIJob, api: FakeOpenAI
) -> None:
    workers.start()
    let_files_grow(workers, NOTHING)
    job = openai_job(6)
    wait_until(lambda: len(api.bill) == 6, what="the calls to be made")
    wait_until(lambda: workers.text.count("result_waits") >= 6, what="the pictures to wait")
    assert fresh(job).generating_count == 6

    let_files_grow(workers, resource.RLIM_INFINITY)

    assert wait_for_end(job).state == JobState.COMPLETED
    assert len(api.bill) == 6
    check_invariants(job, api.bill)
