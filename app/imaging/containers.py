"""The parts a PNG, JPEG or WebP file is made of, read and put together without touching a pixel.

PNG: W3C PNG (third edition) 5.3, chunks. JPEG: ITU T.81 B.1, segments. WebP: RFC 9649 2.3-2.7, RIFF chunks.
"""

import struct
import zlib
from collections.abc import Iterator

from app.core.errors import UnreadablePicture
from app.imaging.decoding import PNG

JPEG = b"\xff\xd8"
START_OF_SCAN = 0xDA
APP1, APP11 = 0xE1, 0xEB
WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
VP8X_XMP = 0x04
"""The flag in the first byte of a VP8X chunk that announces XMP."""


def is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Type, data and where the chunk begins, up to IEND."""
    place = len(PNG)
    while place + 8 <= len(content):
        (length,) = struct.unpack_from(">I", content, place)
        kind = content[place + 4 : place + 8]
        yield kind, content[place + 8 : place + 8 + length], place
        place += 12 + length
        if kind == b"IEND":
            return


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Marker, data and where the segment begins, up to the first scan."""
    place = 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF:  # a byte that fills
            place += 1
            continue
        if marker in WITHOUT_LENGTH:
            place += 2
            continue
        (length,) = struct.unpack_from(">H", content, place + 2)
        yield marker, content[place + 4 : place + 2 + length], place
        if marker == START_OF_SCAN:
            return
        place += 2 + length


def jpeg_segment(marker: int, data: bytes) -> bytes:
    """Raises UnreadablePicture when the data is longer than one segment may be."""
    if len(data) > 65_533:
        raise UnreadablePicture("The picture's metadata is too long to be written.")
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and data of every chunk."""
    place = 12
    while place + 8 <= len(content):
        kind = content[place : place + 4]
        (length,) = struct.unpack_from("<I", content, place + 4)
        yield kind, content[place + 8 : place + 8 + length]
        place += 8 + length + length % 2


def webp_file(chunks: list[tuple[bytes, bytes]]) -> bytes:
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body
