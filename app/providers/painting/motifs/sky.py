"""Skies, suns and clouds for the landscapes, and the scenes that are all sky."""

import math

from app.providers.painting import shapes
from app.providers.painting.colour import mix
from app.providers.painting.scene import Scene


def paint_sky(scene: Scene, horizon: float) -> tuple[float, float]:
    """Sky with stars or clouds, and a sun or moon whose middle is returned."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.gradient(palette.sky_top, palette.sky_low, 0, horizon + 0.02)
    canvas.gradient(palette.sky_low, palette.sky_low, horizon, None)
    if palette.dark:
        _stars(scene, horizon)
    x = canvas.w * rng.choice((rng.uniform(0.18, 0.38), rng.uniform(0.6, 0.84)))
    y = horizon * rng.uniform(0.3, 0.78)
    radius = rng.choice((rng.uniform(0.045, 0.075), rng.uniform(0.11, 0.17)))
    canvas.glow(x, y, radius * 4.2, palette.light, 0.65)
    canvas.circle(x, y, radius, mix(palette.light, palette.accent, 0.0 if palette.dark else rng.choice((0.08, 0.75))))
    if rng.random() < 0.6:
        _clouds(scene, horizon)
    return x, y


def _stars(scene: Scene, horizon: float) -> None:
    canvas, rng = scene.canvas, scene.rng
    for _ in range(130):
        x, y = rng.uniform(0, canvas.w), horizon * rng.random() ** 1.4
        canvas.circle(x, y, rng.choice((0.0012, 0.0016, 0.0028)), scene.palette.light, rng.uniform(0.35, 0.95))


def _clouds(scene: Scene, horizon: float) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    for _ in range(rng.randint(2, 5)):
        x, y = rng.uniform(-0.1, canvas.w), rng.uniform(0.08, horizon * 0.85)
        width, colour = rng.uniform(0.2, 0.55), mix(palette.sky_low, palette.light, 0.5)
        for bar in range(rng.randint(2, 4)):
            left, length = x + rng.uniform(0, width * 0.4), width * rng.uniform(0.4, 0.9)
            canvas.rect(left, y + bar * 0.022, length, 0.018, colour, radius=0.009, alpha=0.5)


def birds(scene: Scene, horizon: float) -> None:
    """A few far birds, each two strokes."""
    canvas, rng = scene.canvas, scene.rng
    x, y = canvas.w * rng.uniform(0.2, 0.75), horizon * rng.uniform(0.3, 0.7)
    for _ in range(rng.randint(3, 7)):
        bx, by, span = x + rng.uniform(-0.13, 0.13), y + rng.uniform(-0.07, 0.07), rng.uniform(0.01, 0.02)
        left = shapes.curve((bx - span, by - span * 0.25), (bx - span * 0.35, by - span * 0.75), (bx, by), steps=8)
        right = shapes.curve((bx, by), (bx + span * 0.35, by - span * 0.75), (bx + span, by - span * 0.25), steps=8)
        canvas.line([*left, *right], 0.0032, scene.palette.ink, 0.85)


def cosmos(scene: Scene) -> None:
    """Planets on their orbits, one of them large and ringed."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    deep = mix(palette.ink, (8, 8, 26), 0.35)
    canvas.gradient(deep, mix(deep, palette.tone(0.5), 0.55))
    for _ in range(3):
        canvas.glow(rng.uniform(0, canvas.w), rng.uniform(0, canvas.h), rng.uniform(0.35, 0.7), palette.tone(0.3), 0.4)
    _stars(scene, canvas.h * 1.6)
    x, y = canvas.w * rng.uniform(0.28, 0.72), canvas.h * rng.uniform(0.32, 0.68)
    radius = rng.uniform(0.14, 0.24)
    for orbit in range(3, 8):
        reach = radius * orbit * 0.55
        canvas.ring(x, y, reach, 0.002, palette.light, 0.28)
        angle = rng.uniform(0, math.tau)
        px, py, size = x + reach * math.cos(angle), y + reach * math.sin(angle), rng.uniform(0.012, 0.036)
        _planet(scene, px, py, size, rng.random())
    tilt = rng.uniform(-0.5, 0.5)
    _ring_half(scene, (x, y), radius, tilt, front=False)
    canvas.glow(x, y, radius * 1.7, palette.accent, 0.55)
    _planet(scene, x, y, radius, 0.1)
    _ring_half(scene, (x, y), radius, tilt, front=True)


