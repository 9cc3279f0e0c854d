"""Animals as plain silhouettes: cat, fox, bird, fish, owl."""

import math
from collections.abc import Callable

from app.providers.painting import shapes
from app.providers.painting.colour import mix
from app.providers.painting.motifs.sky import paint_sky
from app.providers.painting.scene import Scene

NAMES = {
    "cat": "cat kitten tabby panther tiger leopard lion",
    "fox": "fox wolf dog puppy corgi husky raccoon bear panda",
    "bird": "bird heron crane robin kingfisher finch hummingbird parrot raven crow flamingo",
    "fish": "fish koi goldfish salmon shark aquarium octopus jellyfish turtle",
    "owl": "owl owlet penguin",
}


def animal(scene: Scene) -> None:
    """The animal the prompt names, else one of its own choice."""
    named = [kind for kind, words in NAMES.items() if scene.asks_for(*words.split())]
    kind = named[0] if named else scene.rng.choice(tuple(NAMES))
    painters: dict[str, Callable[[Scene], None]] = {"cat": _cat, "fox": _fox, "bird": _bird, "fish": _fish, "owl": _owl}
    painters[kind](scene)


def _ground(scene: Scene, level: float) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    paint_sky(scene, level)
    for layer in range(3):
        line = shapes.ridge(rng, canvas.w, level - 0.1 + 0.08 * layer, 0.05)
        colour = mix(palette.tone(0.15 + 0.25 * layer), palette.sky_low, 0.4 - 0.18 * layer)
        canvas.shaded(shapes.down_to(line, canvas.h), colour, mix(colour, palette.sky_low, 0.3))


def _grass(scene: Scene, level: float) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.gradient(palette.tone(0.85), palette.ink, level, None)
    for _ in range(110):
        x, height = rng.uniform(0, canvas.w), rng.uniform(0.03, 0.13)
        blade = shapes.leaf(x, level + 0.02, -math.pi / 2 + rng.uniform(-0.35, 0.35), height, 0.005, steps=6)
        canvas.polygon(blade, palette.tone(rng.uniform(0.7, 1)))


def _cat(scene: Scene) -> None:
    """Sitting, seen from behind, looking at the sky."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    level = canvas.h * rng.uniform(0.8, 0.86)
    _ground(scene, level)
    x, size, side = canvas.w * rng.uniform(0.35, 0.65), rng.uniform(0.36, 0.46), rng.choice((-1, 1))
    fur = mix(palette.ink, palette.tone(0.8), 0.15)
    tail = shapes.curve(
        (x + side * size * 0.2, level),
        (x + side * size * 0.75, level + 0.02),
        (x + side * size * 0.62, level - size * 0.42),
    )
    _grass(scene, level)
    canvas.line(tail, size * 0.085, fur)
    body = shapes.lathe(
        x,
        level + 0.03,
        size,
        [(0, size * 0.3), (0.25, size * 0.33), (0.6, size * 0.2), (0.85, size * 0.14), (1, size * 0.1)],
    )
    canvas.polygon(body, fur)
    head = level - size * 1.02
    canvas.ellipse(x, head, size * 0.19, size * 0.165, fur)
    for ear in (-1, 1):
        canvas.polygon(
            [
                (x + ear * size * 0.18, head - size * 0.03),
                (x + ear * size * 0.16, head - size * 0.27),
                (x + ear * size * 0.03, head - size * 0.13),
            ],
            fur,
        )
    rim = body[: len(body) // 2] if side > 0 else body[len(body) // 2 :]
    canvas.line(rim[2:-2], 0.006, mix(palette.accent, palette.light, 0.4), 0.8)


def _fox(scene: Scene) -> None:
    """A face of plain facets between leaves."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.gradient(palette.sky_top, mix(palette.tone(0.5), palette.sky_low, 0.4))
    x, y, size = canvas.w * rng.uniform(0.46, 0.54), canvas.h * rng.uniform(0.46, 0.54), rng.uniform(0.3, 0.36)
    canvas.glow(x, y, 0.62, palette.light, 0.7)
    _leaf_ring(scene, x, y, 0.52, 20)
    fur = palette.accent
    dark, pale = mix(fur, palette.ink, 0.5), mix(palette.paper, fur, 0.08)
    for side, shade in ((-1, mix(fur, palette.light, 0.14)), (1, mix(fur, palette.ink, 0.12))):

        def at(dx: float, dy: float, side: int = side) -> tuple[float, float]:
            return x + side * dx * size, y + dy * size

        canvas.polygon([at(0.28, -0.5), at(0.78, -1.18), at(0.92, -0.2)], dark)
        canvas.polygon([at(0.4, -0.5), at(0.72, -0.98), at(0.8, -0.35)], mix(fur, palette.light, 0.35))
        canvas.polygon([at(0, -0.58), at(0.45, -0.55), at(0.95, -0.12), at(1.02, 0.2), at(0, 0.95)], shade)
        canvas.polygon([at(1.02, 0.2), at(0.5, 0.2), at(0.12, 0.75), at(0, 0.95), at(0.55, 0.68)], pale)
        canvas.polygon([at(0, -0.58), at(0.16, -0.35), at(0.1, 0.7), at(0, 0.8)], mix(shade, palette.ink, 0.12))
        canvas.polygon([at(0.28, 0.0), at(0.46, -0.12), at(0.62, 0.0), at(0.46, 0.07)], palette.ink)
        canvas.circle(*at(0.47, -0.035), size * 0.025, palette.light)
    canvas.polygon(
        [(x - size * 0.14, y + size * 0.76), (x + size * 0.14, y + size * 0.76), (x, y + size * 0.97)], palette.ink
    )
    _leaf_ring(scene, x, y + 0.1, 0.62, 12, low=True)


