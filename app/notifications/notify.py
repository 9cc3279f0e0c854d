"""Tell the members of a workspace what happened, once."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite

from app.core.database import db, db_now, new_id
from app.notifications.models import FOR_STAFF, Notification


def notify(workspace_id: UUID | None, kind: str, occurrence: str, text: str, subject_id: UUID | None) -> None:
    """Add the line to the open transaction, so that it is told if and only if it happened.

    workspace_id: whose members are told; None tells the site's staff.
    kind: such as "job.completed". occurrence: names this one event; told again, it changes nothing.
    """
    row = {
        "id": new_id(),
        "workspace_id": workspace_id,
        "occurrence": occurrence,
        "kind": kind,
        "subject_id": subject_id,
        "text": text,
        "created_at": db_now(),
    }
    unique: dict[str, Any] = {"index_elements": ["workspace_id", "occurrence"]}
    if workspace_id is None:
        unique = {"index_elements": ["occurrence"], "index_where": FOR_STAFF}
    db.session.execute(_insert().values(row).on_conflict_do_nothing(**unique))


def _insert() -> Any:
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(Notification)