def _planet(scene: Scene, x: float, y: float, radius: float, depth: float) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    base = mix(palette.tone(depth * 0.6), palette.accent, rng.choice((0.0, 0.35, 0.8)))
    outline = shapes.polygon(x, y, radius, 90)
    canvas.shaded(outline, mix(base, palette.light, 0.45), mix(base, palette.ink, 0.45))
    for _ in range(4 if radius > 0.1 else 1):
        band = rng.uniform(-0.75, 0.75)
        half, thick = math.sqrt(1 - band * band) * radius, radius * rng.uniform(0.03, 0.1)
        canvas.rect(x - half * 0.97, y + band * radius, half * 1.94, thick, palette.light, radius=thick / 2, alpha=0.16)


def _ring_half(scene: Scene, middle: tuple[float, float], radius: float, tilt: float, *, front: bool) -> None:
    start = 0.0 if front else math.pi
    for share, width in ((1.55, 0.014), (1.75, 0.008), (1.9, 0.004)):
        angles = (start + math.pi * step / 60 for step in range(61))
        flat = [
            (middle[0] + radius * share * math.cos(angle), middle[1] + radius * share * 0.28 * math.sin(angle))
            for angle in angles
        ]
        scene.canvas.line(shapes.turned(flat, middle, tilt), width, scene.palette.light, 0.9)


def balloons(scene: Scene) -> None:
    """Hot-air balloons over far hills."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    paint_sky(scene, canvas.h * 0.95)
    for layer in range(3):
        base = canvas.h * (0.8 + 0.07 * layer)
        line = shapes.ridge(rng, canvas.w, base, 0.06)
        top = mix(palette.tone(layer / 2.4), palette.sky_low, 0.55 - layer * 0.22)
        canvas.shaded(shapes.down_to(line, canvas.h), top, mix(top, palette.sky_low, 0.4))
    columns = rng.sample([0.14, 0.32, 0.5, 0.68, 0.86], k=rng.randint(4, 5))
    for index, column in enumerate(columns):
        size = rng.uniform(0.13, 0.19) if index == 0 else rng.uniform(0.035, 0.095)
        _balloon(scene, canvas.w * column, canvas.h * rng.uniform(0.2, 0.62), size)


def _balloon(scene: Scene, x: float, y: float, size: float) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    colours = rng.sample([palette.accent, palette.tone(0.2), palette.tone(0.5), palette.light, palette.tone(0.75)], k=3)
    profile = [(0, 0.16), (0.25, 0.52), (0.5, 0.88), (0.72, 1), (0.9, 0.72), (1, 0.0)]
    for gore, share in enumerate((1, 0.78, 0.5, 0.2)):
        outline = shapes.lathe(x, y + size * 1.25, size * 2.3, [(at, half * size * share) for at, half in profile])
        canvas.polygon(outline, mix(colours[gore % 3], palette.ink, 0.06 * gore))
    low = y + size * 1.25
    for side in (-0.14, 0.14):
        canvas.line([(x + side * size, low), (x + side * size * 0.7, low + size * 0.3)], size * 0.02, palette.ink)
    canvas.rect(
        x - size * 0.13,
        low + size * 0.28,
        size * 0.26,
        size * 0.22,
        mix(palette.ink, palette.accent, 0.3),
        radius=size * 0.04,
    )
