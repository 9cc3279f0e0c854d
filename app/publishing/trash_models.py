"""What has to be removed, names of public pictures, receipts of deleted jobs, and what runs at night."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from app.core.clock import utc_now
from app.core.database import Base, new_id, one_of
from app.publishing.name_states import NameState, check_name_move


class PictureName(Base):
    """The name of a page's picture for everybody: copies of its variants, which exist only while it is public.

    `files` is written before the first copy is, so that no copy is ever without a row.
    """

    __tablename__ = "picture_names"
    __table_args__ = (
        CheckConstraint(one_of("state", NameState), name="ck_picture_names_state"),
        Index("ix_picture_names_page_id_state", "page_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    page_id: Mapped[UUID] = mapped_column(ForeignKey("pages.id", ondelete="CASCADE"))
    stem: Mapped[str] = mapped_column(unique=True)
    """`quiet-lighthouse-sea-dall-e-prompt-3f9a1c2b`; the variant and its extension follow."""
    state: Mapped[str] = mapped_column(default=NameState.COPYING)
    attempt: Mapped[int] = mapped_column(default=1)
    """Fencing number of those who copy."""
    claimed_until: Mapped[datetime | None]
    """Somebody copies; past this moment he is taken for lost."""
    files: Mapped[dict[str, Any]]
    """{"large": {"key": …, "media_type": …, "bytes": …, "width": …, "height": …}, …}: the public copies."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    def move_to(self, state: NameState) -> None:
        """Change the state, or raise IllegalMove: a name that was given up is never used again."""
        check_name_move(NameState(self.state), state)
        self.state = state


class Removal(Base):
    """An object that nothing refers to any more and that is still to be removed from the store.

    It is written in the transaction that takes away the row which referred to it: so no object is without a row.
    """

    __tablename__ = "removals"
    __table_args__ = (Index("ix_removals_due_at", "due_at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]


class JobReceipt(Base):
    """What a deleted job was. Ids are kept without foreign keys, so that the receipt outlives all it speaks of."""

    __tablename__ = "job_receipts"
    __table_args__ = (Index("ix_job_receipts_workspace_id_deleted_at", "workspace_id", "deleted_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    workspace_id: Mapped[UUID]
    job_id: Mapped[UUID]
    title: Mapped[str]
    model: Mapped[str]
    created_by: Mapped[str]
    """Name and e-mail at that time."""
    created_at: Mapped[datetime]
    deleted_by: Mapped[str]
    deleted_at: Mapped[datetime]
    prompts: Mapped[list[Any]]
    """[{"prompt": as it was sent, "images": how many}, …] in the order of the job."""
    counts: Mapped[dict[str, Any]]
    """Images by state, and `kept`, `published`; `purged` had gone before, see the audit log."""
    estimated_cost: Mapped[Decimal]
    actual_cost: Mapped[Decimal]


class Chore(Base):
    """Work that is due once a night, however many schedulers and messages ask for it."""

    __tablename__ = "chores"

    name: Mapped[str] = mapped_column(primary_key=True)
    night: Mapped[datetime | None]
    """The last night for which it was done to the end."""
    claimed_until: Mapped[datetime | None]
    """Somebody is at it; past this moment he is taken for lost."""
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the last one did and found."""


@event.listens_for(JobReceipt, "before_update")
@event.listens_for(JobReceipt, "before_delete")
def _refuse(_mapper: Mapper[JobReceipt], _connection: Connection, _target: JobReceipt) -> None:
    raise RuntimeError("receipts are only ever added")
