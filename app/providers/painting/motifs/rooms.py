"""Interiors and little worlds in cut paper, seen at an angle."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.providers.painting.canvas import Point
from app.providers.painting.colour import Colour, mix
from app.providers.painting.scene import Scene

COS30 = 0.866
Span = tuple[float, float]
"""Where a thing begins along one direction, and how far it reaches."""


@dataclass(frozen=True, slots=True)
class Corner:
    """An isometric grid: x goes down right, y down left, z up. `size` is one step in canvas units."""

    scene: Scene
    origin: Point
    size: float

    def at(self, x: float, y: float, z: float) -> Point:
        """Where a place of the grid lies on the canvas."""
        return (
            self.origin[0] + (x - y) * COS30 * self.size,
            self.origin[1] + ((x + y) / 2 - z) * self.size,
        )

    def face(self, corners: Sequence[tuple[float, float, float]], colour: Colour, alpha: float = 1.0) -> None:
        self.scene.canvas.polygon([self.at(*corner) for corner in corners], colour, alpha)

    def box(self, place: tuple[float, float, float], extent: tuple[float, float, float], colour: Colour) -> None:
        """A block with its light top, its half-lit left and its shaded right side."""
        (x, y, z), (dx, dy, dz) = place, extent
        light, ink = self.scene.palette.light, self.scene.palette.ink
        top, far = z + dz, (x + dx, y + dy)
        self.face([(x, y, top), (far[0], y, top), (*far, top), (x, far[1], top)], mix(colour, light, 0.35))
        self.face([(x, far[1], z), (*far, z), (*far, top), (x, far[1], top)], mix(colour, ink, 0.08))
        self.face([(far[0], y, z), (*far, z), (*far, top), (far[0], y, top)], mix(colour, ink, 0.3))


def room(scene: Scene) -> None:
    """A kitchen or living room open towards the viewer, with light falling in through a window."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    ground = mix(palette.tone(0.1), palette.paper, 0.45) if not palette.dark else palette.tone(0.75)
    canvas.gradient(mix(ground, palette.light, 0.25), mix(ground, palette.tone(0.5), 0.3))
    corner = Corner(scene, (canvas.w / 2, canvas.h / 2 - 0.03), rng.uniform(0.088, 0.104))
    _walls(corner)
    left_window = rng.random() < 0.5
    _window(corner, rng.uniform(1.2, 2.4), left=left_window)
    _counter(corner, along_x=left_window)
    _shelf(corner, along_x=left_window)
    _table(corner, rng.uniform(2.0, 2.8), rng.uniform(2.1, 2.9))
    _plant(corner, (4.2, 0.5) if not left_window else (0.5, 4.2))
    _hanging_lamp(corner, rng.uniform(2.4, 3.2))


def _walls(corner: Corner) -> None:
    palette, canvas = corner.scene.palette, corner.scene.canvas
    wall = corner.scene.rng.choice(
        (palette.tone(0.28), palette.tone(0.55), palette.light, mix(palette.accent, palette.paper, 0.4))
    )
    floor = mix(palette.tone(0.45), palette.paper, 0.35)
    outline = [corner.at(0, 0, 4.4), corner.at(5, 0, 4.4), corner.at(5, 0, 0), corner.at(5, 5, 0)]
    outline += [corner.at(5, 5, -0.3), corner.at(0, 5, -0.3), corner.at(0, 5, 4.4)]
    canvas.shadow(outline, dy=0.035, alpha=0.35)
    corner.box((0, 0, -0.3), (5, 5, 0.3), floor)
    _floor(corner, floor)
    corner.box((-0.16, 0, 0), (0.16, 5, 4.4), mix(wall, palette.paper, 0.25))
    corner.box((0, -0.16, 0), (5, 0.16, 4.4), wall)
    corner.face([(0, 0, 0), (0, 5, 0), (0, 5, 4.4), (0, 0, 4.4)], mix(wall, palette.paper, 0.3))
    corner.face([(0, 0, 0), (5, 0, 0), (5, 0, 4.4), (0, 0, 4.4)], mix(wall, palette.ink, 0.1))


