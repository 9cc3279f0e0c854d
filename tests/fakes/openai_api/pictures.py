"""Real, small, quick PNGs: a flat colour with a few rectangles, different for every call."""

import random
import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = 16


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


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
