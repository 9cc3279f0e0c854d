"""The provider's API over real sockets, and an installation that uses it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.settings import Settings
from app.generation.models import Job
from tests.fakes.openai_api import FakeOpenAI
from tests.services.application import MakeJob, make_settings

KEY = "sk-test-0123456789abcdefghijklmnop"
MakeOpenAIJob = Callable[..., Job]


@pytest.fixture
def api(tmp_path: Path) -> Iterator[FakeOpenAI]:
    with FakeOpenAI(bill=tmp_path / "bill.jsonl", key=KEY) as server:
        yield server


@pytest.fixture
def openai_settings(tmp_path: Path, database_url: str, redis_url: str, api: FakeOpenAI) -> Settings:
    """Settings with a key for the fake provider, a high limit, and a lease of a second."""
    return make_settings(
        tmp_path / "data",
        database_url,
        redis_url,
        OPENAI_API_KEY=KEY,
        OPENAI_BASE_URL=api.base_url,
        images_per_minute={"openai": 3000},
        lease_seconds=1.0,
        sweep_seconds=0.5,
        generate_threads=24,
    )


@pytest.fixture
def openai_job(make_job: MakeJob) -> MakeOpenAIJob:
    """Create a job for the fake provider; the test module makes `settings` the `openai_settings`."""

    def make(*arguments: object, **values: object) -> Job:
        return make_job(*arguments, **{"model": "openai/gpt-image-2.5-flare", **values})

    return make
