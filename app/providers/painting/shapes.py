"""Outlines that several motifs share. All points are in canvas units."""

import math
from collections.abc import Sequence
from itertools import pairwise
from random import Random

from app.providers.painting.canvas import Point


def ridge(rng: Random, width: float, base: float, height: float, *, detail: int = 5, steps: int = 160) -> list[Point]:
    """A rolling line from left to right around y `base`, at most about `height` up and down."""
    waves = [(rng.uniform(0.6, 1.5) * 1.9**octave, rng.uniform(0, math.tau), 0.56**octave) for octave in range(detail)]
    total = sum(share for *_, share in waves)
    return [
        (
            x := width * step / steps,
            base - height * sum(math.sin(x * pace * 2.6 + phase) * share for pace, phase, share in waves) / total,
        )
        for step in range(steps + 1)
    ]


def down_to(points: Sequence[Point], bottom: float) -> list[Point]:
    """The area between a line and y `bottom`."""
    return [*points, (points[-1][0], bottom), (points[0][0], bottom)]


def height_at(line: Sequence[Point], x: float) -> float:
    """The y of an evenly stepped line at x."""
    span = line[-1][0] - line[0][0]
    index = round((x - line[0][0]) / span * (len(line) - 1))
    return line[min(len(line) - 1, max(0, index))][1]


def polygon(x: float, y: float, radius: float, corners: int, turn: float = 0.0) -> list[Point]:
    """A regular polygon; `turn` in radians."""
    angles = (turn + math.tau * corner / corners for corner in range(corners))
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


def blob(rng: Random, x: float, y: float, radius: float, *, wobble: float = 0.18, steps: int = 72) -> list[Point]:
    """A smooth, roundish, irregular outline."""
    waves = [(count, rng.uniform(0, math.tau), rng.uniform(0.4, 1) * wobble / count) for count in (2, 3, 5)]
    points = []
    for step in range(steps):
        angle = math.tau * step / steps
        reach = radius * (1 + sum(math.sin(angle * count + phase) * share for count, phase, share in waves))
        points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return points


def leaf(x: float, y: float, angle: float, length: float, width: float, *, steps: int = 14) -> list[Point]:
    """A pointed leaf that grows from (x, y) in a direction (radians); `width` is its widest half."""
    along, across = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    sides: list[list[Point]] = [[], []]
    for side, sign in enumerate((1, -1)):
        for step in range(steps + 1):
            share = step / steps
            out = sign * width * math.sin(math.pi * share**0.8)
            sides[side].append(
                (x + along[0] * length * share + across[0] * out, y + along[1] * length * share + across[1] * out)
            )
    return sides[0] + sides[1][::-1]


def curve(start: Point, bend: Point, end: Point, *, steps: int = 28) -> list[Point]:
    """A quadratic Bezier curve."""
    points = []
    for step in range(steps + 1):
        share = step / steps
        a, b, c = (1 - share) ** 2, 2 * share * (1 - share), share**2
        points.append((a * start[0] + b * bend[0] + c * end[0], a * start[1] + b * bend[1] + c * end[1]))
    return points


def turned(points: Sequence[Point], centre: Point, angle: float) -> list[Point]:
    """Points turned around a centre by radians."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return [
        (
            centre[0] + (x - centre[0]) * cosine - (y - centre[1]) * sine,
            centre[1] + (x - centre[0]) * sine + (y - centre[1]) * cosine,
        )
        for x, y in points
    ]


def lathe(
    x: float, base: float, height: float, profile: Sequence[tuple[float, float]], *, steps: int = 10
) -> list[Point]:
    """A vessel: `profile` gives half widths at heights from 0 (base) to 1, joined smoothly."""
    right: list[Point] = []
    for (low, narrow), (high, wide) in pairwise(profile):
        for step in range(steps):
            share = step / steps
            ease = share * share * (3 - 2 * share)
            right.append((x + narrow + (wide - narrow) * ease, base - height * (low + (high - low) * share)))
    right.append((x + profile[-1][1], base - height * profile[-1][0]))
    return right + [(2 * x - px, py) for px, py in reversed(right)]
