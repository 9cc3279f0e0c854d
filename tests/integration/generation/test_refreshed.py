"""What a process keeps of the database for a moment."""

from threading import Event

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from app.accounts.models import Workspace
from app.core.database import db, transaction
from app.generation.refreshed import Refreshed
from tests.integration.generation.situations import in_threads

LONG = 1000.0


class Counting:
    """Counts workspaces, and how often it was asked; fails while it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = False

    def __call__(self, connection: Connection) -> int:
        self.asked += 1
        if self.fails:
            raise OperationalError("SELECT", {}, Exception("the server is gone"))
        return connection.execute(text("SELECT count(*) FROM workspaces")).scalar_one()


def test_it_is_read_again_when_it_is_old_or_forgotten(app: Flask) -> None:
    read = Counting()
    kept, always = Refreshed(read, LONG), Refreshed(read, 0.0)
    assert [kept.get(), kept.get(), read.asked] == [0, 0, 1]
    kept.forget()
    assert [kept.get(), read.asked] == [0, 2]
    assert [always.get(), always.get(), read.asked] == [0, 0, 4]


def test_inside_a_write_the_writers_own_connection_is_asked(app: Flask) -> None:
    """A second one might be waited for by all who hold a first."""
    kept = Refreshed(Counting(), LONG)
    with transaction() as session:
        session.add(Workspace(name="New", slug="new"))
        session.flush()
        assert kept.get() == 1


def test_it_leaves_no_read_open(app: Flask) -> None:
    db.session.rollback()
    Refreshed(Counting(), LONG).get()
    assert not db.session().in_transaction()


def test_while_the_database_does_not_answer_the_old_value_stays(app: Flask) -> None:
    read = Counting()
    kept = Refreshed(read, 0.0)
    kept.get()
    read.fails = True
    assert kept.get() == 0
    with pytest.raises(OperationalError):
        Refreshed(read, LONG).get()


def test_nobody_waits_for_another_who_reads(app: Flask) -> None:
    """Whoever waits may hold a row that the reader's connection is waited for with."""
    reading, go_on, calls = Event(), Event(), []

    def read(_connection: Connection) -> int:
        calls.append(1)
        if len(calls) == 2:
            reading.set()
            assert go_on.wait(10)
        return len(calls)

    kept = Refreshed(read, 0.0)
    assert kept.get() == 1

    def meanwhile() -> int:
        assert reading.wait(10)
        try:
            return kept.get()
        finally:
            go_on.set()

    assert in_threads(app, kept.get, meanwhile) == [2, 1]
