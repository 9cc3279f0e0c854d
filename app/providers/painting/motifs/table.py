"""Things on a table: vessels, fruit, a cup."""

import math

from app.providers.painting import shapes
from app.providers.painting.canvas import Point
from app.providers.painting.colour import Colour, mix
from app.providers.painting.scene import Scene

VASES = (
    [(0, 0.5), (0.35, 0.95), (0.62, 0.75), (0.8, 0.3), (0.92, 0.28), (1, 0.42)],
    [(0, 0.4), (0.3, 0.5), (0.6, 0.5), (0.72, 0.18), (0.95, 0.16), (1, 0.22)],
    [(0, 0.3), (0.15, 0.65), (0.45, 1.0), (0.75, 0.7), (0.9, 0.5), (1, 0.55)],
    [(0, 0.62), (0.5, 0.5), (0.85, 0.62), (1, 0.7)],
)


def still_life(scene: Scene) -> None:
    """Vessels and fruit before a wall with a patch of light."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    table = canvas.h * rng.uniform(0.66, 0.74)
    _wall(scene, table)
    spots = [
        canvas.w * share + rng.uniform(-0.03, 0.03)
        for share in rng.choice(((0.3, 0.52, 0.74), (0.24, 0.42, 0.62, 0.8)))
    ]
    rng.shuffle(spots)
    shades: list[Colour] = [palette.accent, palette.tone(0.55), palette.tone(0.2), palette.tone(0.8), palette.paper]
    rng.shuffle(shades)
    for index, x in enumerate(spots):
        height = rng.uniform(0.3, 0.46) if index == 0 else rng.uniform(0.17, 0.33)
        depth = rng.uniform(0.02, 0.07)
        top = _vessel(scene, x, table + depth, height, shades[index % 5])
        if index == 0 or rng.random() < 0.3:
            _twigs(scene, (x, top))
    if scene.asks_for("coffee", "tea", "cup", "breakfast", "teacup", "espresso", "cafe"):
        _cup(scene, canvas.w * rng.uniform(0.3, 0.7), table + 0.14)
    else:
        _fruit(scene, canvas.w * rng.uniform(0.25, 0.75), table + 0.12)


def _wall(scene: Scene, table: float) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    wall = palette.tone(0.6) if palette.dark else mix(palette.tone(0.05), palette.sky_low, 0.35)
    canvas.gradient(mix(wall, palette.light, 0.12), mix(wall, palette.tone(0.5), 0.25), 0, table)
    left, slant = canvas.w * rng.uniform(0.05, 0.5), rng.uniform(0.1, 0.3)
    for pane in range(2):
        x = left + 0.23 * pane
        canvas.polygon(
            [(x, 0.08), (x + 0.2, 0.04), (x + 0.2 + slant, table * 0.86), (x + slant, table * 0.9)], palette.light, 0.32
        )
    cloth = mix(palette.tone(0.35), palette.paper, 0.3) if not palette.dark else palette.tone(0.8)
    canvas.gradient(mix(cloth, palette.light, 0.3), mix(cloth, palette.ink, 0.15), table, None)
    canvas.rect(0, table, canvas.w, 0.004, palette.light, alpha=0.5)


def _vessel(scene: Scene, x: float, base: float, height: float, colour: Colour) -> float:
    """A vase or bottle with its shadow; answers the y of its mouth."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    half = height * rng.uniform(0.24, 0.36)
    profile = [(at, wide * half) for at, wide in rng.choice(VASES)]
    _cast(scene, x, base, profile[0][1] * 1.3, height)
    for share, shade in ((1.0, mix(colour, palette.ink, 0.3)), (0.74, colour), (0.4, mix(colour, palette.light, 0.16))):
        moved = x - (1 - share) * half * 0.34
        canvas.polygon(shapes.lathe(moved, base, height, [(at, wide * share) for at, wide in profile]), shade)
    mouth = profile[-1][1]
    canvas.ellipse(x, base - height, mouth, mouth * 0.22, mix(colour, palette.ink, 0.55))
    if rng.random() < 0.5:
        canvas.rect(
            x - half * 0.26,
            base - height * 0.55,
            half * 0.07,
            height * 0.28,
            palette.light,
            radius=half * 0.03,
            alpha=0.6,
        )
    return base - height


