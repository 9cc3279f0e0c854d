"""Colours as sRGB byte triples, mixed and shifted in OKLab so that steps look even.

Conversion after B. Ottosson, "A perceptual color space for image processing" (2020).
"""

import math
from functools import lru_cache

Colour = tuple[int, int, int]
Lab = tuple[float, float, float]


def from_hex(text: str) -> Colour:
    """(255, 128, 0) from "ff8000"."""
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


@lru_cache(maxsize=8192)
def mix(one: Colour, other: Colour, share: float) -> Colour:
    """The colour that lies `share` (0 to 1) of the way from `one` to `other`."""
    a, b = _to_lab(one), _to_lab(other)
    return _from_lab((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share))


def shift(colour: Colour, *, lightness: float = 0.0, chroma: float = 1.0, hue: float = 0.0) -> Colour:
    """Lightness added (whole range 0 to 1), chroma multiplied, hue turned by degrees."""
    light, a, b = _to_lab(colour)
    strength, angle = math.hypot(a, b) * chroma, math.atan2(b, a) + math.radians(hue)
    return _from_lab((min(1.0, max(0.0, light + lightness)), strength * math.cos(angle), strength * math.sin(angle)))


def lightness(colour: Colour) -> float:
    """Perceived lightness, 0 black to 1 white."""
    return _to_lab(colour)[0]


def _to_lab(colour: Colour) -> Lab:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _from_lab(lab: Lab) -> Colour:
    light, a, b = lab
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _byte(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
        _byte(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
        _byte(-0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short),
    )


def _linear(value: float) -> float:
    return float(((value + 0.055) / 1.055) ** 2.4) if value > 0.04045 else value / 12.92


def _byte(linear: float) -> int:
    value = 1.055 * linear ** (1 / 2.4) - 0.055 if linear > 0.0031308 else 12.92 * linear
    return round(min(1.0, max(0.0, value)) * 255)
