"""Posters: plain shapes, rays and nested arcs."""

import math

from PIL import ImageDraw, ImageFont

from app.providers.painting.canvas import Point
from app.providers.painting.colour import Colour, mix
from app.providers.painting.scene import Scene

_FORM_WORDS = """
    abstract bauhaus bold colors colours cover design geometric grain graphic heavy illustration imaginary large minimal
    minimalist modern poster print retro screenprint shapes style swiss three title typographic typography vintage
    about from into over that this under very with
"""
NOT_A_TITLE = frozenset(_FORM_WORDS.split())


def bauhaus(scene: Scene) -> None:
    """A grid of quarter circles, discs and bars over two or three words of type."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.fill(palette.paper if rng.random() < 0.7 else mix(palette.paper, palette.tone(0.0), 0.3))
    margin, columns = 0.07, rng.choice((3, 4, 4, 5))
    cell = (canvas.w - 2 * margin) / columns
    rows = round((canvas.h - 2 * margin - 0.14) / cell)
    cell_height = (canvas.h - 2 * margin - 0.15) / rows
    cell = min(cell, cell_height)
    left = (canvas.w - columns * cell) / 2
    colours = [palette.accent, palette.tone(0.0), palette.tone(0.5), palette.ink]
    rng.shuffle(colours)
    for row in range(rows):
        for column in range(columns):
            if rng.random() < 0.93:
                _tile(scene, left + column * cell, margin + row * cell, cell, rng.sample(colours, k=2))
    if rng.random() < 0.5:
        _large_disc(scene, (left, margin), cell, (columns, rows), colours[0])
    _type(scene, left, margin + rows * cell + 0.04)


def _large_disc(scene: Scene, corner: Point, cell: float, grid: tuple[int, int], colour: Colour) -> None:
    """One shape over two by two tiles, which breaks the grid without leaving it."""
    canvas, rng = scene.canvas, scene.rng
    x = corner[0] + cell * (1 + rng.randrange(grid[0] - 1))
    y = corner[1] + cell * (1 + rng.randrange(max(1, grid[1] - 1)))
    canvas.rect(x - cell, y - cell, cell * 2, cell * 2, scene.palette.paper)
    for ring, share in enumerate((1.0, 0.75, 0.5, 0.25)):
        canvas.circle(x, y, cell * share, colour if ring % 2 == 0 else scene.palette.paper)


def _tile(scene: Scene, x: float, y: float, size: float, colours: list[Colour]) -> None:
    canvas, rng = scene.canvas, scene.rng
    first, second = colours
    kind = rng.randrange(7)
    if kind in (0, 1, 2):
        canvas.rect(x, y, size, size, second if kind else scene.palette.paper)
        corner = rng.randrange(4)
        cx, cy = x + size * (corner in (0, 3)), y + size * (corner in (0, 1))
        start = {0: 180, 1: 270, 2: 0, 3: 90}[corner]
        canvas.pie(cx, cy, size, start, start + 90, first)
        if kind == 2:
            canvas.pie(cx, cy, size * 0.5, start, start + 90, scene.palette.paper)
    elif kind == 3:
        canvas.rect(x, y, size, size, first)
        canvas.circle(x + size / 2, y + size / 2, size * 0.32, second)
    elif kind == 4:
        for stripe in range(5):
            canvas.rect(x, y + size * stripe / 5, size, size * 0.1, first)
    elif kind == 5:
        canvas.polygon([(x, y + size), (x + size, y + size), (x + size * rng.choice((0, 1)), y)], first)
    else:
        start = rng.choice((0, 90, 180, 270))
        canvas.pie(x + size / 2, y + size / 2, size / 2, start, start + 180, first)
        canvas.pie(x + size / 2, y + size / 2, size / 2, start + 180, start + 360, second)


def _type(scene: Scene, x: float, y: float) -> None:
    """Two of the prompt's own words as a title, and bars that stand for small print."""
    canvas, palette = scene.canvas, scene.palette
    title = [word for word in scene.words if len(word) > 3 and word.isascii() and word not in NOT_A_TITLE][:2]
    text, width = " ".join(title).upper(), canvas.w - 2 * x
    size = min(canvas.h - y - 0.06, 0.085, width * 0.72 / max(6, len(text)) * 1.35)
    font = ImageFont.load_default(size * canvas.unit)
    spot, stroke = (x * canvas.unit, y * canvas.unit), size * canvas.unit / 30
    ImageDraw.Draw(canvas.image).text(spot, text, palette.ink, font, anchor="lt", stroke_width=stroke)
    for row in range(3):
        canvas.rect(x + width * 0.8, y + 0.022 * row, width * (0.2, 0.13, 0.17)[row], 0.009, palette.ink)


