"""Worker processes of two hosts share one pace: the provider sees one even stream."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.core.database import db
from app.core.settings import Settings
from app.generation.models import Attempt
from app.generation.states import JobState
from app.processes.guard import Guard
from tests.chaos.conftest import wait_for_end
from tests.fakes.openai_api import FakeOpenAI, SlidingWindow, TokenBucket
from tests.services.provider import MakeOpenAIJob
from tests.services.workers import Workers

PER_MINUTE = 300
IMAGES = 60
STALL_SECONDS = 2 * 60 / PER_MINUTE
"""At 98 % of the limit this window has room for a start that is one interval late, 0.2 s; a pause of two is more than that.

A provider's own minute has room for six times as much.
"""


class Both:
    """A window of ten seconds and a bucket of five: what either refuses is refused."""

    def __init__(self) -> None:
        self._limits = (SlidingWindow(PER_MINUTE // 6, 10), TokenBucket(PER_MINUTE, 5))

    def take(self, now: float | None = None) -> float:
        return max(limit.take(now) for limit in self._limits)


@pytest.fixture
def settings(openai_settings: Settings, tmp_path: Path) -> Settings:
    values = {"lease_seconds": 30.0, "images_per_minute": {"openai": PER_MINUTE}}
    return openai_settings.model_copy(update={**values, "storage_url": f"file://{tmp_path / 'media'}"})


@pytest.fixture
def hosts(settings: Settings, guard: Guard, tmp_path: Path) -> Iterator[list[Workers]]:
    made = [Workers(settings.model_copy(update={"data_dir": tmp_path / f"host-{number}"}), guard) for number in (1, 2)]
    for host in made:
        host.start()
    yield made
    for host in made:
        host.kill()


def stalls(api: FakeOpenAI) -> int:
    """How often no call came for longer than the window forgives: the machine let the processes sleep."""
    starts = sorted(call["started"] for call in api.calls[-IMAGES:])
    return sum(later - earlier > STALL_SECONDS for earlier, later in pairwise(starts))


def test_two_hosts_share_one_pace(hosts: list[Workers], openai_job: MakeOpenAIJob, api: FakeOpenAI) -> None:
    warm_up = openai_job(4)
    wait_for_end(warm_up)
    api.set(latency=1.0, jitter=0.5, limit=Both())

    job = wait_for_end(openai_job(IMAGES))

    processes = select(func.count(func.distinct(Attempt.process_id)))
    assert job.state == JobState.COMPLETED
    assert api.counters["ok"] == IMAGES + 4
    assert api.counters.get("rate_limited", 0) <= stalls(api)
    assert db.session.execute(processes).scalar_one() == 2
