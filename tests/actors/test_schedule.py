"""However many schedulers run, one is effective."""

from datetime import timedelta
from typing import Any

import dramatiq
import pytest
import redis
from flask import Flask
from sqlalchemy import update

from app.core.database import db_now, transaction
from app.core.queue import ActorName
from app.core.settings import Settings
from app.generation.models import Lease


@pytest.fixture
def schedule(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module `actors.schedule`."""
    monkeypatch.setenv("REDIS_URL", settings.redis_url or "")
    installed = dramatiq.get_broker()
    from actors import schedule

    dramatiq.set_broker(installed)  # importing the actors has installed theirs
    return schedule


def waiting(settings: Settings) -> int:
    with redis.Redis.from_url(settings.redis_url or "") as client:
        return int(client.llen("proofsheet:control"))  # type: ignore[arg-type]


def test_of_two_schedulers_one_sends(app: Flask, settings: Settings, schedule: Any) -> None:
    one, other = schedule.Schedule(app), schedule.Schedule(app)

    for _ in range(3):
        one.send(ActorName.DISPATCH)
        other.send(ActorName.DISPATCH)

    assert waiting(settings) == 3


def test_the_next_one_takes_over_at_once_when_it_ends(app: Flask, settings: Settings, schedule: Any) -> None:
    one, other = schedule.Schedule(app), schedule.Schedule(app)
    one.send(ActorName.SWEEP)
    one.end()

    other.send(ActorName.SWEEP)

    assert waiting(settings) == 2


def test_the_next_one_takes_over_when_it_died(app: Flask, settings: Settings, schedule: Any) -> None:
    schedule.Schedule(app).send(ActorName.SWEEP)
    with transaction() as session:
        session.execute(update(Lease).values(expires_at=db_now() - timedelta(seconds=1)))

    schedule.Schedule(app).send(ActorName.SWEEP)

    assert waiting(settings) == 2


def test_dispatch_runs_each_second_and_the_sweep_as_set(settings: Settings, schedule: Any) -> None:
    assert dict(schedule.table(settings)) == {ActorName.DISPATCH: 1.0, ActorName.SWEEP: settings.sweep_seconds}