def sunburst(scene: Scene) -> None:
    """Rays from a sun that stands in rings over waves or stripes."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    x, y = canvas.w * rng.choice((0.5, 0.5, 0.24, 0.76)), canvas.h * rng.uniform(0.48, 0.7)
    canvas.fill(palette.paper)
    rays, turn = rng.choice((12, 16, 20, 28)), rng.uniform(0, 1)
    colours = [mix(palette.tone(0.1), palette.paper, 0.2), mix(palette.tone(0.3), palette.paper, 0.35)]
    for ray in range(rays * 2):
        a, b = math.tau * (ray + turn) / (rays * 2), math.tau * (ray + 1 + turn) / (rays * 2)
        ends = [(x + 3 * math.cos(a), y + 3 * math.sin(a)), (x + 3 * math.cos(b), y + 3 * math.sin(b))]
        canvas.polygon([(x, y), *ends], colours[ray % 2] if ray % 2 else palette.paper)
    canvas.glow(x, y, 0.62, palette.light, 0.8)
    for ring, share in enumerate((0.36, 0.3, 0.245, 0.19)):
        canvas.circle(x, y, share, mix(palette.accent, (palette.tone(0.5), palette.light)[ring % 2], 0.25 * ring))
    rows, top = rng.choice((4, 5, 6)), y + rng.uniform(0.0, 0.08)
    swell, pace = rng.uniform(0.012, 0.035), rng.uniform(5, 11)
    for row in range(rows):
        base, phase = top + (canvas.h - top) * row / rows, rng.uniform(0, 6)
        line = [
            (canvas.w * step / 100, base + swell * math.sin(canvas.w * step / 100 * pace + phase))
            for step in range(101)
        ]
        canvas.polygon([*line, (canvas.w, canvas.h), (0, canvas.h)], palette.tone(0.3 + 0.7 * row / (rows - 1)))
        canvas.line(line, 0.004, palette.light, 0.5)


def arcs(scene: Scene) -> None:
    """Nested arches of several sizes standing on a common ground."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.gradient(palette.paper, mix(palette.paper, palette.tone(0.1), 0.4))
    ground = canvas.h * rng.uniform(0.8, 0.92)
    canvas.circle(
        canvas.w * rng.uniform(0.2, 0.8), canvas.h * rng.uniform(0.16, 0.32), rng.uniform(0.07, 0.12), palette.accent
    )
    places = sorted(((rng.uniform(0.22, 0.42), rng.uniform(0.05, 0.95)) for _ in range(4)), reverse=True)
    for size, share in places:
        _arch(scene, canvas.w * share, ground, size)
    canvas.gradient(palette.tone(0.75), palette.tone(0.95), ground, None)


def _arch(scene: Scene, x: float, ground: float, size: float) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    bands = rng.choice((4, 5, 6))
    leg = rng.uniform(0, 0.22)
    outline = [
        (x + size * math.cos(a / 20 * math.pi), ground - leg - size * math.sin(a / 20 * math.pi)) for a in range(21)
    ]
    canvas.shadow([(x + size, ground), *outline, (x - size, ground)], alpha=0.3)
    colours = [palette.tone(step / (bands - 1)) for step in range(bands)]
    colours[rng.randrange(bands)] = palette.accent
    if rng.random() < 0.5:
        colours.reverse()
    for band, colour in enumerate([*colours, palette.paper]):
        reach = size * (1 - band / (bands + 1))
        canvas.pie(x, ground - leg, reach, 180, 360, colour)
        canvas.rect(x - reach, ground - leg - 0.001, reach * 2, leg + 0.002, colour)
