"""Hills, mountains, dunes and woods, each layer paler the farther it is."""

from app.providers.painting import shapes
from app.providers.painting.canvas import Point
from app.providers.painting.colour import Colour, mix
from app.providers.painting.motifs.sky import birds, paint_sky
from app.providers.painting.scene import Scene


def hills(scene: Scene) -> None:
    """Rolling layers with mist between them and a few trees in front."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    horizon = canvas.h * rng.uniform(0.42, 0.6)
    paint_sky(scene, horizon)
    birds(scene, horizon)
    layers = rng.randint(5, 7)
    roughness = rng.choice((0.05, 0.09, 0.13))
    for layer in range(layers):
        depth = layer / (layers - 1)
        base = horizon + (canvas.h * 1.02 - horizon) * depth**1.2 * 0.86
        line = shapes.ridge(rng, canvas.w, base, roughness * (1.1 - 0.4 * depth), detail=rng.randint(2, 6))
        colour = _hazy(scene, depth)
        canvas.shaded(shapes.down_to(line, canvas.h), colour, mix(colour, palette.sky_low, 0.5 * (1 - depth)))
        if depth > 0.45:
            _pines_along(scene, line, 0.03 + 0.07 * depth**2, mix(colour, palette.ink, 0.3), rng.randint(4, 13))


def mountains(scene: Scene) -> None:
    """Faceted peaks, one side lit and one in shadow, snow on top, and water or woods below."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    horizon = canvas.h * rng.uniform(0.6, 0.74)
    sun_x, _ = paint_sky(scene, horizon)
    lit_left = sun_x < canvas.w / 2
    for row, depth in enumerate((0.12, 0.42, 0.66)):
        count = 4 - row
        for peak in range(count):
            x = canvas.w * (peak + rng.uniform(0.15, 0.85)) / count
            height = rng.uniform(0.24, 0.5) * (1 - 0.28 * row) * canvas.h
            _peak(scene, (x, horizon + 0.03 * row - height), horizon + 0.05 * row + 0.02, depth, lit_left)
    line = shapes.ridge(rng, canvas.w, horizon + 0.05, 0.02)
    canvas.shaded(shapes.down_to(line, canvas.h), palette.tone(0.72), palette.tone(0.95))
    for row in range(3):
        edge = shapes.ridge(rng, canvas.w, horizon + 0.09 + 0.12 * row * (canvas.h - horizon) / 0.35, 0.025)
        _pines_along(
            scene, edge, 0.07 + 0.045 * row, mix(palette.tone(0.8), palette.ink, 0.3 * row + 0.1), 24 - 4 * row
        )


def _peak(scene: Scene, top: Point, base: float, depth: float, lit_left: bool) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    height = base - top[1]
    left, right = top[0] - height * rng.uniform(0.75, 1.15), top[0] + height * rng.uniform(0.75, 1.15)
    spine = [top, (top[0] + height * 0.07, top[1] + height * 0.3), (top[0] - height * 0.05, top[1] + height * 0.6)]
    foot = (top[0] + height * 0.08, base)
    colour = _hazy(scene, depth)
    bright, shade = mix(colour, palette.light, 0.28), mix(colour, palette.ink, 0.22)
    haze = mix(colour, palette.sky_low, 0.6)
    canvas.shaded([*spine, foot, (left, base)], bright if lit_left else shade, haze)
    canvas.shaded([*spine, foot, (right, base)], shade if lit_left else bright, haze)
    snow = mix(palette.light, (255, 255, 255), 0.5)
    _snow(scene, top, (left, base), snow if lit_left else mix(snow, colour, 0.45))
    _snow(scene, top, (right, base), mix(snow, colour, 0.45) if lit_left else snow)


def _snow(scene: Scene, top: Point, foot: Point, colour: Colour) -> None:
    """Snow on one flank, with a ragged lower edge."""
    rng, height = scene.rng, foot[1] - top[1]
    edge, line = (top[0] + (foot[0] - top[0]) * 0.3, top[1] + height * 0.3), top[0] + height * 0.07
    ragged = [
        (
            edge[0] + (line - edge[0]) * share,
            top[1] + height * (0.3 + (0.1 if step % 2 else -0.07) * rng.uniform(0.4, 1)),
        )
        for step, share in enumerate((0.25, 0.5, 0.75))
    ]
    scene.canvas.polygon([top, edge, *ragged, (line, top[1] + height * 0.3)], colour)


