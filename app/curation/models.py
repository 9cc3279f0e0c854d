"""What the server answered to people who mark."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import utc_now
from app.core.database import Base


class MarkAnswer(Base):
    """The answer to one request, written with what it changed: a request that comes again gets it again."""

    __tablename__ = "mark_answers"
    __table_args__ = (
        Index("ix_mark_answers_job_id", "job_id"),
        Index("ix_mark_answers_user_id_created_at", "user_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Chosen by the page that asks."""
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    answer: Mapped[dict[str, Any]]
    """As in `app.curation.answers`."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