def _floor(corner: Corner, floor: Colour) -> None:
    """Boards or a chequered floor."""
    palette, chequered = corner.scene.palette, corner.scene.rng.random() < 0.5
    for row in range(10):
        y = row / 2
        if not chequered and row % 2:
            corner.face([(0, y, 0), (5, y, 0), (5, y + 0.5, 0), (0, y + 0.5, 0)], palette.ink, 0.06)
        for column in range(row % 2, 10, 2) if chequered else ():
            x = column / 2
            tile = [(x, y, 0.0), (x + 0.5, y, 0.0), (x + 0.5, y + 0.5, 0.0), (x, y + 0.5, 0.0)]
            corner.face(tile, mix(floor, palette.light, 0.6))


def _window(corner: Corner, start: float, *, left: bool) -> None:
    """A window with crossbars, and the parallelogram of light it lays over the floor."""
    palette = corner.scene.palette
    end, low, high = start + 1.5, 1.7, 3.6

    def on_wall(along: float, up: float) -> tuple[float, float, float]:
        return (0, along, up) if left else (along, 0, up)

    def pane(a: float, b: float, c: float, d: float, colour: Colour) -> None:
        corner.face([on_wall(a, c), on_wall(b, c), on_wall(b, d), on_wall(a, d)], colour)

    pane(start - 0.12, end + 0.12, low - 0.12, high + 0.12, palette.paper)
    for column in (0, 1):
        for row in (0, 1):
            a, c = start + 0.78 * column, low + 0.98 * row
            pane(a, a + 0.72, c, c + 0.92, mix(palette.sky_top, palette.light, 0.35 + 0.3 * row))
    patch = [(1.2, start + 0.5), (3.4, start + 1.1), (3.4, end + 1.3), (1.2, end + 0.5)]
    corner.face([(x, y, 0) if left else (y, x, 0) for x, y in patch], palette.light, 0.6)


def _counter(corner: Corner, *, along_x: bool) -> None:
    """Cupboards along one wall with pots on them, and a tall one at the end."""
    palette, rng = corner.scene.palette, corner.scene.rng
    body, top = (
        rng.choice((palette.tone(0.5), palette.tone(0.7), palette.accent)),
        mix(palette.paper, palette.tone(0.1), 0.3),
    )

    def put(along: Span, up: Span, colour: Colour, out: Span = (0, 0.9)) -> None:
        place, extent = (along[0], out[0], up[0]), (along[1], out[1], up[1])
        corner.box(
            place if along_x else (out[0], along[0], up[0]), extent if along_x else (out[1], along[1], up[1]), colour
        )

    tall = rng.random() < 0.6
    if tall:
        put((0.02, 1), (0, 2.7), mix(palette.tone(0.25), palette.paper, 0.4))
    for unit in range(1 if tall else 0, 4):
        put((unit + 0.05, 0.95), (0, 1.15), mix(body, palette.paper, 0.08 * (unit % 2)))
    put((1, 3.1) if tall else (0, 4.1), (1.15, 0.12), top, (0, 1.0))
    for spot in rng.sample((1.2, 1.75, 2.4, 3.0, 3.5), k=3):
        colour = rng.choice((palette.accent, palette.tone(0.35), palette.tone(0.85), palette.light))
        side = rng.uniform(0.26, 0.4)
        put((spot, side), (1.27, rng.uniform(0.25, 0.62)), colour, (rng.uniform(0.2, 0.45), side))


def _shelf(corner: Corner, *, along_x: bool) -> None:
    palette, rng = corner.scene.palette, corner.scene.rng
    for row in range(2):
        z, reach = 2.35 + 0.85 * row, 2.0
        place, extent = (1.5, 0.0, z), (reach, 0.4, 0.08)
        corner.box(place if along_x else (0, 1.5, z), extent if along_x else (0.4, reach, 0.08), palette.tone(0.6))
        spot = 1.55
        while spot < 3.2:
            side, height = rng.uniform(0.14, 0.3), rng.uniform(0.2, 0.55)
            colour = rng.choice((palette.accent, palette.tone(0.2), palette.tone(0.8), palette.paper))
            block = (side, 0.25, height) if along_x else (0.25, side, height)
            corner.box((spot, 0.05, z + 0.08) if along_x else (0.05, spot, z + 0.08), block, colour)
            spot += side + rng.uniform(0.03, 0.2)


