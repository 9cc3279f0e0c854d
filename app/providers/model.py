"""A model one can choose: what it can do, what it costs, how fast it may be asked."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Self

from app.providers.interface import Usage
from app.providers.pricing import PriceList

TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels. `str(size)` is the form of the API and the command line, "1536x1024"."""

    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError unless the text reads like "1536x1024"."""
        width, separator, height = text.strip().lower().replace(TIMES, "x").partition("x")
        if not (separator and width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
            raise ValueError(f"{text!r} is not a size such as 1536x1024")
        if not (int(width) and int(height)):
            raise ValueError(f"{text!r} has no pixels")
        return cls(int(width), int(height))

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def label(self) -> str:
        """For a person: "Landscape 3:2, 1536 x 1024" with the true sign."""
        shape = "Square" if self.width == self.height else "Landscape" if self.width > self.height else "Portrait"
        common = math.gcd(self.width, self.height)
        return f"{shape} {self.width // common}:{self.height // common}, {self.width} {TIMES} {self.height}"


@dataclass(frozen=True, slots=True)
class Model:
    """One model of one provider. Times are seconds, money is US dollars."""

    id: str
    provider: str
    name: str
    label: str
    limit_group: str
    generator: str
    max_prompt_chars: int
    sizes: tuple[Size, ...]
    default_size: Size
    qualities: tuple[str, ...]
    default_quality: str
    images_per_minute: float
    latency_seconds: float
    timeout_seconds: float
    max_in_flight: int
    bills_server_errors: bool
    """Whether a server error that says that no work was done can be billed: then it is not sent again by itself."""
    needs_key: bool
    is_demo: bool
    needs_moderation: bool
    prices: PriceList
    prices_as_of: date
    shutdown_date: date | None
    disabled_reason: str | None = None
    """Why staff do not want it to be used now; None while it may be."""
    deadline_seconds: float = 600.0
    """How long a remote job may take before it is cancelled."""
    polls_per_minute: float = 600.0
    """How often the provider may be asked about remote jobs."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """The form of the model's input, where models of one provider differ; see catalogue.toml."""
    ratios: Mapping[str, str] = field(default_factory=dict)
    """The aspect ratio that stands for a size, "1216x832" → "3:2", for models that do not take pixels."""

    def price(self, quality: str, size: Size) -> Decimal | None:
        """Estimate for one picture, in dollars; None if no price is known: then it cannot be started."""
        return self.prices.estimate(quality, size.width, size.height)

    def maximum_price(self, quality: str, size: Size, *, prompt: str | None = None) -> Decimal | None:
        """The most one picture can cost, what a budget reserves; for the longest prompt if none is given.

        A tokenizer that works on bytes never makes more tokens of a text than it has bytes.
        """
        tokens = self.max_prompt_chars if prompt is None else len(prompt.encode(errors="replace"))
        return self.prices.maximum(quality, size.width, size.height, prompt_tokens=tokens)

    def cost_of(self, usage: Usage | None, quality: str, size: Size) -> Decimal:
        """What a delivered picture cost: from its tokens where their price is known, else the estimate (or 0)."""
        return self.prices.settle(usage, quality, size.width, size.height)

    @property
    def has_price(self) -> bool:
        """Whether the picture that the form proposes has a price."""
        return self.price(self.default_quality, self.default_size) is not None

    def size(self, text: str) -> Size:
        """One of the model's sizes from its text. Raises ValueError if the model does not have it."""
        size = Size.parse(text)
        if size not in self.sizes:
            raise ValueError(f"{self.label} makes {', '.join(map(str, self.sizes))}, not {size}")
        return size

    def nearest_size(self, wanted: Size) -> Size:
        """The supported size nearest in shape, then in pixels."""
        return min(self.sizes, key=lambda size: (_shape_distance(size, wanted), _pixel_distance(size, wanted)))

    def supports(self, quality: str, size: Size) -> bool:
        return quality in self.qualities and size in self.sizes


def _shape_distance(one: Size, other: Size) -> float:
    return round(abs(math.log(one.width * other.height / (one.height * other.width))), 3)


def _pixel_distance(one: Size, other: Size) -> int:
    return abs(one.width * one.height - other.width * other.height)
