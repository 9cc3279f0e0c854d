"""Remove from the store what nothing refers to any more: written down with the rows, done later, safe to do again."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from app.core.database import db, db_now, end_read, new_id, transaction
from app.core.errors import StorageError
from app.core.fail_points import FailPoint, fail_point
from app.core.queue import QUEUE_OF, ActorName, enqueue, waiting
from app.generation.lease import hold, let_go
from app.generation.studio import studio
from app.publishing.references import unreferenced
from app.publishing.trash_models import Removal

AT_ONCE = 100
LEASE = timedelta(minutes=5)
"""Prolonged before each batch. Who loses it goes on to the end of his batch: to remove twice is harmless."""
ROWS = 200
"""Rows in one statement; databases limit the number of parameters."""

NAME = "removals"

log = structlog.get_logger()


def ask_removal(keys: Iterable[str], *, after: timedelta = timedelta(0)) -> None:
    """Write down, in the open transaction, that these objects have to go; asked twice, the sooner moment counts."""
    due = db_now() + after
    rows = [{"key": key, "due_at": due} for key in dict.fromkeys(keys)]
    for start in range(0, len(rows), ROWS):
        statement = _insert().values(rows[start : start + ROWS])
        sooner = statement.excluded.due_at < Removal.due_at
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["key"], set_={"due_at": statement.excluded.due_at}, where=sooner
            )
        )
    if rows and not after:
        enqueue(ActorName.REMOVE_OBJECTS)


def send_removals() -> int:
    """Have due removals done; for the sweep, which is there for lost messages and stores that were down.

    As long as messages wait in the queue none is lost: another would only say the same again.
    """
    due = db.session.scalar(select(Removal.key).where(Removal.due_at <= db_now()).limit(1)) is not None
    end_read()
    sends = due and not studio().storage.is_down and not waiting(QUEUE_OF[ActorName.REMOVE_OBJECTS])
    if sends:
        enqueue(ActorName.REMOVE_OBJECTS)
    return int(sends)


def remove_objects() -> int:
    """Remove every object that is due; answers how many, 0 at once while another process is at it.

    A store that fails ends the round: the next sweep goes on.
    """
    holder = new_id()
    try:
        return _remove(holder)
    finally:
        let_go(NAME, holder)


def _remove(holder: UUID) -> int:
    removed = 0
    while hold(NAME, holder, LEASE) and (batch := _due()):
        for key, due_at in batch:
            try:
                studio().storage.erase(key)
            except StorageError as error:
                log.warning("removal_waits", key=key, reason=error.message)
                return removed
            fail_point(FailPoint.OBJECT_REMOVED, key)
            _forget(key, due_at)
            removed += 1
    if removed:
        log.info("objects_removed", count=removed)
    return removed


def _due() -> Sequence[tuple[str, datetime]]:
    """The next objects to remove. One that something refers to after all is kept, and its removal forgotten."""
    rows = db.session.execute(
        select(Removal.key, Removal.due_at).where(Removal.due_at <= db_now()).order_by(Removal.due_at).limit(AT_ONCE)
    ).all()
    due = {key: due_at for key, due_at in rows}  # noqa: C416  a Row is no tuple for mypy
    free = unreferenced(due)
    end_read()
    for key in due.keys() - free:
        log.error("removal_refused", key=key, reason="something refers to it")
        _forget(key, due[key])
    if due and not free:
        return _due()
    return [(key, due[key]) for key in due if key in free]


def _forget(key: str, due_at: datetime) -> None:
    """Unless somebody has asked for it again meanwhile."""
    with transaction() as session:
        session.execute(delete(Removal).where(Removal.key == key, Removal.due_at == due_at))


def _insert() -> Any:
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(Removal)
