"""What makes flat shapes look printed: a grain of paper and slightly darker edges."""

from functools import cache
from random import Random

from PIL import Image, ImageChops

_TILE = 256
_GRAIN = 7


def finish(image: Image.Image, rng: Random) -> Image.Image:
    """The picture with grain and vignette."""
    grain = _grain_sheet(image.size, rng.randrange(_TILE), rng.randrange(_TILE))
    return ImageChops.multiply(ImageChops.overlay(image, grain), _vignette(image.size))


@cache
def _grain_tile() -> Image.Image:
    """One square of noise around middle grey. Made once from a fixed seed; Pillow's own noise cannot be repeated."""
    noise = Random(20).randbytes(_TILE * _TILE)
    tile = Image.frombytes("L", (_TILE, _TILE), noise)
    return tile.point([128 + round((value - 127.5) / 127.5 * _GRAIN) for value in range(256)])


def _grain_sheet(size: tuple[int, int], dx: int, dy: int) -> Image.Image:
    sheet, tile = Image.new("L", size), _grain_tile()
    for x in range(-dx, size[0], _TILE):
        for y in range(-dy, size[1], _TILE):
            sheet.paste(tile, (x, y))
    return Image.merge("RGB", (sheet, sheet, sheet))


def _vignette(size: tuple[int, int]) -> Image.Image:
    curve = [255 - round(30 * max(0.0, value / 255 - 0.55) / 0.45) for value in range(256)]
    shade = Image.radial_gradient("L").resize((64, 64)).point(curve).resize(size, Image.Resampling.BICUBIC)
    return Image.merge("RGB", (shade, shade, shade))
