"""One cell of the matrix: a fault at a moment, played on a stage, after which the invariants are checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.stage import Stage

BOTH = ("sqlite", "postgresql")
SQLITE = ("sqlite",)
POSTGRES = ("postgresql",)


@dataclass(frozen=True, slots=True)
class Cell:
    """`on`: the databases on which it is played. `settings`: what differs from the stage's own."""

    name: str
    play: Callable[[Stage], None]
    on: tuple[str, ...] = BOTH
    settings: Mapping[str, Any] = field(default_factory=dict)
