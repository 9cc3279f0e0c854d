"""What a file really is, judged by its content alone."""

from dataclasses import dataclass

from app.imaging.decoding import MAX_PIXELS, checked

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}


@dataclass(frozen=True, slots=True)
class Inspected:
    """Facts of a readable picture: `format` is PNG, JPEG or WEBP; `extension` has no dot; sizes are stored pixels."""

    format: str
    media_type: str
    extension: str
    width: int
    height: int


def inspect(content: bytes, *, max_pixels: int = MAX_PIXELS) -> Inspected:
    """Say what the picture is once it is known to be whole. Raises UnreadablePicture, with a sentence for a person."""
    with checked(content, max_pixels=max_pixels) as picture:
        kind = "JPEG" if picture.format == "MPO" else str(picture.format)
        width, height = picture.size
    return Inspected(kind, MEDIA_TYPES[kind], EXTENSIONS[kind], width, height)
