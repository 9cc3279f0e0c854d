"""A lighthouse on its rock, and the light it sends out."""

import math
from dataclasses import dataclass

from app.providers.painting.colour import mix
from app.providers.painting.scene import Scene


@dataclass(frozen=True, slots=True)
class Lighthouse:
    """Its lamp is at (x, y) and its foot at y `foot`; `size` scales every breadth. All in canvas units."""

    scene: Scene
    x: float
    y: float
    foot: float
    size: float

    @classmethod
    def placed(cls, scene: Scene, horizon: float, sun_x: float) -> "Lighthouse":
        """Far and small or near and tall, on the other side from the sun."""
        canvas, rng = scene.canvas, scene.rng
        x = rng.uniform(0.62, 0.82) if sun_x < canvas.w / 2 else rng.uniform(0.18, 0.38)
        size = rng.choice((0.6, 0.95, 1.45))
        foot = horizon + 0.012 + 0.07 * (size - 0.6)
        return cls(scene, canvas.w * x, max(0.12, foot - size * rng.uniform(0.3, 0.38)), foot, size)

    def shine(self) -> None:
        """Two beams and the glow of the lamp; drawn before the water."""
        canvas, light, rng = self.scene.canvas, self.scene.palette.light, self.scene.rng
        tilt = rng.uniform(-0.2, 0.16)
        for side in (0.0, math.pi):
            for spread, alpha in ((0.17, 0.13), (0.11, 0.16), (0.055, 0.22)):
                ends = [
                    (self.x + 2 * math.cos(side + tilt + turn), self.y + 2 * math.sin(side + tilt + turn))
                    for turn in (-spread, spread)
                ]
                canvas.polygon([(self.x, self.y), *ends], light, alpha)
        canvas.glow(self.x, self.y, 0.2 + 0.1 * self.size, light, 0.95)

    def stand(self) -> None:
        """Tower, gallery, lantern and rock."""
        self._tower()
        self._lantern()
        self._rock()

    def _tower(self) -> None:
        canvas, palette, size = self.scene.canvas, self.scene.palette, self.size
        white, top = mix(palette.paper, palette.sky_low, 0.15), self.y + 0.035 * size
        wide, narrow, height = 0.05 * size, 0.031 * size, self.foot - top
        stripes = self.scene.rng.choice((1, 5, 6, 7))
        for stripe in range(stripes):
            high, low = stripe / stripes, (stripe + 1) / stripes
            a, b = narrow + (wide - narrow) * high, narrow + (wide - narrow) * low
            upper, lower = top + height * high, top + height * low
            corners = [(self.x - a, upper), (self.x + a, upper), (self.x + b, lower), (self.x - b, lower)]
            canvas.polygon(corners, palette.accent if stripe % 2 == 0 and stripes > 1 else white)
        right = [(self.x + narrow, top), (self.x + wide, self.foot)]
        canvas.polygon([(self.x + narrow * 0.25, top), *right, (self.x + wide * 0.25, self.foot)], palette.ink, 0.28)
        for share in (0.25, 0.55, 0.85):
            canvas.rect(self.x - 0.007 * size, top + height * share, 0.014 * size, 0.026 * size, palette.ink, alpha=0.8)

    def _lantern(self) -> None:
        canvas, palette, size = self.scene.canvas, self.scene.palette, self.size
        x, y = self.x, self.y
        canvas.rect(x - 0.042 * size, y + 0.024 * size, 0.084 * size, 0.012 * size, palette.ink)
        canvas.rect(x - 0.024 * size, y - 0.026 * size, 0.048 * size, 0.05 * size, palette.light)
        for pillar in (-0.024, -0.002, 0.02):
            canvas.rect(x + pillar * size, y - 0.026 * size, 0.004 * size, 0.05 * size, palette.ink)
        roof = [(x - 0.034 * size, y - 0.025 * size), (x + 0.034 * size, y - 0.025 * size), (x, y - 0.07 * size)]
        canvas.polygon(roof, mix(palette.accent, palette.ink, 0.35))

    def _rock(self) -> None:
        canvas, palette, rng, size = self.scene.canvas, self.scene.palette, self.scene.rng, self.size
        width, top = rng.uniform(0.2, 0.32) * size, self.foot
        outline = [(self.x - width, top + 0.1 * size)]
        for share in (-0.7, -0.4, -0.2, -0.12, 0.12, 0.3, 0.5, 0.75):
            drop = -0.006 if abs(share) < 0.15 else rng.uniform(0, 0.02) + share**2 * 0.06
            outline.append((self.x + width * share * (1.4 if abs(share) < 0.15 else 1), top + drop * size))
        outline += [(self.x + width * share, top + low * size) for share, low in ((1, 0.1), (0.6, 0.125), (-0.5, 0.13))]
        canvas.shaded(outline, mix(palette.tone(0.75), palette.ink, 0.2), mix(palette.tone(1), palette.ink, 0.5))
        for _ in range(14):
            x, length = self.x + width * rng.uniform(-1.1, 1), width * rng.uniform(0.05, 0.22)
            foam = top + (0.105 + 0.028 * rng.random()) * size
            canvas.rect(x - length / 2, foam, length, 0.004, palette.light, radius=0.002, alpha=0.6)
