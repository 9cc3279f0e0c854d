"""Write down who did what."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.audit.models import AuditEvent
from app.core.database import db


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person at an address, or the operator at the command line (`address` is `cli`)."""

    user_id: UUID | None
    address: str


def record(actor: Actor, action: str, *, workspace_id: UUID | None, subject_id: UUID | None, **details: Any) -> None:
    """Add one event to the open transaction, so that the act and its record are committed together."""
    db.session.add(
        AuditEvent(
            workspace_id=workspace_id,
            user_id=actor.user_id,
            action=action,
            subject_id=subject_id,
            details=details,
            address=actor.address,
        )
    )
