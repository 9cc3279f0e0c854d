"""A provider with jobs of its own over real sockets, and an installation that uses it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.settings import Settings
from app.generation.models import Job
from tests.fakes.replicate_api import FakeReplicate
from tests.services.application import MakeJob, make_settings

TOKEN = "r8_Secret0123456789abcdefghijklmnopqrst"
MODEL = "replicate/black-forest-labs/flux-schnell"
MakeReplicateJob = Callable[..., Job]


@pytest.fixture
def replicate(tmp_path: Path) -> Iterator[FakeReplicate]:
    with FakeReplicate(bill=tmp_path / "replicate-bill.jsonl", token=TOKEN) as server:
        yield server


@pytest.fixture
def replicate_settings(tmp_path: Path, database_url: str, redis_url: str, replicate: FakeReplicate) -> Settings:
    """Settings with a token for the fake provider, and a lease of a second."""
    return make_settings(
        tmp_path / "data",
        database_url,
        redis_url,
        REPLICATE_API_TOKEN=TOKEN,
        REPLICATE_BASE_URL=replicate.base_url,
        replicate_file_host=replicate.file_host,
        images_per_minute={"replicate": 3000},
        lease_seconds=1.0,
        sweep_seconds=0.5,
        generate_threads=24,
    )


@pytest.fixture
def replicate_job(make_job: MakeJob) -> MakeReplicateJob:
    """Create a job for the fake provider; the test module makes `settings` the `replicate_settings`."""

    def make(*arguments: object, **values: object) -> Job:
        return make_job(*arguments, **{"model": MODEL, "quality": "medium", **values})

    return make
