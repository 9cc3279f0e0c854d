"""Leaves, stems and flowers in cut paper."""

import math

from app.providers.painting import shapes
from app.providers.painting.canvas import Point
from app.providers.painting.colour import Colour, mix
from app.providers.painting.scene import Scene


def botanical(scene: Scene) -> None:
    """Stems that rise from the lower edge in front of a sun."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    ground = palette.tone(0.85) if palette.dark or rng.random() < 0.25 else palette.paper
    deep = ground != palette.paper
    canvas.gradient(mix(ground, palette.light, 0.1), mix(ground, palette.tone(0.1), 0.25))
    sun = (canvas.w * rng.uniform(0.3, 0.7), canvas.h * rng.uniform(0.25, 0.5))
    disc = shapes.blob(rng, *sun, rng.uniform(0.2, 0.33), wobble=0.12)
    canvas.polygon(disc, mix(palette.accent, ground, rng.choice((0.1, 0.55))))
    count = rng.randint(4, 7)
    order = list(range(count))
    rng.shuffle(order)
    for place in order:
        foot = (canvas.w * (place + 0.5) / count + rng.uniform(-0.05, 0.05), canvas.h + 0.03)
        tip = (foot[0] + rng.uniform(-0.2, 0.2), canvas.h * rng.uniform(0.14, 0.5))
        colour = palette.tone(rng.choice((0.0, 0.25, 0.4) if deep else (0.3, 0.5, 0.7, 0.95)))
        rng.choice((_leafy, _leafy, _flower, _fern, _seedhead))(scene, foot, tip, colour)


def _stem(scene: Scene, foot: Point, tip: Point, colour: Colour) -> list[Point]:
    bend = (foot[0] + scene.rng.uniform(-0.08, 0.08), (foot[1] + tip[1]) / 2)
    stem = shapes.curve(foot, bend, tip, steps=48)
    scene.canvas.line(stem, 0.007, colour)
    return stem


def _direction(stem: list[Point], step: int) -> float:
    (ax, ay), (bx, by) = stem[max(0, step - 1)], stem[step]
    return math.atan2(by - ay, bx - ax)


def _leafy(scene: Scene, foot: Point, tip: Point, colour: Colour) -> None:
    """Pairs of leaves, each with a shadow and a lit half."""
    canvas, rng = scene.canvas, scene.rng
    stem, length, spread = _stem(scene, foot, tip, colour), rng.uniform(0.13, 0.21), rng.uniform(0.6, 1.0)
    slender = rng.uniform(0.16, 0.32)
    for step in range(10, 49, 6):
        for side in (-1, 1):
            angle = _direction(stem, step) + side * spread
            reach = length * (1.15 - step / 75)
            outline = shapes.leaf(*stem[step], angle, reach, reach * slender)
            canvas.shadow(outline, dx=0.006, dy=0.01, alpha=0.22)
            canvas.polygon(outline, colour)
            canvas.polygon(outline[: len(outline) // 2], mix(colour, scene.palette.light, 0.22))
    canvas.polygon(shapes.leaf(*tip, _direction(stem, 48), length, length * slender), colour)


def _fern(scene: Scene, foot: Point, tip: Point, colour: Colour) -> None:
    stem = _stem(scene, foot, tip, colour)
    for step in range(6, 49, 2):
        for side in (-1, 1):
            reach = 0.12 * (1 - step / 54) + 0.012
            scene.canvas.polygon(
                shapes.leaf(*stem[step], _direction(stem, step) + side * 1.15, reach, 0.008, steps=8), colour
            )


def _flower(scene: Scene, foot: Point, tip: Point, colour: Colour) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    stem = _stem(scene, foot, tip, colour)
    for step, side in ((14, 1), (22, -1), (30, 1)):
        canvas.polygon(shapes.leaf(*stem[step], _direction(stem, step) + side * 0.8, 0.13, 0.026), colour)
    petals, size = rng.choice((6, 8, 11)), rng.uniform(0.09, 0.13)
    shade = rng.choice((palette.accent, mix(palette.accent, palette.light, 0.5), palette.tone(0.1)))
    for ring, share in ((0, 1.0), (1, 0.66)):
        for petal in range(petals):
            angle = math.tau * (petal + 0.5 * ring) / petals
            outline = shapes.leaf(*tip, angle, size * share, size * share * 1.7 / petals)
            canvas.polygon(outline, mix(shade, palette.ink, 0.12 * ((petal + ring) % 2)))
    canvas.circle(*tip, size * 0.22, mix(palette.light, palette.accent, 0.25))


def _seedhead(scene: Scene, foot: Point, tip: Point, colour: Colour) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    _stem(scene, foot, tip, colour)
    for ray in range(26):
        angle, reach = math.tau * ray / 26, rng.uniform(0.05, 0.085)
        end = (tip[0] + math.cos(angle) * reach, tip[1] + math.sin(angle) * reach)
        canvas.line([tip, end], 0.0025, colour)
        canvas.circle(*end, 0.007, mix(palette.accent, colour, rng.random() * 0.5))


def leaves(scene: Scene) -> None:
    """A dense jungle of large leaves from all edges around a clearing."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.gradient(mix(palette.sky_low, palette.light, 0.4), palette.tone(0.3))
    middle = (canvas.w * rng.uniform(0.4, 0.6), canvas.h * rng.uniform(0.38, 0.55))
    canvas.glow(*middle, 0.55, palette.light, 0.9)
    canvas.circle(*middle, rng.uniform(0.1, 0.16), mix(palette.accent, palette.light, 0.25))
    for row in range(3):
        depth = 0.28 + 0.34 * row
        count = 14
        for index in range(count):
            angle = math.tau * (index + rng.uniform(0, 0.9)) / count
            reach = 0.68 - 0.015 * row
            root = (
                canvas.w / 2 + math.cos(angle) * canvas.w * reach,
                canvas.h / 2 + math.sin(angle) * canvas.h * reach,
            )
            back = math.atan2(middle[1] - root[1], middle[0] - root[0]) + rng.uniform(-0.45, 0.45)
            length = rng.uniform(0.38, 0.58) * (1.1 - 0.16 * row)
            colour = mix(palette.tone(depth), palette.accent, 0.35 if rng.random() < 0.08 else 0)
            # The farthest row lies on light; only the nearer ones have something to throw a shadow on.
            _big_leaf(scene, root, back, length, colour, shadow=row > 0)


def _big_leaf(scene: Scene, root: Point, angle: float, length: float, colour: Colour, *, shadow: bool) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    outline = shapes.leaf(*root, angle, length, length * rng.uniform(0.14, 0.24), steps=20)
    if shadow:
        canvas.shadow(outline, alpha=0.28)
    canvas.polygon(outline, colour)
    canvas.polygon(outline[: len(outline) // 2], mix(colour, palette.light, 0.14))
    for step in range(4, 18, 3):
        share = step / 20
        spine = (root[0] + math.cos(angle) * length * share, root[1] + math.sin(angle) * length * share)
        for side in (outline[step + 2], outline[-(step + 3)]):
            canvas.line([spine, side], 0.0022, mix(colour, palette.light, 0.3), 0.8)
