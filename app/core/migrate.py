"""Bring a database to the newest version. Safe when several hosts start at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
LOCK = 0x50524F4F46  # "PROOF": any number all versions agree on


def upgrade(database_url: str, revision: str = "head") -> None:
    """Apply what is missing. A second caller waits and then finds nothing to do.

    PostgreSQL: an advisory lock held until the commit; SQLite: BEGIN IMMEDIATE around everything.
    """
    _make_folder(database_url)
    with _locked(database_url) as connection:
        command.upgrade(config(connection), revision)


def downgrade(database_url: str, revision: str) -> None:
    """Go back to an older revision."""
    with _locked(database_url) as connection:
        command.downgrade(config(connection), revision)


@contextmanager
def _locked(database_url: str) -> Iterator[Connection]:
    """A connection that nobody else migrates over meanwhile; commits at the end."""
    engine = _engine(database_url)
    try:
        with engine.connect() as connection:
            _let_tables_be_rebuilt(connection)
            _lock(connection)
            yield connection
            _check_references(connection)
            connection.commit()
    finally:
        engine.dispose()


def is_current(connection: Connection) -> bool:
    """Whether the database has the version this code needs."""
    head = ScriptDirectory.from_config(config(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def config(connection: Connection) -> Config:
    """Alembic's configuration, carrying the connection its environment script has to use."""
    alembic = Config()
    alembic.set_main_option("script_location", str(MIGRATIONS))
    alembic.attributes["connection"] = connection
    return alembic


def _engine(database_url: str) -> Engine:
    arguments = {"timeout": 60, "isolation_level": None} if database_url.startswith("sqlite") else {}
    return create_engine(database_url, connect_args=arguments)


def _make_folder(database_url: str) -> None:
    if database_url.startswith("sqlite:///"):
        Path(database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)


def _let_tables_be_rebuilt(connection: Connection) -> None:
    """SQLite changes a table by copying and dropping it, and with foreign keys on a drop deletes what refers to it."""
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]


def _check_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
        raise RuntimeError(f"the migration would leave {len(broken)} rows that refer to nothing")


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    else:
        # Begun here, before Alembic looks: it commits by itself, step by step, what it has begun itself.
        connection.execution_options(writes=True)
        connection.begin()
