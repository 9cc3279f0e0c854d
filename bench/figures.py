"""What a measurement answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. `how`: what was counted, on whose clock. `target`: the promise it is held against."""

    part: str
    what: str
    value: float | None
    """None: it could not be measured, and `how` says why."""
    unit: str
    n: int
    how: str
    target: str = ""

    @property
    def shown(self) -> str:
        if self.value is None:
            return "not measured"
        return f"{self.value:.{_decimals(self.value)}f} {self.unit}"


def _decimals(value: float) -> int:
    size = abs(value)
    return 0 if size >= 1000 or value == int(value) else 1 if size >= 10 else 2 if size >= 1 else 3
