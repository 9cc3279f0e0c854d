"""What is accepted as a picture, and what is refused before it can do harm."""

import struct
import time
import zlib
from io import BytesIO

import pytest
from PIL import Image

from app.core.errors import UnreadablePicture
from app.imaging.decoding import decoded
from app.imaging.inspect import inspect
from app.providers.painting.paint import paint


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    return paint("hills", 1, 320, 240)


def png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = [
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in (body, data)
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def webp_header(width: int, height: int) -> bytes:
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas


@pytest.mark.parametrize(
    ("kind", "media_type", "extension"),
    [("PNG", "image/png", "png"), ("JPEG", "image/jpeg", "jpg"), ("WEBP", "image/webp", "webp")],
)
def test_an_accepted_format_is_told_by_content(picture, kind, media_type, extension):
    found = inspect(encoded(picture, kind))
    assert (found.format, found.media_type, found.extension) == (kind, media_type, extension)
    assert (found.width, found.height) == (320, 240)


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP", "ICO", "AVIF"])
def test_other_formats_are_refused(picture, kind):
    with pytest.raises(UnreadablePicture, match="not a PNG, JPEG or WebP"):
        inspect(encoded(picture, kind))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b'<?xml version="1.0"?><svg/>',
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"RIFF\0\0\0\0WEBP",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 400,
        b"\xff\xd8\xff\xe0" + b"\xff" * 400,
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(content):
    with pytest.raises(UnreadablePicture, match=r"\.$"):
        inspect(content)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_truncated_picture_is_refused(picture, kind, share):
    whole = encoded(picture, kind)
    with pytest.raises(UnreadablePicture):
        inspect(whole[: int(len(whole) * share)])


@pytest.mark.parametrize(
    "bomb",
    [
        png_header(50_000, 50_000),
        png_header(10_000, 10_000),
        png_header(2**31 - 1, 2**31 - 1),
        webp_header(16_000, 16_000),
        webp_header(12_000, 12_000),
    ],
)
def test_a_bomb_is_refused_from_its_header_at_once(bomb):
    started = time.process_time()
    with pytest.raises(UnreadablePicture, match="pixels"):
        inspect(bomb)
    assert time.process_time() - started < 0.05


def test_a_jpeg_bomb_is_refused_from_its_header(picture):
    content = bytearray(encoded(picture, "JPEG"))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", 65_000, 65_000)
    with pytest.raises(UnreadablePicture, match="pixels"):
        inspect(bytes(content))


def test_the_pixel_limit_is_the_callers(picture):
    content = encoded(picture, "JPEG")
    assert inspect(content, max_pixels=320 * 240).width == 320
    with pytest.raises(UnreadablePicture, match="320 x 240"):
        inspect(content, max_pixels=320 * 240 - 1)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_is_refused(picture, kind):
    frames = [paint("waves", seed, 64, 64) for seed in range(3)]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    with pytest.raises(UnreadablePicture, match="Animated"):
        inspect(content)


def test_a_phones_jpeg_with_a_second_picture_is_a_jpeg(picture):
    content = encoded(picture, "MPO", save_all=True, append_images=[picture.resize((32, 24))])
    assert inspect(content).media_type == "image/jpeg"


def test_a_failed_reading_gives_its_slot_back(picture):
    whole = encoded(picture, "PNG")
    for _ in range(20):
        with pytest.raises(UnreadablePicture):
            inspect(whole[:900])
    with decoded(whole) as image:
        assert image.size == (320, 240)
