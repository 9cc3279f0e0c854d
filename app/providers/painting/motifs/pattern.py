"""Abstract fields: strokes in a flow, terrazzo, frost, fans."""

import math

from app.providers.painting import shapes
from app.providers.painting.canvas import Point
from app.providers.painting.colour import mix
from app.providers.painting.scene import Scene


def flow(scene: Scene) -> None:
    """Long brush strokes that follow one slow current."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.gradient(
        *((palette.tone(0.85), palette.ink) if palette.dark or rng.random() < 0.4 else (palette.paper, palette.sky_low))
    )
    phases = [rng.uniform(0, math.tau) for _ in range(4)]
    pace, swirl, heading = rng.uniform(1.6, 3.4), rng.uniform(0.9, 1.9), rng.uniform(0, math.tau)
    for _ in range(620):
        x, y = rng.uniform(-0.1, canvas.w + 0.1), rng.uniform(-0.1, canvas.h + 0.1)
        hue = 0.5 + 0.5 * math.sin(x * 2.3 + phases[0]) * math.cos(y * 2.7 + phases[1])
        colour = palette.accent if rng.random() < 0.1 else palette.tone(hue * 0.8 + rng.uniform(-0.12, 0.12))
        if rng.random() < 0.12:
            colour = palette.light
        stroke = [(x, y)]
        for _ in range(rng.randint(8, 20)):
            angle = heading + swirl * (math.sin(x * pace + phases[2]) + math.cos(y * pace * 1.2 + phases[3] + x))
            x, y = x + 0.019 * math.cos(angle), y + 0.019 * math.sin(angle)
            stroke.append((x, y))
        canvas.line(stroke, rng.choice((0.004, 0.007, 0.012, 0.017)), colour)


def terrazzo(scene: Scene) -> None:
    """Chips of stone, large ones first, in a pale ground."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.fill(rng.choice((palette.paper, mix(palette.paper, palette.tone(0.1), 0.35), palette.tone(0.85))))
    placed: list[tuple[float, float, float]] = []
    colours = [palette.accent, palette.light, *palette.tones]
    for size in (*[0.1] * 14, *[0.06] * 60, *[0.03] * 240, *[0.013] * 420):
        x, y, radius = rng.uniform(0, canvas.w), rng.uniform(0, canvas.h), size * rng.uniform(0.75, 1.25)
        if any((x - ox) ** 2 + (y - oy) ** 2 < (radius * 0.92 + other) ** 2 for ox, oy, other in placed):
            continue
        placed.append((x, y, radius))
        _chip(scene, (x, y), radius, rng.choice(colours))


def _chip(scene: Scene, centre: Point, radius: float, colour: tuple[int, int, int]) -> None:
    rng, corners = scene.rng, scene.rng.randint(4, 7)
    angles = sorted(rng.uniform(0, math.tau) for _ in range(corners + 2))
    stretch, turn = rng.uniform(0.6, 1), rng.uniform(0, math.pi)
    raw = [(centre[0] + radius * math.cos(a), centre[1] + radius * stretch * math.sin(a)) for a in angles]
    outline = shapes.turned(raw, centre, turn)
    scene.canvas.polygon(outline, colour)
    if radius > 0.05:
        vein = [
            (centre[0] - radius * 0.5, centre[1]),
            (centre[0], centre[1] + radius * 0.2),
            (centre[0] + radius * 0.6, centre[1]),
        ]
        scene.canvas.line(shapes.turned(vein, centre, turn), 0.002, scene.palette.light, 0.5)


def frost(scene: Scene) -> None:
    """Ice crystals of six branches on a softly lit ground."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.gradient(palette.tone(0.55), palette.tone(0.95))
    warm = palette.accent
    for _ in range(5):
        spot = (rng.uniform(0, canvas.w), rng.uniform(0, canvas.h))
        canvas.glow(*spot, rng.uniform(0.2, 0.5), rng.choice((warm, palette.tone(0.1), palette.tone(0.3))), 0.45)
    main = (canvas.w * rng.uniform(0.3, 0.7), canvas.h * rng.uniform(0.35, 0.65))
    canvas.glow(*main, 0.6, palette.light, 0.5)
    for _ in range(rng.randint(6, 10)):
        _crystal(scene, (rng.uniform(0, canvas.w), rng.uniform(0, canvas.h)), rng.uniform(0.05, 0.15), 0.45)
    _crystal(scene, main, rng.uniform(0.34, 0.44), 1.0)


def _crystal(scene: Scene, centre: Point, size: float, alpha: float) -> None:
    """One branch with its twigs and plates is drawn six times."""
    canvas, rng, colour = scene.canvas, scene.rng, mix(scene.palette.light, (255, 255, 255), 0.4)
    turn, width = rng.uniform(0, math.tau / 6), max(0.0016, size * 0.018)
    twigs = [(share, rng.uniform(0.14, 0.34) * (1.15 - share)) for share in (0.22, 0.34, 0.46, 0.58, 0.7, 0.82)]
    plate = rng.uniform(0.16, 0.3)
    for branch in range(6):
        angle = turn + math.tau * branch / 6
        canvas.line([centre, _away(centre, angle, size)], width, colour, alpha)
        for share, length in twigs:
            knot = _away(centre, angle, size * share)
            for side in (-1, 1):
                tip = _away(knot, angle + side * math.pi / 3, size * length)
                canvas.line([knot, tip], width * 0.7, colour, alpha)
                middle = _away(knot, angle + side * math.pi / 3, size * length * 0.55)
                for small in (0, side * math.pi * 2 / 3):
                    canvas.line(
                        [middle, _away(middle, angle + small, size * length * 0.35)], width * 0.45, colour, alpha
                    )
    canvas.line(
        [*shapes.polygon(*centre, size * plate, 6, turn), _away(centre, turn, size * plate)], width * 0.6, colour, alpha
    )
    canvas.polygon(shapes.polygon(*centre, size * plate * 0.6, 6, turn + math.pi / 6), colour, alpha * 0.4)


def _away(point: Point, angle: float, distance: float) -> Point:
    return point[0] + math.cos(angle) * distance, point[1] + math.sin(angle) * distance


def fans(scene: Scene) -> None:
    """Overlapping fans in rows, like roof tiles or stylised waves."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.fill(palette.tone(0.7))
    radius = 1 / rng.choice((5, 6, 7))
    bands = 4
    glow_x, glow_y = rng.uniform(0, canvas.w), rng.uniform(0, canvas.h * 0.6)
    for row in range(int(canvas.h / (radius * 0.5)) + 3):
        for column in range(-1, int(canvas.w / (radius * 2)) + 2):
            x, y = radius * (2 * column + row % 2), radius * 0.5 * row
            depth = min(1.0, math.hypot(x - glow_x, y - glow_y) / 1.15)
            accent = rng.random() < 0.06
            for band in range(bands):
                tone = palette.tone(min(1.0, 0.85 * depth + 0.12 * (band % 2)))
                fill = mix(palette.accent, palette.light, 0.2 * band) if accent else tone
                pale = mix(palette.paper, fill, 0.12)
                canvas.circle(x, y, radius * (1 - band / bands), pale if band % 2 else fill)
