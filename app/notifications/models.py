"""What happened while nobody was looking: one line for the members of a workspace."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import utc_now
from app.core.database import Base, new_id

UNREAD = text("read_at IS NULL")
FOR_STAFF = text("workspace_id IS NULL")


class Notification(Base):
    """One event, told once. `occurrence` names it, so that a step that runs twice does not tell it twice."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("workspace_id", "occurrence", name="uq_notifications_workspace_id_occurrence"),
        Index("ix_notifications_workspace_id_created_at", "workspace_id", "created_at"),
        Index(
            "uq_notifications_for_staff", "occurrence", unique=True, postgresql_where=FOR_STAFF, sqlite_where=FOR_STAFF
        ),
        Index("ix_notifications_unread", "workspace_id", postgresql_where=UNREAD, sqlite_where=UNREAD),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    workspace_id: Mapped[UUID | None] = mapped_column(ForeignKey("workspaces.id"))
    """Whose members are told; empty for the site's staff."""
    occurrence: Mapped[str]
    """What it was: "job.completed:<job id>:<job's revision>"."""
    kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    """The job or page it is about."""
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    read_at: Mapped[datetime | None]
