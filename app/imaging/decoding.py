"""The one place where foreign bytes become pixels: by content, after the pixel count is known, a few at a time."""

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import BoundedSemaphore

from PIL import Image, ImageFile

from app.core.errors import UnreadablePicture

MAX_PIXELS = 50_000_000
"""Default limit of width x height: about 200 MB once decoded."""

SLOTS = BoundedSemaphore(os.cpu_count() or 1)
"""More decoders than cores make nothing faster and only hold more pixels in memory. Not reentrant."""

FORMATS = ("PNG", "JPEG", "WEBP")
PNG = b"\x89PNG\r\n\x1a\n"

# What Pillow's parsers raise, besides its own errors, when bytes are damaged on purpose or by accident.
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, LookupError, OverflowError, TypeError, struct.error, zlib.error)
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@contextmanager
def decoded(content: bytes, *, max_pixels: int = MAX_PIXELS) -> Iterator[ImageFile.ImageFile]:
    """The fully decoded picture, for as long as a decoding slot is held; closed afterwards.

    Raises UnreadablePicture for anything that is not one complete still PNG, JPEG or WebP of at most `max_pixels`.
    """
    _refuse_other_formats(content)
    _refuse_too_many_pixels(_size_in_header(content), max_pixels)
    with SLOTS, _opened(content) as picture:
        _refuse_too_many_pixels(picture.size, max_pixels)
        _refuse_animation(picture)
        _load(picture)
        yield picture


@contextmanager
def checked(content: bytes, *, max_pixels: int = MAX_PIXELS) -> Iterator[ImageFile.ImageFile]:
    """The opened picture once it is known to have arrived whole; closed afterwards.

    Every part of a PNG carries a check sum, so nothing has to be decoded to see damage: that takes a hundredth of the
    time. The other formats have none and are decoded. Raises UnreadablePicture as `decoded` does.
    """
    if not content.startswith(PNG):
        with decoded(content, max_pixels=max_pixels) as picture:
            yield picture
        return
    _refuse_too_many_pixels(_size_in_header(content), max_pixels)
    with _opened(content) as picture:
        _refuse_animation(picture)
        _verify(picture)
        yield picture


def _refuse_other_formats(content: bytes) -> None:
    png, jpeg = content.startswith(PNG), content.startswith(b"\xff\xd8\xff")
    webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    if not (png or jpeg or webp):
        raise UnreadablePicture("This file is not a PNG, JPEG or WebP picture. Please choose one of these formats.")


def _size_in_header(content: bytes) -> tuple[int, int]:
    """Width and height as a PNG or WebP header says them; (0, 0) for JPEG, which Pillow opens without decoding.

    Read here because Pillow allocates a WebP's whole canvas when it opens the file. Layouts: PNG specification 11.2.1,
    RFC 9649 sections 2.5 to 2.7.
    """
    head = content[:30].ljust(30, b"\0")
    if head.startswith(b"\x89PNG"):
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    match head[12:16] if head.startswith(b"RIFF") else b"":
        case b"VP8 ":
            return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    return 0, 0


def _refuse_too_many_pixels(size: tuple[int, int], max_pixels: int) -> None:
    if size[0] * size[1] > max_pixels:
        raise UnreadablePicture(
            f"This picture is {size[0]} x {size[1]} pixels; at most {max_pixels / 1e6:g} megapixels can be read."
        )


@contextmanager
def _opened(content: bytes) -> Iterator[ImageFile.ImageFile]:
    try:
        picture = Image.open(BytesIO(content), formats=FORMATS)
    except BOMBS as error:
        raise UnreadablePicture("This picture has too many pixels to be read.") from error
    except DAMAGED as error:
        raise UnreadablePicture("This picture is damaged and cannot be read.") from error
    with picture:
        yield picture


def _refuse_animation(picture: ImageFile.ImageFile) -> None:
    # A phone's JPEG may carry a second, smaller picture (MPO). The first one is what everybody shows.
    if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
        raise UnreadablePicture("Animated pictures cannot be used. Please choose a still picture.")


def _load(picture: ImageFile.ImageFile) -> None:
    try:
        picture.load()
    except DAMAGED as error:
        raise UnreadablePicture("This picture is incomplete or damaged and cannot be read.") from error


def _verify(picture: ImageFile.ImageFile) -> None:
    try:
        picture.verify()
    except DAMAGED as error:
        raise UnreadablePicture("This picture is incomplete or damaged and cannot be read.") from error