def _leaf_ring(scene: Scene, x: float, y: float, reach: float, count: int, *, low: bool = False) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    for index in range(count):
        angle = (math.pi * (0.15 + 0.7 * index / count)) if low else math.tau * index / count
        root = (x + reach * 1.15 * math.cos(angle), y + reach * 1.15 * math.sin(angle))
        length, colour = rng.uniform(0.22, 0.34), palette.tone(rng.uniform(0.35, 0.95))
        outline = shapes.leaf(*root, angle + math.pi + rng.uniform(-0.5, 0.5), length, length * 0.2)
        canvas.shadow(outline, alpha=0.25)
        canvas.polygon(outline, colour)
        canvas.polygon(outline[: len(outline) // 2], mix(colour, palette.light, 0.15))


def _bird(scene: Scene) -> None:
    """A wader among reeds, or in front of the sun."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    level = canvas.h * rng.uniform(0.76, 0.82)
    canvas.gradient(palette.sky_top, palette.sky_low, 0, level)
    canvas.circle(
        canvas.w * rng.uniform(0.42, 0.58),
        level - 0.3,
        rng.uniform(0.24, 0.32),
        mix(palette.accent, palette.sky_low, rng.choice((0.0, 0.45))),
    )
    canvas.gradient(palette.tone(0.3), palette.tone(0.75), level, None)
    x, side, size = canvas.w * rng.uniform(0.42, 0.58), rng.choice((-1, 1)), rng.uniform(0.46, 0.56)
    body = mix(palette.paper, palette.tone(0.1), 0.3) if palette.dark else palette.tone(0.8)

    def at(dx: float, dy: float) -> tuple[float, float]:
        return x + side * dx * size, level + dy * size

    for leg in (-0.02, 0.08):
        canvas.line([at(leg, -0.5), at(leg + 0.02, -0.22), at(leg - 0.01, 0.06)], 0.008, palette.ink)
    back = shapes.curve(at(-0.5, -0.36), at(-0.1, -0.78), at(0.24, -0.72))
    belly = shapes.curve(at(0.24, -0.6), at(0.12, -0.34), at(-0.5, -0.36))
    canvas.polygon([*back, *belly], body)
    canvas.polygon(
        [
            *shapes.curve(at(-0.62, -0.28), at(-0.2, -0.66), at(0.1, -0.66)),
            *shapes.curve(at(0.1, -0.6), at(-0.1, -0.4), at(-0.62, -0.28)),
        ],
        palette.tone(0.7) if palette.dark else palette.tone(0.95),
    )
    neck = shapes.curve(at(0.2, -0.66), at(0.5, -0.86), at(0.2, -1.02)) + shapes.curve(
        at(0.2, -1.02), at(0.1, -1.18), at(0.26, -1.22)
    )
    canvas.line(neck, size * 0.075, body)
    canvas.ellipse(*at(0.29, -1.22), size * 0.085, size * 0.06, body)
    canvas.polygon([at(0.34, -1.25), at(0.72, -1.19), at(0.34, -1.19)], palette.accent if palette.dark else palette.ink)
    canvas.circle(*at(0.31, -1.235), size * 0.013, palette.ink)
    canvas.polygon(
        shapes.leaf(*at(0.26, -1.27), math.pi * (0.12 if side < 0 else 0.88), size * 0.24, size * 0.02), palette.ink
    )
    for _ in range(16):
        rx, height = canvas.w * rng.choice((rng.uniform(0, 0.28), rng.uniform(0.72, 1))), rng.uniform(0.2, 0.55)
        canvas.polygon(
            shapes.leaf(rx, canvas.h, -math.pi / 2 + rng.uniform(-0.18, 0.18), height + canvas.h - level, 0.011),
            palette.tone(rng.uniform(0.6, 1)),
        )


def _fish(scene: Scene) -> None:
    """A shoal in the same current, one of another colour."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.gradient(palette.tone(0.35), palette.tone(0.95))
    canvas.glow(canvas.w * rng.uniform(0.2, 0.8), 0, 0.8, palette.light, 0.6)
    heading, special = rng.uniform(-0.5, 0.5) + rng.choice((0, math.pi)), rng.randrange(4, 12)
    for index in range(16):
        column, row = index % 4, index // 4
        x = canvas.w * (column + 0.5 + rng.uniform(-0.3, 0.3)) / 4
        y = canvas.h * (row + 0.5 + rng.uniform(-0.3, 0.3)) / 4
        size = 0.2 if index == special else rng.uniform(0.08, 0.14)
        _one_fish(scene, (x, y), size, heading + rng.uniform(-0.25, 0.25), special=index == special)
    for _ in range(22):
        canvas.ring(
            rng.uniform(0, canvas.w), rng.uniform(0, canvas.h), rng.uniform(0.004, 0.014), 0.0025, palette.light, 0.6
        )


def _one_fish(scene: Scene, centre: tuple[float, float], size: float, heading: float, *, special: bool) -> None:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    colour = palette.accent if special else palette.tone(rng.uniform(0, 0.3))
    x, y = centre
    body = shapes.leaf(x - size, y, 0, size * 2, size * 0.5, steps=24)
    tail = [
        (x - size * 0.8, y),
        (x - size * 1.5, y - size * 0.5),
        (x - size * 1.28, y),
        (x - size * 1.5, y + size * 0.5),
    ]
    fin = [(x - size * 0.1, y - size * 0.42), (x - size * 0.5, y - size * 0.75), (x - size * 0.6, y - size * 0.3)]
    canvas.shadow(shapes.turned(body, centre, heading), dx=0.015, dy=0.03, alpha=0.22)
    for part, shade in ((tail, 0.25), (fin, 0.2), (body, 0.0)):
        canvas.polygon(shapes.turned(part, centre, heading), mix(colour, palette.tone(0.8), shade))
    canvas.polygon(shapes.turned(body[: len(body) // 2], centre, heading), mix(colour, palette.light, 0.25))
    for stripe in (-0.35, 0.0, 0.32):
        band = shapes.curve(
            (x + stripe * size, y - size * 0.4),
            (x + (stripe + 0.16) * size, y),
            (x + stripe * size, y + size * 0.4),
            steps=8,
        )
        canvas.line(shapes.turned(band, centre, heading), size * 0.06, mix(palette.light, colour, 0.3), 0.8)
    eye = shapes.turned([(x + size * 0.66, y - size * 0.08)], centre, heading)[0]
    canvas.circle(*eye, size * 0.075, palette.light)
    canvas.circle(*eye, size * 0.042, palette.ink)


def _owl(scene: Scene) -> None:
    """Sitting on a branch before the moon."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.gradient(palette.sky_top, palette.sky_low)
    x, y, size = canvas.w * rng.uniform(0.42, 0.58), canvas.h * 0.48, rng.uniform(0.24, 0.29)
    canvas.glow(x + 0.1, y - 0.12, 0.6, palette.light, 0.5)
    canvas.circle(x + rng.uniform(-0.14, 0.14), y - 0.06, 0.34, mix(palette.light, palette.sky_low, 0.15))
    branch = shapes.ridge(rng, canvas.w, y + size * 1.12, 0.03, detail=2)
    canvas.line(branch, 0.035, palette.ink)
    for step in range(8, 160, 12):
        canvas.polygon(
            shapes.leaf(*branch[step], rng.uniform(-2.6, -0.5), 0.1, 0.024), palette.tone(rng.uniform(0.5, 0.95))
        )
    coat = mix(palette.tone(0.7), palette.accent, 0.15)
    outline = shapes.lathe(
        x,
        y + size * 1.2,
        size * 2.3,
        [(0, size * 0.3), (0.3, size * 0.72), (0.65, size * 0.74), (0.9, size * 0.6), (1, size * 0.45)],
    )
    canvas.shadow(outline)
    canvas.shaded(outline, coat, mix(coat, palette.ink, 0.45))
    for row in range(5):
        for column in range(-2, 3):
            canvas.pie(
                x + column * size * 0.2 + (row % 2) * size * 0.1,
                y + size * (0.15 + 0.17 * row),
                size * 0.1,
                0,
                180,
                mix(coat, palette.light, 0.35 - 0.05 * row),
            )
    for side in (-1, 1):
        canvas.polygon(
            [
                (x + side * size * 0.25, y - size * 1.02),
                (x + side * size * 0.62, y - size * 1.35),
                (x + side * size * 0.62, y - size * 0.75),
            ],
            coat,
        )
        canvas.circle(x + side * size * 0.3, y - size * 0.5, size * 0.34, mix(palette.paper, coat, 0.2))
        canvas.circle(x + side * size * 0.3, y - size * 0.5, size * 0.22, palette.accent)
        canvas.circle(x + side * size * 0.3, y - size * 0.5, size * 0.12, palette.ink)
        canvas.circle(x + side * size * 0.26, y - size * 0.55, size * 0.035, palette.light)
    canvas.polygon(
        [(x - size * 0.09, y - size * 0.42), (x + size * 0.09, y - size * 0.42), (x, y - size * 0.16)],
        mix(palette.accent, palette.ink, 0.3),
    )