def _cast(scene: Scene, x: float, base: float, half: float, height: float) -> None:
    """The long soft shadow of a thing that is lit from the left."""
    tip = (x + height * 0.95, base + height * 0.1)
    scene.canvas.shadow(
        [(x - half, base + 0.004), (x, base - 0.014), tip, (tip[0] - 0.05, tip[1] + 0.03)], dx=0, dy=0, alpha=0.4
    )
    scene.canvas.ellipse(x, base, half, half * 0.2, scene.palette.ink, 0.3)


def _twigs(scene: Scene, mouth: Point) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    flowers = rng.random() < 0.55
    for _ in range(rng.randint(4, 7)):
        angle, length = -math.pi / 2 + rng.uniform(-0.75, 0.75), rng.uniform(0.14, 0.27)
        tip = (mouth[0] + math.cos(angle) * length, mouth[1] + math.sin(angle) * length)
        stem = shapes.curve(mouth, (mouth[0], mouth[1] - length * 0.5), tip)
        canvas.line(stem, 0.004, palette.tone(0.85))
        for step in range(8, 28, 4):
            side = 0.9 if step % 8 else -0.9
            canvas.polygon(
                shapes.leaf(*stem[step], angle + side, 0.045, 0.01),
                mix(palette.tone(0.65), palette.tone(0.9), rng.random()),
            )
        if flowers:
            for petal in range(6):
                canvas.polygon(
                    shapes.leaf(*tip, petal * math.tau / 6 + angle, 0.034, 0.011),
                    mix(palette.accent, palette.light, 0.2),
                )
            canvas.circle(*tip, 0.009, palette.light)


def _fruit(scene: Scene, x: float, base: float) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    colour = rng.choice(
        (palette.accent, mix(palette.accent, palette.light, 0.35), mix(palette.tone(0.3), palette.accent, 0.5))
    )
    places = [(0.0, 0.0), (0.1, 0.018), (0.185, -0.008), (0.06, 0.05)][: rng.randint(2, 4)]
    for dx, dy in places:
        radius = rng.uniform(0.042, 0.052)
        cx, cy = x + dx, base + dy
        _cast(scene, cx, cy + radius * 0.9, radius * 0.8, radius * 2.2)
        canvas.shaded(
            shapes.polygon(cx, cy, radius, 60), mix(colour, palette.light, 0.3), mix(colour, palette.ink, 0.35)
        )
        canvas.glow(cx - radius * 0.35, cy - radius * 0.35, radius * 0.5, palette.light, 0.7)
        canvas.line([(cx, cy - radius * 0.9), (cx + 0.008, cy - radius * 1.3)], 0.005, palette.ink)


def _cup(scene: Scene, x: float, base: float) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    body = mix(palette.paper, palette.accent, rng.choice((0.0, 0.85)))
    _cast(scene, x, base, 0.09, 0.16)
    canvas.ellipse(x, base - 0.004, 0.125, 0.025, mix(body, palette.ink, 0.18))
    canvas.ring(x + 0.085, base - 0.066, 0.034, 0.014, mix(body, palette.ink, 0.12))
    canvas.polygon(shapes.lathe(x, base, 0.12, [(0, 0.04), (0.3, 0.07), (1, 0.088)]), mix(body, palette.ink, 0.1))
    canvas.polygon(shapes.lathe(x - 0.014, base, 0.12, [(0, 0.024), (0.3, 0.05), (1, 0.07)]), body)
    canvas.ellipse(x, base - 0.12, 0.088, 0.02, mix(body, palette.light, 0.4))
    canvas.ellipse(x, base - 0.119, 0.078, 0.016, mix(palette.tone(0.9), palette.accent, 0.15))
    for wisp in (-0.025, 0.02):
        rise = [
            (x + wisp + 0.014 * math.sin(step * 0.35 + wisp * 90), base - 0.15 - step * 0.006) for step in range(26)
        ]
        canvas.line(rise, 0.007, palette.light, 0.4)
