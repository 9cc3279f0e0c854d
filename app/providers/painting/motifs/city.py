"""Skylines, by night with lit windows."""

from PIL import Image

from app.providers.painting.colour import Colour, mix
from app.providers.painting.motifs.sky import paint_sky
from app.providers.painting.scene import Scene


def city(scene: Scene) -> None:
    """Three rows of towers, paler with distance, sometimes over water that reflects them."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    river = rng.random() < 0.5
    ground = canvas.h * (rng.uniform(0.74, 0.82) if river else 1.0)
    paint_sky(scene, ground)
    for row, depth in enumerate((0.1, 0.45, 0.85)):
        x = -rng.uniform(0, 0.08)
        while x < canvas.w:
            width = rng.uniform(0.055, 0.12) * (1 + 0.25 * row)
            height = ground * rng.uniform(0.34, 0.78) * (1 - 0.24 * row)
            colour = mix(palette.tone(depth), palette.sky_low, 0.42 * (1 - depth))
            _tower(scene, (x, ground - height, width, height), colour, depth)
            x += width + rng.choice((0, 0, 0.006, 0.02))
    if river:
        _reflect(scene, ground)


def _tower(scene: Scene, box: tuple[float, float, float, float], colour: Colour, depth: float) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    x, y, width, height = box
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    canvas.shaded(corners, colour, mix(colour, palette.sky_low, 0.3 * (1 - depth)))
    canvas.rect(x + width * 0.72, y, width * 0.28, height, palette.ink, alpha=0.14)
    _roof(scene, x, y, width, colour)
    lit = 0.45 if palette.dark else 0.22
    columns, pitch = max(2, round(width / 0.022)), 0.03
    step = width / (columns + 0.5)
    for column in range(columns):
        for floor in range(1, int(height / pitch)):
            if rng.random() < lit * (0.4 + depth):
                glow = palette.light if rng.random() < 0.8 else palette.accent
                left, top = x + step * (0.4 + column), y + pitch * floor
                canvas.rect(left, top, step * 0.55, pitch * 0.5, glow, alpha=0.45 + 0.5 * depth)
            elif depth > 0.3:
                canvas.rect(
                    x + step * (0.4 + column), y + pitch * floor, step * 0.55, pitch * 0.5, palette.ink, alpha=0.16
                )


def _roof(scene: Scene, x: float, y: float, width: float, colour: Colour) -> None:
    canvas, rng = scene.canvas, scene.rng
    kind = rng.randrange(9)
    middle = x + width / 2
    if kind == 0:
        canvas.polygon([(x, y), (x + width, y), (middle, y - width * 0.7)], colour)
    elif kind == 1:
        canvas.rect(x + width * 0.2, y - width * 0.22, width * 0.6, width * 0.24, colour)
        canvas.line([(middle, y - width * 0.2), (middle, y - width * 0.85)], 0.004, colour)
    elif kind == 2:
        canvas.pie(middle, y + 0.001, width * 0.42, 180, 360, colour)
    elif kind == 3:
        canvas.polygon([(x, y), (x + width, y), (x + width, y - width * 0.45)], colour)


def _reflect(scene: Scene, ground: float) -> None:
    """The skyline upside down in the water, darker, with light broken by ripples."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    line = round(ground * canvas.unit)
    depth = canvas.image.height - line
    mirrored = canvas.image.crop((0, line - depth, canvas.image.width, line)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    canvas.image.paste(mirrored, (0, line))
    canvas.rect(0, ground, canvas.w, canvas.h - ground, palette.tone(0.8), alpha=0.5)
    for _ in range(90):
        y = rng.uniform(ground, canvas.h)
        length = rng.uniform(0.02, 0.14)
        colour = rng.choice((palette.light, palette.tone(0.3), palette.ink))
        canvas.rect(rng.uniform(-0.05, canvas.w), y, length, 0.003, colour, radius=0.001, alpha=0.3)
