"""transaction() is the one way to write, and loses nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.accounts.models import Workspace
from app.core import database
from app.core.database import db, db_now, end_read, in_transaction, new_id, transaction
from tests.integration.generation.situations import in_threads, meanwhile

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def workspace() -> Workspace:
    made = Workspace(name="0", slug="counted")
    with transaction() as session:
        session.add(made)
    return made


def name_of(workspace: Workspace) -> str:
    db.session.rollback()
    return db.session.scalar(select(Workspace.name).where(Workspace.id == workspace.id)) or ""


def rename(workspace: Workspace, name: str) -> None:
    db.session.execute(update(Workspace).where(Workspace.id == workspace.id).values(name=name))


def test_what_is_written_is_committed_at_the_end(workspace: Workspace) -> None:
    with transaction():
        rename(workspace, "new")
        assert in_transaction()

    assert name_of(workspace) == "new"
    assert not in_transaction()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_rolls_everything_back_and_goes_on(workspace: Workspace, error: type[BaseException]) -> None:
    def fail() -> None:
        with transaction():
            rename(workspace, "new")
            raise error

    with pytest.raises(error):
        fail()
    assert name_of(workspace) == "0"
    with transaction():
        rename(workspace, "after")
    assert name_of(workspace) == "after"


def test_a_transaction_inside_another_is_refused_and_the_outer_one_is_undone(workspace: Workspace) -> None:
    def nest() -> None:
        with transaction():
            rename(workspace, "outer")
            with transaction():
                rename(workspace, "inner")

    with pytest.raises(RuntimeError, match="inside"):
        nest()
    assert name_of(workspace) == "0"


def test_changes_made_outside_are_refused_and_not_taken_along(workspace: Workspace) -> None:
    db.session.get_one(Workspace, workspace.id).name = "sneaked in"

    with pytest.raises(RuntimeError, match="outside"), transaction():
        rename(workspace, "x")

    assert name_of(workspace) == "0"


def test_new_objects_made_outside_are_refused() -> None:
    db.session.add(Workspace(name="x", slug="x"))

    with pytest.raises(RuntimeError, match="outside"), transaction():
        pass
    db.session.rollback()


def test_a_reader_may_write_next(workspace: Workspace) -> None:
    assert db.session.scalar(select(Workspace.name)) == "0"

    with transaction():
        rename(workspace, "1")

    assert name_of(workspace) == "1"


def test_errors_of_the_database_do_not_say_what_was_written(workspace: Workspace) -> None:
    with pytest.raises(DBAPIError) as caught, transaction() as session:
        session.execute(text("INSERT INTO nowhere VALUES (:prompt)"), {"prompt": "a secret lighthouse"})

    assert "lighthouse" not in str(caught.value)


def test_a_time_limit_over_the_wait_for_ones_turn_leaves_the_turn_free(app: Flask, workspace: Workspace) -> None:
    class Interrupted(BaseException):
        pass

    def interrupted() -> None:
        with pytest.raises(Interrupted), transaction():
            raise Interrupted

    in_threads(app, interrupted, interrupted)
    in_threads(app, lambda: rename_in_turn(workspace, "after"))

    assert name_of(workspace) == "after"


def rename_in_turn(workspace: Workspace, name: str) -> None:
    with transaction():
        rename(workspace, name)


def test_the_network_is_refused_inside(workspace: Workspace) -> None:
    with pytest.raises(RuntimeError, match="network"), transaction():
        end_read()


@pytest.mark.parametrize("durable", [False, True])
def test_many_writers_keep_every_update(app: Flask, workspace: Workspace, durable: bool) -> None:
    workspace_id = workspace.id

    def count_up() -> None:
        for _ in range(50):
            db.session.scalar(select(Workspace.name))  # a read is open when the write begins, as in a request
            with transaction(durable=durable) as session:
                row = session.get_one(Workspace, workspace_id, with_for_update=True, populate_existing=True)
                row.name = str(int(row.name) + 1)

    in_threads(app, *[count_up] * 8)

    assert name_of(workspace) == "400"


def test_durable_writes_reach_the_disk_and_others_do_not_wait_for_it() -> None:
    if db.engine.dialect.name != "sqlite":
        assert db.session.scalar(text("SHOW synchronous_commit")) == "on"
        return
    for durable, level in ((True, 2), (False, 1), (True, 2)):
        with transaction(durable=durable) as session:
            assert session.scalar(text("PRAGMA synchronous")) == level


def test_a_writer_that_stands_still_does_not_keep_its_locks(
    app: Flask, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite has no such limit: there a frozen writer is on the same machine, and whoever froze it can see it."""
    if db.engine.dialect.name == "sqlite":
        return
    monkeypatch.setattr(database, "FROZEN_SECONDS", 0.3)

    def take_over() -> str:
        with transaction():
            rename(workspace, "second")
        return "done"

    def stand_still() -> None:
        with transaction():
            rename(workspace, "first")
            meanwhile(app, take_over)
            rename(workspace, "too late")

    with pytest.raises(DBAPIError):
        stand_still()
    assert name_of(workspace) == "second"


def test_the_clock_is_utc_and_runs() -> None:
    first = db_now()

    assert first.utcoffset() == timedelta(0)
    assert abs(first - datetime.now(UTC)) < timedelta(seconds=5)
    with transaction():
        assert db_now() > first
        assert db_now() != db_now()


def test_keys_sort_by_age() -> None:
    ids = [new_id() for _ in range(100)]

    assert len(set(ids)) == 100
    assert {made.version for made in ids} == {7}
    assert [made.int >> 80 for made in ids] == sorted(made.int >> 80 for made in ids)
