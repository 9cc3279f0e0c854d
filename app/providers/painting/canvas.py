"""A drawing surface in units of the picture's shorter side, drawn at twice its size and reduced at the end."""

import math
from collections.abc import Iterable, Sequence

from PIL import Image, ImageDraw, ImageFilter

from app.providers.painting.colour import Colour

Point = tuple[float, float]
SUPERSAMPLING = 2


class Canvas:
    """x goes right from 0 to `w`, y goes down from 0 to `h`; the shorter of the two is 1. `alpha` goes from 0 to 1."""

    def __init__(self, width: int, height: int) -> None:
        self.unit = SUPERSAMPLING * min(width, height)
        self.w, self.h = width / min(width, height), height / min(width, height)
        self.image = Image.new("RGB", (width * SUPERSAMPLING, height * SUPERSAMPLING))
        self._draw = ImageDraw.Draw(self.image, "RGBA")

    def finished(self) -> Image.Image:
        """The picture at its real size, with smooth edges."""
        return self.image.reduce(SUPERSAMPLING)

    def fill(self, colour: Colour) -> None:
        self.image.paste(colour, (0, 0, *self.image.size))

    def gradient(self, top: Colour, bottom: Colour, start: float = 0.0, end: float | None = None) -> None:
        """A band over the whole width from y `start` to `end`."""
        first, last = round(start * self.unit), round((self.h if end is None else end) * self.unit)
        if last > first:
            self.image.paste(_vertical(top, bottom, self.image.width, last - first), (0, first))

    def polygon(self, points: Iterable[Point], colour: Colour, alpha: float = 1.0) -> None:
        self._draw.polygon(self._pixels(points), _ink(colour, alpha))

    def shaded(self, points: Sequence[Point], top: Colour, bottom: Colour) -> None:
        """A polygon whose colour runs from `top` to `bottom` over its own height."""
        pixels = self._pixels(points)
        box = self._box(pixels)
        if box is None:
            return
        left, upper, right, lower = box
        mask = Image.new("L", (right - left, lower - upper))
        ImageDraw.Draw(mask).polygon([(x - left, y - upper) for x, y in pixels], 255)
        self.image.paste(_vertical(top, bottom, *mask.size), (left, upper), mask)

    def shadow(self, points: Sequence[Point], *, dx: float = 0.012, dy: float = 0.018, alpha: float = 0.3) -> None:
        """The soft shadow a cut-out of paper throws; drawn before the paper itself."""
        blur, scale = 0.012 * self.unit, 8
        pixels = [(x + dx * self.unit, y + dy * self.unit) for x, y in self._pixels(points)]
        box = self._box(pixels, margin=blur * 2)
        if box is None:
            return
        left, upper, right, lower = box
        small = Image.new("L", ((right - left) // scale + 1, (lower - upper) // scale + 1))
        outline = [((x - left) / scale, (y - upper) / scale) for x, y in pixels]
        ImageDraw.Draw(small).polygon(outline, round(255 * alpha))
        soft = small.filter(ImageFilter.GaussianBlur(blur / scale))
        mask = soft.resize((right - left, lower - upper), Image.Resampling.BILINEAR)
        self.image.paste((18, 14, 28), (left, upper, right, lower), mask)

    def circle(self, x: float, y: float, radius: float, colour: Colour, alpha: float = 1.0) -> None:
        self.ellipse(x, y, radius, radius, colour, alpha)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour, alpha: float = 1.0) -> None:  # noqa: PLR0917  coordinates read best in place
        self._draw.ellipse(self._around(x, y, rx, ry), _ink(colour, alpha))

    def pie(self, x: float, y: float, radius: float, start: float, end: float, colour: Colour) -> None:  # noqa: PLR0917  coordinates read best in place
        """A sector; degrees clockwise from three o'clock."""
        self._draw.pieslice(self._around(x, y, radius, radius), start, end, _ink(colour, 1))

    def ring(self, x: float, y: float, radius: float, width: float, colour: Colour, alpha: float = 1.0) -> None:  # noqa: PLR0917  coordinates read best in place
        line = max(1, round(width * self.unit))
        self._draw.ellipse(self._around(x, y, radius, radius), outline=_ink(colour, alpha), width=line)

    def arc(  # noqa: PLR0917  as above
        self,
        x: float,
        y: float,
        radius: float,
        start: float,
        end: float,
        width: float,
        colour: Colour,
        alpha: float = 1,
    ) -> None:
        line = max(1, round(width * self.unit))
        self._draw.arc(self._around(x, y, radius, radius), start, end, _ink(colour, alpha), line)

    def rect(
        self, x: float, y: float, width: float, height: float, colour: Colour, *, radius: float = 0, alpha: float = 1
    ) -> None:
        box = (x * self.unit, y * self.unit, (x + width) * self.unit - 1, (y + height) * self.unit - 1)
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        if radius:
            self._draw.rounded_rectangle(box, radius * self.unit, _ink(colour, alpha))
        else:
            self._draw.rectangle(box, _ink(colour, alpha))

    def line(self, points: Iterable[Point], width: float, colour: Colour, alpha: float = 1.0) -> None:
        pixels = self._pixels(points)
        line = max(1, round(width * self.unit))
        self._draw.line(pixels, _ink(colour, alpha), line, joint="curve")
        # Ends would be cut square; strokes look drawn when they are round.
        if line > 4 and alpha == 1:
            for x, y in (pixels[0], pixels[-1]):
                self._draw.ellipse((x - line / 2, y - line / 2, x + line / 2, y + line / 2), _ink(colour, 1))

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float = 0.8) -> None:
        """Light that fades evenly from the middle out."""
        side = max(2, round(2 * radius * self.unit))
        mask = _GLOW.point([round(value * strength) for value in range(256)]).resize((side, side))
        corner = (round((x - radius) * self.unit), round((y - radius) * self.unit))
        self.image.paste(colour, (*corner, corner[0] + side, corner[1] + side), mask)

    def _pixels(self, points: Iterable[Point]) -> list[Point]:
        return [(x * self.unit, y * self.unit) for x, y in points]

    def _around(self, x: float, y: float, rx: float, ry: float) -> tuple[float, float, float, float]:
        return ((x - rx) * self.unit, (y - ry) * self.unit, (x + rx) * self.unit, (y + ry) * self.unit)

    def _box(self, pixels: Sequence[Point], margin: float = 1.0) -> tuple[int, int, int, int] | None:
        """The part of the canvas that these pixels touch, or None if they are all outside."""
        xs, ys = [x for x, _ in pixels], [y for _, y in pixels]
        left, upper = max(0, math.floor(min(xs) - margin)), max(0, math.floor(min(ys) - margin))
        right = min(self.image.width, math.ceil(max(xs) + margin))
        lower = min(self.image.height, math.ceil(max(ys) + margin))
        return (left, upper, right, lower) if right > left and lower > upper else None


def _ink(colour: Colour, alpha: float) -> tuple[int, int, int, int]:
    return (*colour, round(255 * min(1.0, max(0.0, alpha))))


def _vertical(top: Colour, bottom: Colour, width: int, height: int) -> Image.Image:
    mask = _RAMP.resize((1, height), Image.Resampling.BILINEAR)
    column = Image.composite(Image.new("RGB", mask.size, bottom), Image.new("RGB", mask.size, top), mask)
    return column.resize((width, height), Image.Resampling.NEAREST)


_RAMP = Image.linear_gradient("L").resize((1, 256))
# 181 is Pillow's value at the middle of an edge. Squared fall-off looks like light; linear looks like a disc.
_GLOW = Image.radial_gradient("L").point([round(255 * max(0.0, 1 - value / 181) ** 2) for value in range(256)])
