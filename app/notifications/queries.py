"""What a workspace has been told, newest first."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.core.database import db
from app.notifications.models import Notification

MOST_COUNTED = 100


def told(workspace_id: UUID, *, is_staff: bool) -> ColumnElement[bool]:
    """What somebody in this workspace is told; staff are also told what concerns the site."""
    of_workspace = Notification.workspace_id == workspace_id
    return of_workspace | Notification.workspace_id.is_(None) if is_staff else of_workspace


def unread_count(workspace_id: UUID, *, is_staff: bool = False) -> int:
    """How many nobody has read; not counted beyond a hundred."""
    unread = select(Notification.id).where(told(workspace_id, is_staff=is_staff), Notification.read_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(unread.limit(MOST_COUNTED).subquery())) or 0


def total(workspace_id: UUID, *, is_staff: bool = False) -> int:
    return db.session.scalar(select(func.count()).where(told(workspace_id, is_staff=is_staff))) or 0


def newest(workspace_id: UUID, *, is_staff: bool = False, limit: int, offset: int) -> Sequence[Notification]:
    query = select(Notification).where(told(workspace_id, is_staff=is_staff))
    return db.session.scalars(
        query.order_by(Notification.created_at.desc(), Notification.id.desc()).limit(limit).offset(offset)
    ).all()