def _table(corner: Corner, x: float, y: float) -> None:
    palette, rng = corner.scene.palette, corner.scene.rng
    corner.face(
        [(x - 0.5, y - 0.5, 0), (x + 2, y - 0.5, 0), (x + 2, y + 2, 0), (x - 0.5, y + 2, 0)],
        mix(palette.accent, palette.tone(0.2), 0.3),
        0.75,
    )
    wood = mix(palette.tone(0.3), palette.accent, 0.25)
    for leg in ((0.1, 0.1), (1.3, 0.1), (0.1, 1.1), (1.3, 1.1)):
        corner.box((x + leg[0], y + leg[1], 0), (0.12, 0.12, 0.85), palette.tone(0.85))
    corner.box((x, y, 0.85), (1.5, 1.3, 0.12), wood)
    corner.box((x + 0.55, y + 0.45, 0.97), (0.4, 0.4, 0.12), palette.light)
    for _ in range(3):
        spot = corner.at(x + rng.uniform(0.6, 0.95), y + rng.uniform(0.5, 0.85), 1.17)
        corner.scene.canvas.circle(*spot, 0.011, rng.choice((palette.accent, palette.tone(0.5))))
    corner.box((x + 0.4, y + 1.65, 0), (0.5, 0.45, 0.55), palette.tone(0.65))


def _plant(corner: Corner, spot: tuple[float, float]) -> None:
    canvas, palette, rng = corner.scene.canvas, corner.scene.palette, corner.scene.rng
    corner.box((spot[0] - 0.2, spot[1] - 0.2, 0), (0.45, 0.45, 0.5), palette.accent)
    x, y = corner.at(*spot, 0.55)
    for turn in range(9):
        tip = (x + (turn - 4) * 0.016 + rng.uniform(-0.01, 0.01), y - rng.uniform(0.05, 0.13))
        canvas.line([(x, y), tip], 0.004, palette.tone(0.85))
        canvas.ellipse(*tip, 0.013, 0.022, mix(palette.tone(0.6), palette.tone(0.9), rng.random()))


def _hanging_lamp(corner: Corner, spot: float) -> None:
    canvas, palette = corner.scene.canvas, corner.scene.palette
    x, y = corner.at(spot, spot, 3.3)
    canvas.line([(x, corner.at(spot, spot, 5.6)[1]), (x, y)], 0.003, palette.ink)
    canvas.glow(x, y + 0.03, 0.17, palette.light, 0.75)
    canvas.ellipse(x, y + 0.03, 0.05, 0.013, palette.light)
    canvas.pie(x, y + 0.03, 0.05, 180, 360, palette.accent)


