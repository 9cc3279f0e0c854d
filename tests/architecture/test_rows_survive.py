"""A migration keeps every row, and on SQLite also those that refer to a table which is rebuilt."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Column, Connection, MetaData, Table, create_engine, func, inspect, select, text

from app.core import migrate
from app.core.clock import utc_now
from app.core.database import new_id
from app.core.migrate import downgrade, upgrade

ORDER = ("workspaces", "users", "jobs", "assets", "images", "pages", "tags", "page_tags", "slug_redirects", "attempts")
FIXED = {"jobs.state": "queued", "images.state": "queued", "images.mark": "none", "attempts.outcome": "intended"}
FIXED |= {
    "pages.state": "processing",
    "jobs.visibility": "public",
    "pages.visibility": "public",
    "jobs.default_mark": "none",
}
MORE: dict[str, Callable[[], dict[str, Any]]] = {
    "held": lambda: {"slug": "held"},
    "published": lambda: {"slug": "published", "published_at": utc_now()},
    "trashed": lambda: {"slug": "trashed"},
    "needs_review": lambda: {"slug": "needs-review"},
}
"""Pages in other states, which a migration has to fill in what it adds."""


@pytest.mark.parametrize("revision", ["0001", "0003"])
def test_every_row_is_there_and_back_again(bare_database_url: str, revision: str) -> None:
    expected = {**dict.fromkeys(ORDER, 1), **dict.fromkeys(("images", "pages"), 1 + len(MORE))}
    upgrade(bare_database_url, revision)
    engine = create_engine(bare_database_url)
    try:
        with engine.begin() as connection:
            fill(connection)
        upgrade(bare_database_url)
        with engine.connect() as connection:
            assert counts(connection) == expected
        downgrade(bare_database_url, revision)
        with engine.connect() as connection:
            assert counts(connection) == expected
    finally:
        engine.dispose()


def test_a_migration_that_would_leave_rows_without_what_they_refer_to_changes_nothing(
    bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def complain(_connection: Connection) -> None:
        raise RuntimeError("rows that refer to nothing")

    upgrade(bare_database_url, "0003")
    engine = create_engine(bare_database_url)
    try:
        with engine.begin() as connection:
            fill(connection)
        with monkeypatch.context() as broken:
            broken.setattr(migrate, "_check_references", complain)
            with pytest.raises(RuntimeError, match="refer to nothing"):
                upgrade(bare_database_url)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0003"
            assert "held_for" not in {column["name"] for column in inspect(connection).get_columns("pages")}
    finally:
        engine.dispose()


def fill(connection: Connection) -> None:
    """One row in every table, each pointing to the one before it; and pages in more states than one."""
    metadata = MetaData()
    metadata.reflect(connection)
    ids: dict[str, Any] = {}
    for name in ORDER:
        row = {column.name: value_for(column, ids) for column in metadata.tables[name].columns if needed(column)}
        connection.execute(metadata.tables[name].insert().values(row))
        ids[name] = row.get("id")
    for state, values in MORE.items():
        more = dict(ids)
        for name in ("images", "pages"):
            row = {column.name: value_for(column, more) for column in metadata.tables[name].columns if needed(column)}
            row |= {"position": 1 + list(MORE).index(state)} if name == "images" else {"state": state, **values()}
            connection.execute(metadata.tables[name].insert().values(row))
            more[name] = row["id"]


def needed(column: Column[Any]) -> bool:
    return not column.nullable and column.server_default is None


def value_for(column: Column[Any], ids: dict[str, Any]) -> Any:
    table = column.table.name
    for key in column.foreign_keys:
        return ids[key.column.table.name]
    if f"{table}.{column.name}" in FIXED:
        return FIXED[f"{table}.{column.name}"]
    makers = {"UUID": new_id, "datetime": utc_now, "int": int, "float": float, "bool": bool, "object": dict}
    makers |= {"str": lambda: new_id().hex}
    return makers[column.type.python_type.__name__]()


def counts(connection: Connection) -> dict[str, int]:
    metadata = MetaData()
    metadata.reflect(connection, only=ORDER)
    return {
        name: connection.execute(select(func.count()).select_from(table(metadata, name))).scalar_one() for name in ORDER
    }


def table(metadata: MetaData, name: str) -> Table:
    return metadata.tables[name]
