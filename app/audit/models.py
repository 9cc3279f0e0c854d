"""Who did what. Rows are only ever added."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Index, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from app.core.clock import utc_now
from app.core.database import Base, new_id


class AuditEvent(Base):
    """One act. Ids are kept without foreign keys, so that the record outlives what it speaks of."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_workspace_id_created_at", "workspace_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    workspace_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None]
    action: Mapped[str]
    """Noun and verb, such as `job.cancelled`."""
    subject_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    address: Mapped[str]
    """The peer's IP address, or `cli`."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


@event.listens_for(AuditEvent, "before_update")
@event.listens_for(AuditEvent, "before_delete")
def _refuse(_mapper: Mapper[AuditEvent], _connection: Connection, _target: AuditEvent) -> None:
    raise RuntimeError("audit events are only ever added")
