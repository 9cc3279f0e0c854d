"""Where a listing goes on: the last page shown, as text for an address."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    published_at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{(self.published_at - EPOCH) // MICROSECOND}-{self.id.hex}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None for what is not a cursor: the listing then begins at its beginning."""
        micros, _, page_id = text.partition("-")
        try:
            return cls(EPOCH + int(micros) * MICROSECOND, UUID(page_id))
        except (ValueError, OverflowError):
            return None
