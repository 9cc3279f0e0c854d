"""Who works here, and who may do what only one may do at a time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, new_id


class Process(Base):
    """A running process and its heartbeat. Without a beat for the lease it is dead and its images are recovered."""

    __tablename__ = "processes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    host: Mapped[str]
    pid: Mapped[int]
    threads: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]


class Lease(Base):
    """A right only one process has at a time, such as running the schedule."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[UUID]
    expires_at: Mapped[datetime]