def dunes(scene: Scene) -> None:
    """Sand in sweeping crescents, each with a lit and a shadowed side."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    horizon = canvas.h * rng.uniform(0.4, 0.55)
    paint_sky(scene, horizon)
    for layer in range(5):
        depth = layer / 4
        base = horizon + (canvas.h - horizon) * depth * 0.78
        crest_x, crest_y = canvas.w * rng.uniform(0.2, 0.8), base - rng.uniform(0.05, 0.13)
        rise = shapes.curve((0, base + rng.uniform(0, 0.06)), (crest_x * 0.65, base + 0.03), (crest_x, crest_y))
        fall = shapes.curve(
            (crest_x, crest_y), (crest_x + 0.12, base + 0.02), (canvas.w, base + rng.uniform(-0.02, 0.07))
        )
        bend = (crest_x + rng.uniform(-0.2, 0.08), (crest_y + canvas.h) / 2)
        ridge = shapes.curve((crest_x, crest_y), bend, (crest_x + rng.uniform(0.05, 0.4), canvas.h * 1.02))
        colour = _hazy(scene, depth * 0.75)
        canvas.shaded(shapes.down_to([*rise, *fall], canvas.h), mix(colour, palette.light, 0.3), colour)
        shadow = mix(colour, palette.tone(0.9), 0.5)
        canvas.shaded([*fall, (canvas.w, canvas.h), *reversed(ridge)], shadow, mix(shadow, colour, 0.6))


def forest(scene: Scene) -> None:
    """Woods in mist: rows of firs, or pale trunks with light between them."""
    if scene.asks_for("birch", "trunk", "aspen", "bamboo") or scene.rng.random() < 0.4:
        _trunks(scene)
    else:
        _fir_rows(scene)


def _fir_rows(scene: Scene) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    horizon = canvas.h * rng.uniform(0.38, 0.5)
    paint_sky(scene, canvas.h * 0.9)
    for row in range(6):
        depth = row / 5
        base = horizon + (canvas.h * 1.08 - horizon) * depth
        line = shapes.ridge(rng, canvas.w, base, 0.05)
        colour = _hazy(scene, depth)
        _pines_along(scene, line, 0.12 + 0.22 * depth, colour, 34 - row * 4)
        canvas.shaded(shapes.down_to(line, canvas.h), colour, mix(colour, palette.sky_low, 0.6 * (1 - depth)))


def _trunks(scene: Scene) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.gradient(mix(palette.sky_top, palette.tone(0.3), 0.4), palette.sky_low)
    canvas.glow(canvas.w * rng.uniform(0.25, 0.75), canvas.h * rng.uniform(0.3, 0.55), 0.6, palette.light, 0.9)
    for row in range(5):
        depth = row / 4
        ground = shapes.ridge(rng, canvas.w, canvas.h * (0.68 + 0.07 * row), 0.025)
        colour = _hazy(scene, depth)
        for _ in range(16 - row * 3):
            _trunk(scene, rng.uniform(0, canvas.w), canvas.h * (0.72 + 0.08 * row), 0.006 + 0.03 * depth**1.5, colour)
        canvas.shaded(shapes.down_to(ground, canvas.h), colour, mix(colour, palette.tone(0.9), 0.3))


def _trunk(scene: Scene, x: float, foot: float, half: float, colour: Colour) -> None:
    canvas, rng = scene.canvas, scene.rng
    lean = rng.uniform(-0.03, 0.03)
    canvas.polygon(
        [(x - half, foot), (x + half, foot), (x + half * 0.7 + lean, -0.02), (x - half * 0.7 + lean, -0.02)], colour
    )
    for _ in range(3):
        y, side = rng.uniform(0.05, foot * 0.6), rng.choice((-1, 1))
        reach = half * rng.uniform(4, 9)
        tip = (x + side * reach, y - reach * rng.uniform(0.5, 1.1))
        canvas.line(shapes.curve((x, y), (x + side * reach * 0.5, y), tip, steps=8), half * 0.45, colour)


def _pines_along(scene: Scene, line: list[Point], size: float, colour: Colour, count: int) -> None:
    """Firs of different heights standing on a line."""
    rng = scene.rng
    for _ in range(count):
        x = rng.uniform(-0.02, scene.canvas.w + 0.02)
        _pine(scene, x, shapes.height_at(line, x) + 0.012, size * rng.uniform(0.55, 1.1), colour)


def _pine(scene: Scene, x: float, foot: float, height: float, colour: Colour) -> None:
    tiers, half = 6, height * 0.2
    right: list[Point] = []
    for tier in range(tiers):
        y = foot - height * (0.94 - 0.84 * (tier + 1) / tiers)
        reach = half * (tier + 1) / tiers
        right += [(x + reach, y), (x + reach * 0.5, y - height * 0.015)]
    outline = [(x, foot - height), *right, (x + half * 0.1, foot), (x - half * 0.1, foot)]
    scene.canvas.polygon(outline + [(2 * x - px, py) for px, py in reversed(right)], colour)


def _hazy(scene: Scene, depth: float) -> Colour:
    """The tone at a depth, veiled by the sky the farther away it is."""
    return mix(scene.palette.tone(depth), scene.palette.sky_low, round(0.5 * (1 - depth) ** 1.5, 3))
