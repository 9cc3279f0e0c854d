"""Who is alive, by the database's clock, and who holds a right that only one may have."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from app.core.database import db, db_now, new_id, transaction
from app.generation.heartbeat import Heartbeat, alive
from app.generation.lease import hold, let_go
from app.generation.process_models import Lease, Process
from tests.integration.generation.situations import in_threads
from tests.services.waiting import wait_until

TIME = timedelta(seconds=15)


def living(lease_seconds: float = 30) -> list[UUID]:
    db.session.rollback()
    return list(db.session.scalars(alive(lease_seconds)))


def set_beat(process_id: UUID, seconds_ago: float) -> None:
    with transaction() as session:
        moment = db_now() - timedelta(seconds=seconds_ago)
        session.execute(update(Process).where(Process.id == process_id).values(beat_at=moment))


def last_beat(process_id: UUID) -> object:
    db.session.rollback()
    return db.session.scalar(select(Process.beat_at).where(Process.id == process_id))


def test_a_started_process_lives_and_a_stopped_one_has_no_row(app: Flask) -> None:
    heartbeat = Heartbeat(app, kind="generate", lease_seconds=30)
    heartbeat.start()
    assert living() == [heartbeat.process_id]

    heartbeat.stop()

    db.session.rollback()
    assert db.session.scalars(select(Process)).all() == []


@pytest.mark.parametrize(("seconds", "lives"), [(29.0, True), (31.0, False)])
def test_a_process_lives_for_its_lease_after_the_last_beat(app: Flask, seconds: float, lives: bool) -> None:
    heartbeat = Heartbeat(app, kind="generate", lease_seconds=3000)
    heartbeat.start()
    set_beat(heartbeat.process_id, seconds)

    assert (living() == [heartbeat.process_id]) is lives
    heartbeat.stop()


def test_it_beats_often_within_its_lease(app: Flask) -> None:
    heartbeat = Heartbeat(app, kind="generate", lease_seconds=0.3)
    heartbeat.start()
    first = last_beat(heartbeat.process_id)

    wait_until(lambda: last_beat(heartbeat.process_id) != first, within=5, what="a second beat")
    heartbeat.stop()


def test_a_process_that_was_taken_for_dead_is_back_with_its_next_beat(app: Flask) -> None:
    heartbeat = Heartbeat(app, kind="generate", lease_seconds=0.6)
    heartbeat.start()
    with transaction() as session:
        session.execute(delete(Process))

    wait_until(lambda: living() == [heartbeat.process_id], within=5, what="its row to be written again")
    heartbeat.stop()


@pytest.mark.parametrize("seconds", [600.0, -600.0])
def test_silence_means_nothing_for_a_lease_after_the_clock_was_set(
    app: Flask, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    heartbeat = Heartbeat(app, kind="generate", lease_seconds=2)
    heartbeat.start()
    wait_until(lambda: heartbeat.trusted, what="to be trusted")

    monkeypatch.setattr("app.generation.heartbeat.db_now", lambda: db_now() + timedelta(seconds=seconds))

    assert not heartbeat.trusted
    assert heartbeat.even_seconds < 2
    wait_until(lambda: heartbeat.trusted, what="to be trusted again")
    assert heartbeat.even_seconds >= 2
    heartbeat.stop()


def test_a_clock_that_is_corrected_a_little_changes_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeat = Heartbeat(app, kind="generate", lease_seconds=30)
    heartbeat.start()

    monkeypatch.setattr("app.generation.heartbeat.db_now", lambda: db_now() + timedelta(seconds=1))

    assert heartbeat.trusted
    heartbeat.stop()


def test_one_of_many_gets_the_lease(app: Flask) -> None:
    holders = [new_id() for _ in range(6)]

    held = in_threads(app, *[lambda holder=holder: hold("schedule", holder, TIME) for holder in holders])

    assert held.count(True) == 1


def test_the_holder_prolongs_and_the_others_wait_for_the_end(app: Flask) -> None:
    one, other = new_id(), new_id()

    assert hold("schedule", one, TIME)
    assert hold("schedule", one, TIME)
    assert not hold("schedule", other, TIME)
    with transaction() as session:
        session.execute(update(Lease).values(expires_at=db_now() - timedelta(seconds=1)))
    assert hold("schedule", other, TIME)
    assert not hold("schedule", one, TIME)


def test_a_lease_let_go_is_free_at_once_and_only_its_holder_can_let_go(app: Flask) -> None:
    one, other = new_id(), new_id()
    hold("schedule", one, TIME)

    let_go("schedule", other)
    assert not hold("schedule", other, TIME)
    let_go("schedule", one)
    assert hold("schedule", other, TIME)
