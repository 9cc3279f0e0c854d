"""What judges whether a picture may be shown: a severity, from the picture and the prompt it was made with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from app.core.errors import ModeratorError


class Severity(StrEnum):
    """How grave what was found is; in this order."""

    NONE = "none"
    """Nothing was found."""
    LOW = "low"
    """Hardly anything: it passes."""
    MEDIUM = "medium"
    """It passes, and the page says what was found."""
    HIGH = "high"
    """The page is held until staff have decided."""
    CRITICAL = "critical"
    """The page is refused: it never goes live."""

    def is_at_least(self, other: "Severity") -> bool:
        order = list(Severity)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`scores` are 0 to 1 by the moderator's own categories, those that matter alone; `found` are words for people.

    `model` names who judged, `demo` for the embedded moderator.
    """

    severity: Severity
    model: str
    found: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What is judged: the bytes of one picture, and the prompt that made it."""

    picture: bytes
    media_type: str
    prompt: str


class Unmoderated(ModeratorError):
    """No verdict came."""


class Moderator(Protocol):
    model: str

    def judge(self, exhibit: Exhibit) -> Verdict:
        """Judge one picture. Raises Unmoderated, and nothing else, when that did not work."""
        ...
