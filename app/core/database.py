"""The database: one session, one way to write.

Readers use a plain deferred BEGIN. Writers go through `transaction()`, which on SQLite begins IMMEDIATE: a deferred
transaction that has read cannot be upgraded (SQLite refuses at once, whatever the busy timeout says), so the read is
ended first and the write begun anew. On PostgreSQL the same code is an ordinary transaction.
"""

import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Connection, DateTime, Dialect, Engine, Index, String, Uuid, event, text
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.types import JSON, TypeDecorator

MICRO = Decimal("0.000001")
SQLITE_PATIENCE_SECONDS = 30
"""How long a writer waits for the others."""
FROZEN_SECONDS = 15
"""PostgreSQL ends a write that stands still for so long: its process is frozen, and others wait for its locks."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps it without a zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """US dollars: Decimal in the code, whole micro-dollars in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else (Decimal(value) * MICRO).quantize(MICRO)


def to_micros(dollars: Decimal) -> int:
    """Whole micro-dollars, rounded half up."""
    return int((dollars / MICRO).quantize(Decimal(1), rounding=ROUND_HALF_UP))


class Base(DeclarativeBase):
    registry = registry(
        type_annotation_map={
            datetime: UtcDateTime,
            Decimal: Money,
            UUID: Uuid(),
            str: String(),
            dict[str, Any]: JSON,
            list[Any]: JSON,
        }
    )


def one_of(column: str, values: type[StrEnum]) -> str:
    """The text of a CHECK that allows exactly the values of an enum."""
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index over the few rows that meet a condition."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


_WRITING = threading.RLock()
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then 74 random bits, so keys sort by age."""
    value = (
        (time.time_ns() // 1_000_000) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    )
    return UUID(int=value)


def engine_options(url: str, *, threads: int) -> dict[str, Any]:
    """Pool settings. SQLite: a connection for every thread that may ask at once, they cost nothing.

    PostgreSQL allows 100 connections to all processes together by default, and our threads hold one for milliseconds at
    a time: twenty are plenty, and a thread that finds none free waits.
    """
    # Errors of the database name the statement and not its values, which are prompts, or keys.
    always = {"hide_parameters": True}
    if url.startswith("sqlite"):
        arguments = {"isolation_level": None, "timeout": SQLITE_PATIENCE_SECONDS, "check_same_thread": False}
        return {**always, "pool_size": threads + 4, "max_overflow": 16, "pool_timeout": 30, "connect_args": arguments}
    return {**always, "pool_size": 5, "max_overflow": 15, "pool_timeout": 60, "pool_pre_ping": True}


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA busy_timeout={SQLITE_PATIENCE_SECONDS * 1000}")
        connection.execute("PRAGMA foreign_keys=ON")
        # Its own knows the letters of ASCII alone: a search for "öl" would not find "Öl".
        connection.create_function("lower", 1, _lower, deterministic=True)


def _lower(text: str | None) -> str | None:
    return None if text is None else str(text).lower()


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if connection.dialect.name != "sqlite":
        if options.get("writes"):
            connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{FROZEN_SECONDS}s'")
        return
    if not options.get("writes"):
        connection.exec_driver_sql("BEGIN")
        return
    _set_synchronous(connection, "FULL" if options.get("durable") else "NORMAL")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _set_synchronous(connection: Connection, level: str) -> None:
    """SQLite keeps the level with the connection, so it is only told of a change."""
    if connection.info.get("synchronous") != level:
        connection.exec_driver_sql(f"PRAGMA synchronous={level}")
        connection.info["synchronous"] = level


@contextmanager
def transaction(*, durable: bool = False) -> Iterator[Session]:
    """The one way to write: begin, run the block, commit; any exception rolls back and goes on.

    durable: the commit survives a power cut (SQLite synchronous=FULL). For call intents and the ledger.
    What was enqueued inside is sent after the commit, and forgotten on a rollback.
    Raises RuntimeError when the session holds changes made outside, or a transaction is already open for writing.
    """
    session = db.session()
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes were made outside transaction()")
    if session.info.get("writing"):
        raise RuntimeError("transaction() inside transaction()")
    session.rollback()
    session.info.update(writing=True, outbox=[])
    with _turn(session):
        try:
            session.connection(execution_options={"writes": True, "durable": durable})
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            session.info["outbox"] = []
            raise
        finally:
            session.info["writing"] = False
    _release(session)


@contextmanager
def _turn(session: Session) -> Iterator[None]:
    """On SQLite a process's threads write one after another.

    Its own way to wait is to look again and again, up to a tenth of a second apart: with a hundred threads that costs
    more than the writing, and whoever waits longest looks most seldom. So only one thread of a process does; one that
    does not get its turn in time goes on to be told so by SQLite.
    """
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    try:
        _WRITING.acquire(timeout=SQLITE_PATIENCE_SECONDS)
        yield
    finally:
        # A time limit is raised into a thread between any two instructions: who has the turn is asked of the lock.
        with suppress(RuntimeError):
            _WRITING.release()


def _release(session: Session) -> None:
    """Send what was enqueued; the hook is put in by core.queue, so that this module knows no broker."""
    outbox = session.info.pop("outbox", [])
    for send in outbox:
        send()


def in_transaction() -> bool:
    """Whether a write is open on this session."""
    return bool(db.session().info.get("writing"))


def end_read() -> None:
    """End the read transaction that looking at rows has opened, so that none is open while the network is used."""
    if in_transaction():
        raise RuntimeError("the network may not be used inside transaction()")
    db.session().rollback()


Row = TypeVar("Row", bound=Base)


def detached(row: Row) -> Row:
    """Take a row out of the session and end the read. It stays as it was read: looking at it opens no transaction."""
    db.session.expunge(row)
    end_read()
    return row


def db_now() -> datetime:
    """The database's clock: hosts' clocks may differ by minutes. On SQLite there is only one host."""
    session = db.session()
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)
    return _aware(session.execute(text("SELECT clock_timestamp()")).scalar_one())


def _aware(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def lock_for(name: str) -> None:
    """Serialise writers by name until the transaction ends. SQLite has one writer anyway."""
    session = db.session()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def forget_connections() -> None:
    """After a fork: the child must not use its parent's connections."""
    for engine in db.engines.values():
        engine.dispose(close=False)
