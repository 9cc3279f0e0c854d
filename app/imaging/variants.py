"""The sizes of a picture that browsers get, and the blurred placeholder they show first."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from app.imaging.decoding import MAX_PIXELS, decoded
from app.imaging.provenance import TRAINED_ALGORITHMIC_MEDIA, xmp_packet
from app.imaging.upright import upright_rgb

LARGE, MEDIUM, THUMB, PLACEHOLDER = 1200, 600, 300, 16
"""Longest sides in pixels; nothing is ever enlarged."""


@dataclass(frozen=True, slots=True)
class VariantFile:
    """One written file; `extension` has no dot; sizes are pixels."""

    content: bytes
    media_type: str
    extension: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Variants:
    """`files` by name: thumb, medium, large, webp. `placeholder` is a data URI of about 150 bytes.

    `width` and `height` are those of the original, seen upright.
    """

    files: Mapping[str, VariantFile]
    placeholder: str
    width: int
    height: int


def make_variants(
    content: bytes, *, source_type: str | None = TRAINED_ALGORITHMIC_MEDIA, max_pixels: int = MAX_PIXELS
) -> Variants:
    """All variants of a picture. `source_type` is written into each as IPTC Digital Source Type; None leaves it out.

    Each size is made from the next larger one: that halves the time and is not visible. Raises UnreadablePicture.
    """
    with decoded(content, max_pixels=max_pixels) as picture:
        original = upright_rgb(picture)
        large = _within(original, LARGE)
        medium = _within(large, MEDIUM)
        thumb = _within(medium, THUMB)
        xmp = xmp_packet(source_type) if source_type else b""
        files = {
            "thumb": _jpeg(thumb, xmp),
            "medium": _jpeg(medium, xmp),
            "large": _jpeg(large, xmp),
            "webp": _webp(medium, xmp),
        }
    return Variants(files, _placeholder(thumb), original.width, original.height)


def _within(image: Image.Image, side: int) -> Image.Image:
    longest = max(image.size)
    if longest <= side:
        return image
    width, height = (max(1, round(edge * side / longest)) for edge in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _jpeg(image: Image.Image, xmp: bytes) -> VariantFile:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=85, optimize=True, progressive=True, xmp=xmp)
    return VariantFile(buffer.getvalue(), "image/jpeg", "jpg", *image.size)


def _webp(image: Image.Image, xmp: bytes) -> VariantFile:
    # Method 2 takes less than half the time of the default 4 for files a few percent larger.
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=80, method=2, xmp=xmp)
    return VariantFile(buffer.getvalue(), "image/webp", "webp", *image.size)


def _placeholder(image: Image.Image) -> str:
    buffer = BytesIO()
    _within(image, PLACEHOLDER).save(buffer, "WEBP", quality=40, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
