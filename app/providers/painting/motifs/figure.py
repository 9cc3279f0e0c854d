"""Portraits without faces: head, hair, shoulders, and what grows around them."""

import math

from app.providers.painting import shapes
from app.providers.painting.colour import Colour, mix
from app.providers.painting.scene import Scene

SKINS = ((92, 58, 42), (139, 90, 60), (178, 122, 84), (214, 163, 122), (240, 200, 165))


def portrait(scene: Scene) -> None:
    """A bust in cut paper before a large disc."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.gradient(palette.sky_top, palette.sky_low)
    x, head = canvas.w * rng.uniform(0.44, 0.56), canvas.h * 0.5 - rng.uniform(0.06, 0.12)
    canvas.circle(
        x + rng.uniform(-0.12, 0.12),
        head + rng.uniform(-0.03, 0.08),
        rng.uniform(0.3, 0.38),
        mix(palette.light, palette.accent, rng.choice((0.15, 0.8))),
    )
    _foliage(scene, head, count=9, behind=True)
    skin = mix(rng.choice(SKINS), palette.tone(0.3), 0.08)
    hair = mix(palette.ink, palette.tone(0.9), rng.uniform(0, 0.7))
    coat = rng.choice((palette.accent, palette.tone(0.6), palette.tone(0.3), palette.tone(0.85)))
    style = rng.randrange(4)
    _hair_behind(scene, x, head, style, hair)
    _shoulders(scene, x, head, coat)
    _face(scene, x, head, skin)
    _hair_before(scene, x, head, style, hair)
    _foliage(scene, head, count=6, behind=False)


def _shoulders(scene: Scene, x: float, head: float, coat: Colour) -> None:
    canvas, palette = scene.canvas, scene.palette
    top, low = head + 0.25, scene.canvas.h + 0.02
    left = shapes.curve((x - 0.44, low), (x - 0.42, top + 0.06), (x - 0.075, top - 0.015))
    right = shapes.curve((x + 0.075, top - 0.015), (x + 0.42, top + 0.06), (x + 0.44, low))
    canvas.shadow([*left, *right], alpha=0.35)
    canvas.shaded([*left, *right], mix(coat, palette.light, 0.14), mix(coat, palette.ink, 0.25))
    for fold in range(scene.rng.choice((0, 3, 5))):
        reach = 0.1 + 0.055 * fold
        canvas.arc(x, top - 0.03, reach, 15, 165, 0.012, mix(coat, palette.light, 0.45))


def _face(scene: Scene, x: float, head: float, skin: Colour) -> None:
    canvas, palette = scene.canvas, scene.palette
    shade = mix(skin, palette.ink, 0.28)
    canvas.polygon(
        [
            (x - 0.06, head + 0.08),
            (x + 0.06, head + 0.08),
            (x + 0.078, head + 0.25),
            (x, head + 0.3),
            (x - 0.078, head + 0.25),
        ],
        shade,
    )
    outline = shapes.lathe(x, head + 0.175, 0.34, [(0, 0.035), (0.2, 0.095), (0.55, 0.125), (0.85, 0.1), (1, 0.03)])
    canvas.polygon(outline, skin)
    half = outline[: len(outline) // 2]
    canvas.polygon(
        [*half, (x + 0.015, head - 0.165), (x + 0.05, head), (x + 0.012, head + 0.175)], mix(skin, palette.ink, 0.12)
    )
    nose = [(x + 0.005, head - 0.02), (x + 0.03, head + 0.055), (x + 0.002, head + 0.062)]
    canvas.line(nose, 0.005, shade)
    canvas.line(
        shapes.curve((x - 0.026, head + 0.108), (x + 0.004, head + 0.122), (x + 0.034, head + 0.105), steps=8),
        0.007,
        mix(shade, palette.accent, 0.5),
    )
    for side in (-1, 1):
        lid = shapes.curve(
            (x + side * 0.024, head - 0.004), (x + side * 0.05, head + 0.014), (x + side * 0.078, head - 0.006), steps=8
        )
        canvas.line(lid, 0.005, mix(shade, palette.ink, 0.6))
        brow = shapes.curve(
            (x + side * 0.022, head - 0.042), (x + side * 0.05, head - 0.06), (x + side * 0.085, head - 0.04), steps=8
        )
        canvas.line(brow, 0.006, mix(shade, palette.ink, 0.5))


def _hair_behind(scene: Scene, x: float, head: float, style: int, hair: Colour) -> None:
    canvas = scene.canvas
    if style == 0:
        outline = shapes.lathe(x, head + 0.34, 0.56, [(0, 0.17), (0.3, 0.185), (0.7, 0.17), (0.92, 0.11), (1, 0.02)])
        canvas.shadow(outline)
        canvas.polygon(outline, hair)
    elif style == 1:
        for turn in range(14):
            angle = math.pi * (0.86 + 1.28 * turn / 13)
            canvas.circle(
                x + 0.14 * math.cos(angle),
                head - 0.05 + 0.15 * math.sin(angle),
                0.068,
                mix(hair, scene.palette.tone(0.6), 0.06 * (turn % 3)),
            )
    elif style == 2:
        canvas.circle(x + 0.02, head - 0.215, 0.07, hair)


def _hair_before(scene: Scene, x: float, head: float, style: int, hair: Colour) -> None:
    canvas, palette = scene.canvas, scene.palette
    if style == 3:
        _hat(scene, x, head)
        return
    part = x + scene.rng.choice((-0.05, 0.05))
    left = shapes.curve((part, head - 0.15), (x - 0.13, head - 0.12), (x - 0.132, head + 0.03))
    right = shapes.curve((x + 0.132, head + 0.03), (x + 0.13, head - 0.12), (part, head - 0.15))
    crown = shapes.curve((x + 0.135, head + 0.03), (x + 0.15, head - 0.24), (x, head - 0.195))
    crown += shapes.curve((x, head - 0.195), (x - 0.15, head - 0.24), (x - 0.135, head + 0.03))
    canvas.polygon([*left, *reversed(left[:1]), *reversed(right), *crown], hair)
    canvas.line(left, 0.01, mix(hair, palette.light, 0.12))
    for side in (-1, 1):
        canvas.circle(x + side * 0.128, head + 0.075, 0.013, palette.accent)


def _hat(scene: Scene, x: float, head: float) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    felt = rng.choice((palette.tone(0.8), palette.accent, palette.tone(0.15)))
    tilt = rng.uniform(-0.12, 0.12)
    crown = shapes.lathe(x, head - 0.07, 0.17, [(0, 0.14), (0.6, 0.125), (0.9, 0.1), (1, 0.06)])
    brim = [
        (x + 0.27 * math.cos(a / 30 * math.tau), head - 0.075 + 0.045 * math.sin(a / 30 * math.tau)) for a in range(30)
    ]
    centre = (x, head - 0.07)
    canvas.shadow(shapes.turned(brim, centre, tilt), dy=0.03, alpha=0.4)
    canvas.polygon(shapes.turned(brim, centre, tilt), mix(felt, palette.ink, 0.12))
    canvas.polygon(shapes.turned(crown, centre, tilt), felt)
    band = [(x - 0.139, head - 0.08), (x + 0.139, head - 0.08), (x + 0.134, head - 0.115), (x - 0.134, head - 0.115)]
    canvas.polygon(shapes.turned(band, centre, tilt), palette.ink)


def _foliage(scene: Scene, head: float, *, count: int, behind: bool) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    for index in range(count):
        side = -1 if index % 2 else 1
        x = canvas.w / 2 + side * rng.uniform(0.28, 0.5) * canvas.w
        y = rng.uniform(head, canvas.h) if behind else canvas.h + 0.03
        angle = -math.pi / 2 - side * rng.uniform(-0.2, 0.6)
        colour = palette.tone(rng.uniform(0.2, 0.6) if behind else rng.uniform(0.6, 1))
        length = rng.uniform(0.2, 0.36)
        outline = shapes.leaf(x, y, angle, length, length * 0.17)
        if not behind:
            canvas.shadow(outline)
        canvas.polygon(outline, colour)
        canvas.polygon(outline[: len(outline) // 2], mix(colour, palette.light, 0.16))
