"""A right that one process holds at a time, by the database's clock."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, or_, update
from sqlalchemy.dialects import postgresql, sqlite

from app.core.database import db_now, transaction
from app.generation.process_models import Lease


def hold(name: str, holder: UUID, time: timedelta) -> bool:
    """Take the lease or prolong it; False while another holds it."""
    with transaction() as session:
        now = db_now()
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(Lease).values(name=name, holder=holder, expires_at=now).on_conflict_do_nothing())
        held = session.execute(
            update(Lease)
            .where(Lease.name == name, or_(Lease.holder == holder, Lease.expires_at <= now))
            .values(holder=holder, expires_at=now + time)
            .returning(Lease.name)
        )
        return held.first() is not None


def let_go(name: str, holder: UUID) -> None:
    with transaction() as session:
        session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))
