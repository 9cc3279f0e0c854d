"""The sizes browsers get: small enough, never enlarged, upright, anonymous and marked as made by a model."""

import base64
from io import BytesIO

import pytest
from PIL import Image, ImageCms

from app.core.errors import UnreadablePicture
from app.imaging.provenance import TRAINED_ALGORITHMIC_MEDIA, read_source_type, xmp_packet
from app.imaging.variants import make_variants
from app.providers.painting.paint import paint

SECRET = "Ana's camera"


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def read(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def private_exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = SECRET
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 1.0)
    return exif


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1536, 1024), {"thumb": (300, 200), "medium": (600, 400), "large": (1200, 800), "webp": (600, 400)}),
        ((1024, 1024), {"thumb": (300, 300), "medium": (600, 600), "large": (1024, 1024), "webp": (600, 600)}),
        ((400, 500), {"thumb": (240, 300), "medium": (400, 500), "large": (400, 500), "webp": (400, 500)}),
        ((20, 10), {"thumb": (20, 10), "medium": (20, 10), "large": (20, 10), "webp": (20, 10)}),
        ((3000, 2), {"thumb": (300, 1), "medium": (600, 1), "large": (1200, 1), "webp": (600, 1)}),
    ],
)
def test_each_variant_has_its_size_and_is_never_enlarged(size, expected):
    variants = make_variants(encoded(Image.new("RGB", size, "teal")))
    assert (variants.width, variants.height) == size
    assert {name: (file.width, file.height) for name, file in variants.files.items()} == expected
    for file in variants.files.values():
        assert read(file.content).size == (file.width, file.height)


def test_types_and_extensions_are_what_the_bytes_are():
    variants = make_variants(encoded(paint("sea", 1, 256, 256)))
    for name, file in variants.files.items():
        kind = "WEBP" if name == "webp" else "JPEG"
        assert (read(file.content).format, file.media_type) == (kind, f"image/{kind.lower()}")
        assert file.extension == ("webp" if name == "webp" else "jpg")


def test_every_variant_says_that_a_model_made_it():
    for file in make_variants(encoded(paint("sea", 1, 256, 256))).files.values():
        assert read_source_type(file.content) == TRAINED_ALGORITHMIC_MEDIA


def test_the_mark_can_be_another_one_or_left_out():
    content = encoded(paint("sea", 1, 64, 64))
    other = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    assert {read_source_type(file.content) for file in make_variants(content, source_type=other).files.values()} == {
        other
    }
    plain = make_variants(content, source_type=None)
    assert {read_source_type(file.content) for file in plain.files.values()} == {None}


def test_the_mark_is_read_from_an_originals_element_form_too():
    packet = xmp_packet("x").replace(
        b'Iptc4xmpExt:DigitalSourceType="x"/>',
        b"><Iptc4xmpExt:DigitalSourceType>y</Iptc4xmpExt:DigitalSourceType></rdf:Description>",
    )
    assert read_source_type(encoded(Image.new("RGB", (8, 8)), "JPEG", xmp=packet)) == "y"


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_nothing_the_camera_noted_survives(kind):
    options = {"comment": SECRET} if kind == "JPEG" else {}
    private_xmp = f"<x:xmpmeta>{SECRET}</x:xmpmeta>".encode()
    if kind != "PNG":
        options["xmp"] = private_xmp
    content = encoded(paint("sea", 1, 320, 200), kind, exif=private_exif(), **options)
    assert SECRET.encode() in content
    variants = make_variants(content)
    for file in variants.files.values():
        image = read(file.content)
        assert SECRET.encode() not in file.content
        assert not image.getexif()
        assert "comment" not in image.info
        assert "icc_profile" not in image.info


def test_a_picture_lying_on_its_side_is_put_upright():
    image = Image.new("RGB", (200, 100), "white")
    image.paste("red", (0, 0, 100, 100))
    variants = make_variants(encoded(image, "JPEG", exif=private_exif(orientation=6), quality=95))
    assert (variants.width, variants.height) == (100, 200)
    red, _, blue = read(variants.files["large"].content).getpixel((50, 30))
    assert red > 200
    assert blue < 60


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_parts_are_white(mode):
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 0)).convert(mode)
    options = {"transparency": 0} if mode == "P" else {}
    large = read(make_variants(encoded(image, **options)).files["large"].content)
    assert min(large.getpixel((32, 32))) > 250


@pytest.mark.parametrize("mode", ["1", "L", "CMYK", "I;16"])
def test_unusual_colour_modes_keep_their_look(mode):
    image = Image.new("I;16", (64, 64), 128 * 256) if mode == "I;16" else Image.new("L", (64, 64), 128).convert(mode)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    pixels = read(make_variants(encoded(image, kind)).files["thumb"].content).resize((1, 1), Image.Resampling.BOX)
    assert all(110 < channel < 146 for channel in pixels.getpixel((0, 0)))


def test_colours_of_another_profile_are_moved_to_srgb():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    content = encoded(Image.new("RGB", (32, 32), (200, 30, 30)), "JPEG", icc_profile=lab.tobytes(), quality=95)
    red, green, _ = read(make_variants(content).files["large"].content).getpixel((16, 16))
    assert red == pytest.approx(200, abs=6)
    assert green == pytest.approx(30, abs=6)


def test_a_damaged_profile_does_not_cost_the_picture():
    profile = b"\0" * 16 + b"RGB " + b"\0" * 200
    content = encoded(Image.new("RGB", (32, 32), (200, 30, 30)), "JPEG", icc_profile=profile, quality=95)
    assert read(make_variants(content).files["large"].content).getpixel((16, 16))[0] > 190


def test_the_placeholder_is_a_tiny_picture_of_the_same_shape():
    variants = make_variants(encoded(paint("sunset sea", 1, 640, 320)))
    head, data = variants.placeholder.split(",")
    assert head == "data:image/webp;base64"
    assert read(base64.b64decode(data)).size == (16, 8)
    assert len(variants.placeholder) < 400


def test_an_unreadable_picture_has_no_variants():
    with pytest.raises(UnreadablePicture):
        make_variants(encoded(paint("sea", 1, 64, 64))[:300])
