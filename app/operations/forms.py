"""What staff type on their page. Every reader raises BadInput with a sentence that says what would be right."""

from datetime import date

from app.core.errors import BadInput


def per_minute_of(text: str) -> float:
    """A number of images a minute, "150" or "7.5"."""
    try:
        return float(text.strip().replace(",", ""))
    except ValueError:
        raise BadInput(["Type how many images a minute, such as 150."]) from None


def day_of(text: str) -> date | None:
    """A day, or None for an empty field."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(["Type a date such as 2026-12-31, or leave it empty."]) from None
