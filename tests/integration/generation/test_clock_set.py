"""On SQLite the machine's clock is the database's, and may be set while calls are in flight."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

import pytest

from app.core.settings import Settings
from app.generation.call import mark_sent
from app.generation.recover import abandoned
from app.generation.states import ImageState
from app.generation.sweep import sweep
from tests.integration.generation.situations import claimed, image_of, set_image
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob
from tests.services.waiting import wait_until

TEN_MINUTES = timedelta(minutes=10)


class Ahead(datetime):
    """The clock of a machine that somebody has set ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp((datetime.now(UTC) + TEN_MINUTES).timestamp(), tz)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def settings(openai_settings: Settings) -> Settings:
    return openai_settings.model_copy(update={"lease_seconds": 3.0})


def test_a_living_call_stays_one_when_the_clock_is_set_ahead(
    engine: Engine, openai_job: MakeOpenAIJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = claimed(engine, openai_job(1))
    mark_sent(call)

    monkeypatch.setattr("app.core.database.datetime", Ahead)
    assert swept(engine) == 0
    wait_until(lambda: engine.heartbeat.trusted, what="the living to have beaten again")
    assert swept(engine) == 0

    assert image_of(call.image_id).state == ImageState.GENERATING


def swept(engine: Engine) -> int:
    return sweep(may_recover=engine.heartbeat.trusted, even_seconds=engine.heartbeat.even_seconds).recovered


@pytest.mark.parametrize(("even_seconds", "found"), [(60.0, 0), (3600.0, 1)])
def test_a_call_is_only_late_by_a_clock_that_has_run_evenly_for_so_long(
    engine: Engine, openai_job: MakeOpenAIJob, even_seconds: float, found: int
) -> None:
    call = claimed(engine, openai_job(1))
    set_image(call.image_id, started_at=datetime.now(UTC) - timedelta(hours=1))

    assert len(abandoned(even_seconds)) == found