def blocks(scene: Scene) -> None:
    """A small town of stacked blocks with doors and windows."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    canvas.gradient(palette.sky_top, palette.sky_low)
    canvas.glow(canvas.w * rng.uniform(0.3, 0.7), canvas.h * 0.4, 0.6, palette.light, 0.5)
    grid = rng.choice((5, 6, 7))
    corner = Corner(scene, (canvas.w / 2, canvas.h / 2 - 0.2), 0.47 / (grid * COS30))
    base = [corner.at(0, 0, 0), corner.at(grid, 0, 0), corner.at(grid, grid, -0.5), corner.at(0, grid, -0.5)]
    canvas.shadow(base, dy=0.04, alpha=0.3)
    corner.box((-0.25, -0.25, -0.45), (grid + 0.5, grid + 0.5, 0.45), mix(palette.tone(0.25), palette.paper, 0.4))
    for row in range(grid):
        for column in range(grid):
            _building(corner, column, row, max(0.0, rng.gauss(1.9, 1.2) - 0.32 * abs(column + row - grid * 0.7)))


def _building(corner: Corner, x: int, y: int, height: float) -> None:
    palette, rng = corner.scene.palette, corner.scene.rng
    if height < 0.35:
        centre = corner.at(x + 0.5, y + 0.5, 0.35)
        if rng.random() < 0.5:
            corner.box((x + 0.45, y + 0.45, 0), (0.1, 0.1, 0.3), palette.tone(0.9))
            corner.scene.canvas.circle(*centre, corner.size * 0.28, mix(palette.tone(0.6), palette.accent, 0.15))
        return
    colour = rng.choice(
        (palette.tone(0.1), palette.tone(0.3), palette.tone(0.5), palette.tone(0.7), palette.accent, palette.paper)
    )
    corner.box((x + 0.06, y + 0.06, 0), (0.88, 0.88, height), colour)
    hole = mix(palette.light, palette.accent, 0.1) if palette.dark else mix(colour, palette.ink, 0.55)
    for floor in range(int(height / 0.6)):
        low = 0.2 + 0.6 * floor
        for side in (0.22, 0.58):
            if rng.random() < 0.75:
                corner.face(
                    [(x + side, y + 0.94, low + dz) for dz in (0, 0.3)]
                    + [(x + side + 0.2, y + 0.94, low + dz) for dz in (0.3, 0)],
                    hole,
                )
                corner.face(
                    [(x + 0.94, y + side, low + dz) for dz in (0, 0.3)]
                    + [(x + 0.94, y + side + 0.2, low + dz) for dz in (0.3, 0)],
                    mix(hole, palette.ink, 0.15),
                )
    if rng.random() < 0.4:
        corner.box(
            (x + 0.28, y + 0.28, height), (0.3, 0.3, rng.uniform(0.15, 0.6)), mix(colour, palette.tone(0.8), 0.4)
        )


def library(scene: Scene) -> None:
    """Shelves full of books, with a plant, a lamp or a sleeping ornament between them."""
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    wood = mix(palette.tone(0.75), palette.ink, 0.2)
    canvas.gradient(mix(wood, palette.ink, 0.35), mix(wood, palette.ink, 0.55))
    rows = rng.choice((4, 5))
    pitch = canvas.h / rows
    for row in range(rows):
        floor = pitch * (row + 1) - 0.02
        x = 0.015
        while x < canvas.w - 0.02:
            if rng.random() < 0.07:
                x += _ornament(scene, x, floor, pitch)
            else:
                x += _book(scene, x, floor, pitch)
        canvas.rect(0, floor, canvas.w, 0.022, mix(wood, palette.light, 0.12))
        canvas.gradient(mix(wood, palette.ink, 0.6), mix(wood, palette.ink, 0.4), floor + 0.022, floor + 0.034)
    canvas.glow(canvas.w * rng.uniform(0.2, 0.8), canvas.h * rng.uniform(0.1, 0.5), 0.55, palette.light, 0.3)


def _book(scene: Scene, x: float, floor: float, pitch: float) -> float:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    width, height = rng.uniform(0.018, 0.047), pitch * rng.uniform(0.52, 0.83)
    colour = rng.choice(
        (palette.accent, palette.paper, *palette.tones[:4], mix(palette.tone(0.4), palette.accent, 0.5))
    )
    lean = rng.uniform(0.015, 0.04) if rng.random() < 0.07 else 0.0
    top = floor - height
    canvas.polygon([(x + lean, top), (x + width + lean, top), (x + width, floor), (x, floor)], colour)
    if not lean:
        canvas.rect(x + width * 0.8, top, width * 0.2, height, palette.ink, alpha=0.2)
        band = mix(colour, palette.light, 0.65) if rng.random() < 0.6 else mix(colour, palette.ink, 0.4)
        for place in rng.sample((0.1, 0.16, 0.3, 0.72, 0.8, 0.88), k=rng.randint(1, 3)):
            canvas.rect(x, top + height * place, width * 0.8, height * rng.choice((0.02, 0.045)), band)
    return width + lean + rng.choice((0.001, 0.001, 0.006))


def _ornament(scene: Scene, x: float, floor: float, pitch: float) -> float:
    canvas, palette, rng = scene.canvas, scene.palette, scene.rng
    middle = x + 0.06
    canvas.polygon(
        [
            (middle - 0.028, floor - 0.055),
            (middle + 0.028, floor - 0.055),
            (middle + 0.02, floor),
            (middle - 0.02, floor),
        ],
        palette.accent,
    )
    for leaf in range(7):
        tip = (middle + (leaf - 3) * 0.015, floor - 0.07 - rng.uniform(0.1, 0.45) * pitch)
        canvas.line([(middle, floor - 0.055), tip], 0.003, palette.tone(0.2))
        canvas.ellipse(*tip, 0.009, 0.016, mix(palette.tone(0.15), palette.accent, 0.2))
    return 0.125
