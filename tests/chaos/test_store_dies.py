"""Real worker processes and a store that is killed under them."""

from collections.abc import Iterator

import pytest

from app.core.settings import Settings
from app.generation.states import JobState
from app.processes.guard import Guard
from tests.chaos.conftest import fresh, wait_for_end
from tests.fakes.openai_api import FakeOpenAI
from tests.services.invariants import check_invariants
from tests.services.provider import MakeOpenAIJob
from tests.services.s3 import AWS_ENVIRONMENT, Bucket, RcloneServer
from tests.services.waiting import wait_until
from tests.services.workers import Workers


@pytest.fixture
def settings(openai_settings: Settings, rclone_s3: Bucket) -> Settings:
    return openai_settings.model_copy(update={"storage_url": rclone_s3.storage_url("studio")})


@pytest.fixture
def workers(settings: Settings, guard: Guard) -> Iterator[Workers]:
    made = Workers(settings, guard, **AWS_ENVIRONMENT)
    yield made
    made.kill()


def test_a_store_killed_in_mid_job_delays_and_loses_nothing(
    workers: Workers, settings: Settings, openai_job: MakeOpenAIJob, api: FakeOpenAI, rclone_server: RcloneServer
) -> None:
    api.set(latency=0.2)
    workers.start()
    job = openai_job(24)

    wait_until(lambda: len(api.bill) >= 8, what="8 pictures to be billed")
    rclone_server.kill()
    wait_until(lambda: fresh(job).storing_count >= 4 and len(api.bill) == 24, within=60, what="pictures to wait")
    assert fresh(job).failed_count == fresh(job).unknown_count == 0
    rclone_server.start()

    assert wait_for_end(job).state == JobState.COMPLETED
    assert len(api.bill) == 24
    assert [path for path in (settings.data_dir / "spool").rglob("*") if path.is_file()] == []
    check_invariants(job, api.bill)
