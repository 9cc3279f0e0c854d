"""Alike pictures have near hashes; sharp pictures have a higher measure than blurred ones."""

from io import BytesIO

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from app.imaging.fingerprint import distance, fingerprint, perceptual_hash, sharpness
from app.providers.painting.paint import paint


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    return paint("a village in the mountains", 3, 512, 384)


def test_a_hash_is_sixteen_hex_digits(picture):
    assert len(perceptual_hash(picture)) == 16
    assert int(perceptual_hash(picture), 16) < 2**64
    assert perceptual_hash(Image.new("RGB", (9, 9))) == "0" * 16


def test_each_bit_compares_a_cell_with_its_right_neighbour():
    falling = Image.linear_gradient("L").rotate(90)
    assert {perceptual_hash(falling), perceptual_hash(falling.rotate(180))} == {"0" * 16, "f" * 16}


@pytest.mark.parametrize(
    "changed",
    [
        lambda image: image.resize((200, 150), Image.Resampling.LANCZOS),
        lambda image: ImageEnhance.Brightness(image).enhance(1.1),
        lambda image: image.filter(ImageFilter.GaussianBlur(1)),
    ],
)
def test_the_same_picture_a_little_changed_is_near(picture, changed):
    assert distance(perceptual_hash(picture), perceptual_hash(changed(picture))) <= 6


def test_another_picture_is_far(picture):
    assert distance(perceptual_hash(picture), perceptual_hash(paint("portrait of a dancer", 3, 512, 384))) > 12


def test_blur_lowers_sharpness(picture):
    measures = [sharpness(picture.filter(ImageFilter.GaussianBlur(radius))) for radius in (0, 1, 3, 8)]
    assert measures == sorted(measures, reverse=True)
    assert measures[0] > 10 * measures[-1]


@pytest.mark.parametrize("size", [(1, 1), (2, 500), (64, 64)])
def test_a_plain_picture_has_no_sharpness(size):
    assert sharpness(Image.new("RGB", size, "grey")) == 0


def test_a_variant_has_the_fingerprint_of_its_original(picture):
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    found = fingerprint(Image.open(buffer))
    assert distance(found.perceptual_hash, perceptual_hash(picture)) <= 2
    assert found.sharpness == pytest.approx(sharpness(picture), rel=0.25)
