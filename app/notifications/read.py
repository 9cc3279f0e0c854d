"""Note that somebody of the workspace has read what it was told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ScalarSelect, select, update
from sqlalchemy.orm import aliased

from app.core.database import db_now, transaction
from app.notifications.models import Notification
from app.notifications.queries import told


def mark_read(
    workspace_id: UUID, *, is_staff: bool = False, only: UUID | None = None, up_to: UUID | None = None
) -> int:
    """Mark one as read, or all up to the newest that was shown; answers how many had not been read."""
    which = [told(workspace_id, is_staff=is_staff), Notification.read_at.is_(None)]
    if only is not None:
        which.append(Notification.id == only)
    if up_to is not None:
        which.append(Notification.created_at <= _moment(up_to))
    with transaction() as session:
        read = update(Notification).where(*which).values(read_at=db_now()).returning(Notification.id)
        return len(session.scalars(read).all())


def _moment(notification_id: UUID) -> ScalarSelect[datetime]:
    found = aliased(Notification)
    return select(found.created_at).where(found.id == notification_id).scalar_subquery()
