"""Real PNGs, different for every call: small, quick ones, and ones as heavy as what an image model sends."""

import base64
import hashlib
import random
import struct
import threading
import zlib
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any, Self

from PIL import Image, ImageFilter

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = 16
_PHOTOGRAPHS = 4
_PAINTING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """What is billed and sent of a picture: the SHA-256 of its bytes in hexadecimal, and their base64."""

    sha256: str
    text: bytes

    @classmethod
    def of(cls, content: bytes) -> Self:
        return cls(hashlib.sha256(content).hexdigest(), base64.b64encode(content))

    @property
    def content(self) -> bytes:
        """Few calls ask for it, so that most need not copy it."""
        return base64.b64decode(self.text)


@dataclass(frozen=True, slots=True)
class _Start:
    """The bytes that pictures have in common, a whole number of threes, and what was made of them already."""

    text: bytes
    digest: Any

    @classmethod
    def of(cls, content: bytes) -> Self:
        return cls(base64.b64encode(content), hashlib.sha256(content))

    def ended(self, end: bytes) -> Picture:
        digest = self.digest.copy()
        digest.update(end)
        return Picture(digest.hexdigest(), self.text + base64.b64encode(end))


def paint(width: int, height: int, seed: int) -> bytes:
    """A PNG of this size with sixteen colours; the same seed gives the same bytes, another seed others."""
    rng = random.Random(seed)
    palette = bytes(rng.randrange(256) for _ in range(3 * _COLOURS))
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 4, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette),
            _chunk(b"IDAT", zlib.compress(_rows(width, height, rng), 1)),
            _chunk(b"IEND", b""),
        )
    )


def _rows(width: int, height: int, rng: random.Random) -> bytes:
    """Bands of equal rows, each with a rectangle at its own place: two pixels a byte, filter byte first."""
    line = (width + 1) // 2
    rows = []
    top = 0
    while top < height:
        deep = min(rng.randrange(height // 8 + 1, height // 3 + 2), height - top)
        left, right = sorted(rng.randrange(line + 1) for _ in range(2))
        ground, shape = rng.sample(range(_COLOURS), 2)
        row = bytes([ground * 17]) * left + bytes([shape * 17]) * (right - left) + bytes([ground * 17]) * (line - right)
        rows.append((b"\0" + row) * deep)
        top += deep
    return b"".join(rows)


def photograph(width: int, height: int, seed: int) -> Picture:
    """A PNG with soft shapes and grain, a byte and a half a pixel as models send them; each seed has bytes of its own.

    Only a few are painted, encoded and hashed, for that takes long: what tells the others apart is a comment.
    """
    with _PAINTING:  # else all calls of the first moment paint the same one
        start, rest = _photograph(width, height, seed % _PHOTOGRAPHS)
    return start.ended(rest + _chunk(b"tEXt", b"Comment\0" + str(seed).encode()) + _chunk(b"IEND", b""))


@lru_cache
def _photograph(width: int, height: int, seed: int) -> tuple[_Start, bytes]:
    """The picture up to its end, and the one or two bytes that three do not divide."""
    rng = random.Random(seed)
    grain = Image.effect_noise((width, height), 40).filter(ImageFilter.GaussianBlur(0.8))
    bands = [Image.blend(_shapes(width, height, rng), grain, 0.25) for _ in range(3)]
    file = BytesIO()
    Image.merge("RGB", bands).save(file, "PNG")
    content = file.getvalue().removesuffix(_chunk(b"IEND", b""))
    whole = len(content) - len(content) % 3
    return _Start.of(content[:whole]), content[whole:]


def _shapes(width: int, height: int, rng: random.Random) -> Image.Image:
    """Large soft forms with smaller ones in them."""
    large, small = (
        Image.frombytes("L", (count, count), rng.randbytes(count * count)).resize((width, height)) for count in (8, 64)
    )
    return Image.blend(large, small, 0.3)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
