"""From a prompt and a seed to a picture."""

import re
from random import Random

from PIL import Image

from app.providers.painting.canvas import Canvas
from app.providers.painting.finish import finish
from app.providers.painting.palettes import choose_palette
from app.providers.painting.registry import choose_motif
from app.providers.painting.scene import Scene

_WORD = re.compile(r"[^\W\d_]+")


def paint(prompt: str, seed: int, width: int, height: int) -> Image.Image:
    """An RGB picture of width x height pixels; the same for the same prompt and seed.

    The prompt's words choose the motif and the mood; the seed chooses the composition and turns the colours, so that
    variations of one prompt are recognisably siblings.
    """
    words = _WORD.findall(prompt.lower())
    theme, rng = Random(" ".join(words)), Random(f"{seed} {prompt}")
    motif = choose_motif(words, theme)
    palette = choose_palette(words, motif.moods, theme, rng)
    canvas = Canvas(width, height)
    motif.paint(Scene(canvas, palette, tuple(words), rng))
    return finish(canvas.finished(), rng)
