"""The sea: with a lighthouse, a boat, a whale, or only a sun and its path."""

import math

from app.providers.painting import shapes
from app.providers.painting.colour import Colour, mix
from app.providers.painting.motifs.lighthouse import Lighthouse
from app.providers.painting.motifs.sky import birds, paint_sky
from app.providers.painting.scene import Scene


def sea(scene: Scene) -> None:
    """Water to the horizon and what the prompt says is on it."""
    canvas, rng = scene.canvas, scene.rng
    horizon = canvas.h * rng.uniform(0.5, 0.66)
    sun = paint_sky(scene, horizon)
    if not scene.palette.dark:
        birds(scene, horizon)
    if scene.asks_for("lighthouse"):
        house = Lighthouse.placed(scene, horizon, sun[0])
        house.shine()
        _water(scene, horizon, sun[0])
        house.stand()
        return
    _water(scene, horizon, sun[0])
    if scene.asks_for("boat", "sail", "sailing", "ship", "regatta", "harbour", "harbor", "yacht"):
        _boats(scene, horizon)
    elif scene.asks_for("whale"):
        _whale_tail(scene, horizon)
    else:
        rng.choice((_boats, _headland))(scene, horizon)


def _water(scene: Scene, horizon: float, sun_x: float) -> None:
    """Rows of waves that grow towards the viewer, and the light's path on them."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    rows, rough = 13, 2.1 if scene.asks_for("storm", "stormy", "wave", "rough", "tempest") else 1.0
    canvas.gradient(mix(palette.tone(0.15), palette.sky_low, 0.35), palette.tone(0.6), horizon, None)
    for row in range(rows):
        depth = row / (rows - 1)
        y = horizon + (canvas.h - horizon) * depth**1.7
        swell, pace, phase = (0.002 + 0.018 * depth) * rough, 34 - 24 * depth, rng.uniform(0, math.tau)
        line = [
            (x := canvas.w * step / 120, y + swell * math.sin(x * pace + phase) * math.cos(x * 3 + phase))
            for step in range(121)
        ]
        canvas.polygon(shapes.down_to(line, canvas.h), _sea_tone(scene, depth))
    for _ in range(70):
        depth = rng.random()
        y = horizon + (canvas.h - horizon) * depth**1.5 + 0.004
        x, length = sun_x + rng.gauss(0, 0.02 + 0.06 * depth), rng.uniform(0.01, 0.03 + 0.09 * depth)
        canvas.rect(x - length / 2, y, length, 0.002 + 0.005 * depth, palette.light, radius=0.002, alpha=0.55)


def _sea_tone(scene: Scene, depth: float) -> Colour:
    """Pale where the water meets the sky, deep in front."""
    palette = scene.palette
    return mix(palette.tone(0.12 + 0.75 * depth), palette.sky_low, round(0.4 * (1 - depth) ** 2, 3))


def _boats(scene: Scene, horizon: float) -> None:
    canvas, rng = scene.canvas, scene.rng
    size = rng.uniform(0.15, 0.24)
    _boat(scene, canvas.w * rng.uniform(0.3, 0.7), horizon + (canvas.h - horizon) * rng.uniform(0.3, 0.5), size)
    for _ in range(rng.randint(1, 4)):
        _boat(scene, canvas.w * rng.uniform(0.08, 0.92), horizon + rng.uniform(0.008, 0.03), rng.uniform(0.025, 0.05))


def _boat(scene: Scene, x: float, y: float, size: float) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    sail = rng.choice((palette.light, palette.paper, palette.accent))
    mast, side = y - size * 1.75, rng.choice((-1, 1))
    main = shapes.curve(
        (x, mast), (x + side * size * 0.72, y - size * 0.9), (x + side * size * 0.62, y - size * 0.24), steps=14
    )
    canvas.polygon([*main, (x, y - size * 0.24)], sail)
    jib = shapes.curve(
        (x, mast + size * 0.15), (x - side * size * 0.3, y - size), (x - side * size * 0.55, y - size * 0.24), steps=14
    )
    canvas.polygon([*jib, (x - side * size * 0.05, y - size * 0.24)], mix(sail, palette.tone(0.5), 0.3))
    canvas.line([(x, mast - size * 0.05), (x, y)], size * 0.025, palette.ink)
    keel = shapes.curve(
        (x - size * 0.7, y - size * 0.14), (x, y + size * 0.24), (x + size * 0.74, y - size * 0.17), steps=14
    )
    canvas.polygon(keel, mix(palette.accent, palette.ink, 0.45))
    for row in range(3):
        half = size * (0.6 - 0.14 * row)
        canvas.rect(
            x - half, y + size * (0.07 + 0.07 * row), half * 2, size * 0.025, palette.light, alpha=0.4 - 0.1 * row
        )


def _whale_tail(scene: Scene, horizon: float) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    x, y, size = canvas.w * rng.uniform(0.35, 0.65), horizon + (canvas.h - horizon) * 0.42, rng.uniform(0.16, 0.22)
    for side in (-1, 1):
        outer = shapes.curve(
            (x, y - size), (x + side * size * 0.5, y - size * 1.85), (x + side * size * 1.3, y - size * 1.6)
        )
        inner = shapes.curve(
            (x + side * size * 1.3, y - size * 1.6), (x + side * size * 0.75, y - size), (x, y - size * 0.75)
        )
        canvas.polygon([*outer, *inner], mix(palette.ink, palette.tone(0.8), 0.3 if side < 0 else 0.1))
    left = shapes.curve((x - size * 0.12, y - size), (x - size * 0.1, y - size * 0.3), (x - size * 0.42, y + 0.01))
    right = shapes.curve((x + size * 0.42, y + 0.01), (x + size * 0.1, y - size * 0.3), (x + size * 0.12, y - size))
    canvas.polygon([*left, *right], mix(palette.ink, palette.tone(0.8), 0.2))
    for ring in range(4):
        half = size * (0.55 + 0.28 * ring)
        canvas.rect(x - half, y + 0.012 * ring, half * 2, 0.005, palette.light, radius=0.002, alpha=0.6 - 0.13 * ring)


def _headland(scene: Scene, horizon: float) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    side = rng.choice((0, 1))
    for layer in range(3):
        reach, height = rng.uniform(0.35, 0.55) - 0.1 * layer, 0.1 + 0.07 * layer
        drop = horizon + 0.012 + layer * 0.06
        raw = [
            (0.0, drop - height),
            (reach * 0.4, drop - height * 0.85),
            (reach * 0.62, drop - height * 0.45),
            (reach, drop),
        ]
        points = [(canvas.w - x, y) if side else (x, y) for x, y in [*raw, (0.0, drop)]]
        canvas.shaded(points, palette.tone(0.35 + 0.25 * layer), palette.tone(0.5 + 0.25 * layer))
