"""However many schedulers run, one is effective."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dramatiq
import pytest
import redis
from flask import Flask
from sqlalchemy import update

from app.core.database import db_now, transaction
from app.core.queue import ActorName
from app.core.settings import Settings
from app.generation.process_models import Lease
from app.publishing.nightly import run_nightly


@pytest.fixture
def schedule(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module `actors.schedule`."""
    monkeypatch.setenv("REDIS_URL", settings.redis_url or "")
    installed = dramatiq.get_broker()
    from actors import schedule

    dramatiq.set_broker(installed)  # importing the actors has installed theirs
    return schedule


def waiting(settings: Settings, queue: str = "control") -> int:
    with redis.Redis.from_url(settings.redis_url or "") as client:
        return int(client.llen(f"proofsheet:{queue}"))  # type: ignore[arg-type]


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


def test_dispatch_and_questions_run_each_second_and_the_sweep_as_set(settings: Settings, schedule: Any) -> None:
    intervals = {actor: trigger.interval for actor, trigger in schedule.table(settings) if hasattr(trigger, "interval")}
    assert intervals == {
        ActorName.DISPATCH: timedelta(seconds=1),
        ActorName.POLL_REMOTE_JOBS: timedelta(seconds=1),
        ActorName.SWEEP: timedelta(seconds=settings.sweep_seconds),
        ActorName.NIGHTLY: timedelta(minutes=10),
    }


def test_the_nights_work_is_due_at_three(settings: Settings, schedule: Any) -> None:
    [trigger] = [trigger for actor, trigger in schedule.table(settings) if not hasattr(trigger, "interval")]
    noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert trigger.get_next_fire_time(None, noon) == datetime(2026, 11, 26, 3, tzinfo=UTC)


def test_the_nights_work_is_asked_for_until_it_is_done(app: Flask, settings: Settings, schedule: Any) -> None:
    one = schedule.Schedule(app)
    one.send(ActorName.NIGHTLY)
    assert waiting(settings, "store") == 1

    assert run_nightly() is not None
    one.send(ActorName.NIGHTLY)

    assert waiting(settings, "store") == 1
    assert run_nightly() is None
