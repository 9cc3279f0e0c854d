"""What a motif gets to paint with."""

from dataclasses import dataclass
from random import Random

from app.providers.painting.canvas import Canvas
from app.providers.painting.palettes import Palette


@dataclass(frozen=True, slots=True)
class Scene:
    """Canvas, colours, the prompt's words in order, and chance that depends on prompt and seed alone."""

    canvas: Canvas
    palette: Palette
    words: tuple[str, ...]
    rng: Random

    def asks_for(self, *words: str) -> bool:
        """Whether the prompt names one of these, in the singular or with an s."""
        return any(word in self.words or f"{word}s" in self.words for word in words)
