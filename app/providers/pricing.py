"""What a picture costs: flat prices and prices by tokens. Everything in US dollars, as Decimal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal

from app.providers.interface import Usage

MICRO_DOLLAR = Decimal("0.000001")
MILLION = Decimal(1_000_000)

TYPICAL_PROMPT_TOKENS = 60
"""About 45 English words: what the estimate assumes that a prompt has."""

OUTPUT_MARGIN = Decimal("1.25")
"""The number of tokens of a picture varies a little; a reservation must not be below the bill."""


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """US dollars per million tokens: text in, pictures in, picture out."""

    text: Decimal
    image: Decimal
    output: Decimal

    def cost(self, usage: Usage) -> Decimal:
        total = usage.text_tokens * self.text + usage.image_tokens * self.image + usage.output_tokens * self.output
        return total / MILLION


@dataclass(frozen=True, slots=True)
class PriceList:
    """The prices of one model.

    `flat` holds dollars a picture by "quality WxH", by "quality" or, for every picture, by "". `output_tokens` holds
    the tokens of a picture of `reference_pixels` pixels by quality.
    """

    flat: Mapping[str, Decimal] = field(default_factory=dict)
    token_prices: TokenPrices | None = None
    output_tokens: Mapping[str, int] = field(default_factory=dict)
    reference_pixels: int = 1024 * 1024

    def estimate(self, quality: str, width: int, height: int) -> Decimal | None:
        """What one picture will probably cost; None if nothing is known."""
        flat = self._flat(quality, width, height)
        if flat is not None:
            return flat
        cost = self._token_cost(quality, width * height, TYPICAL_PROMPT_TOKENS, Decimal(1))
        return None if cost is None else cost.quantize(MICRO_DOLLAR, ROUND_HALF_UP)

    def maximum(self, quality: str, width: int, height: int, *, prompt_tokens: int) -> Decimal | None:
        """The most one picture can cost: what a budget reserves. None if nothing is known."""
        flat = self._flat(quality, width, height)
        if flat is not None:
            return flat
        cost = self._token_cost(quality, width * height, prompt_tokens, OUTPUT_MARGIN)
        return None if cost is None else cost.quantize(MICRO_DOLLAR, ROUND_UP)

    def settle(self, usage: Usage | None, quality: str, width: int, height: int) -> Decimal:
        """What one picture did cost: by the tokens where they are told and priced, else the estimate, else 0."""
        if usage is not None and self.token_prices is not None:
            return self.token_prices.cost(usage).quantize(MICRO_DOLLAR, ROUND_HALF_UP)
        return self.estimate(quality, width, height) or Decimal(0)

    def _flat(self, quality: str, width: int, height: int) -> Decimal | None:
        for key in (f"{quality} {width}x{height}", quality, ""):
            if key in self.flat:
                return self.flat[key]
        return None

    def _token_cost(self, quality: str, pixels: int, prompt_tokens: int, margin: Decimal) -> Decimal | None:
        if self.token_prices is None or quality not in self.output_tokens:
            return None
        output = self.output_tokens[quality] * Decimal(pixels) / self.reference_pixels * margin
        return (prompt_tokens * self.token_prices.text + output * self.token_prices.output) / MILLION


@dataclass(frozen=True, slots=True)
class WriterPrice:
    """What a model that writes pages costs, in US dollars per million tokens."""

    input: Decimal
    output: Decimal
    as_of: date

    def cost(self, input_tokens: int, output_tokens: int) -> Decimal:
        """In dollars, of one call."""
        return (self.input * input_tokens + self.output * output_tokens) / MILLION
