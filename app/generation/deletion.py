"""What a job's row says about being deleted: by a person, for 72 hours; and of pictures that are gone for good."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column


class Deletable:
    """Columns of a job. A deleted job exists for nobody but who restores it."""

    deleted_at: Mapped[datetime | None]
    """When a person deleted it; it can be restored for 72 hours."""
    deleted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    purged_at: Mapped[datetime | None]
    """When what could be restored was removed; the row itself stays only as long as one of its pictures has a page."""
    purged_count: Mapped[int] = mapped_column(default=0)
    """Pictures that were in the trash and are gone; `total_images` counts them no more, and positions have gaps."""
    purged_cost: Mapped[Decimal] = mapped_column(default=Decimal(0))
    """What those had cost; a part of `actual_cost`."""
