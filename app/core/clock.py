"""Time. Wall-clock decisions between hosts use the database's clock (database.db_now), never this one."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present moment with its zone, UTC."""
    return datetime.now(UTC)
