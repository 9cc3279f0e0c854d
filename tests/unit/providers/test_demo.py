"""The demo painter: the same picture for the same words and seed, and failures of every kind when asked for."""

from collections import Counter
from dataclasses import replace
from io import BytesIO
from random import Random

import pytest
from PIL import Image

from app.core.errors import ErrorClass, ProviderError
from app.imaging.fingerprint import distance, perceptual_hash
from app.providers.demo import DemoPainter
from app.providers.interface import ImageProvider, ImageRequest
from app.providers.painting.canvas import Canvas
from app.providers.painting.palettes import PALETTES, WORDS, choose_palette
from app.providers.painting.registry import MOTIFS, choose_motif
from app.providers.painting.scene import Scene

REQUEST = ImageRequest(
    prompt="A lighthouse at dusk", model="painter", width=256, height=256, quality="medium", seed=7, timeout_seconds=5
)


@pytest.fixture
def painter() -> DemoPainter:
    return DemoPainter(latency_seconds=0, latency_jitter_seconds=0)


def decoded(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content)).convert("RGB")


def failure(painter: DemoPainter, seed: int) -> ProviderError | None:
    try:
        painter.generate(replace(REQUEST, width=16, height=16, seed=seed))
    except ProviderError as error:
        return error
    return None


def test_it_is_a_provider_named_demo(painter):
    provider: ImageProvider = painter
    assert provider.name == "demo"


def test_the_same_request_gives_the_same_bytes(painter):
    again = DemoPainter(latency_seconds=0, latency_jitter_seconds=0)
    assert painter.generate(REQUEST).content == again.generate(REQUEST).content


def test_each_call_has_its_own_request_id(painter):
    assert painter.generate(REQUEST).request_id != painter.generate(REQUEST).request_id


def test_another_seed_gives_another_picture(painter):
    pictures = {painter.generate(replace(REQUEST, seed=seed)).content for seed in range(6)}
    assert len(pictures) == 6


def test_another_prompt_gives_a_different_picture(painter):
    one = perceptual_hash(decoded(painter.generate(REQUEST).content))
    other = perceptual_hash(decoded(painter.generate(replace(REQUEST, prompt="Bauhaus poster")).content))
    assert distance(one, other) > 8


@pytest.mark.parametrize(("width", "height"), [(256, 256), (384, 256), (256, 384), (300, 100)])
def test_the_picture_is_a_png_of_the_requested_size(painter, width, height):
    image = Image.open(BytesIO(painter.generate(replace(REQUEST, width=width, height=height)).content))
    assert (image.format, image.size, image.mode) == ("PNG", (width, height), "RGB")


@pytest.mark.parametrize("motif", MOTIFS, ids=lambda motif: motif.paint.__name__)
@pytest.mark.parametrize("size", [(192, 128), (128, 192)])
def test_every_motif_paints_a_varied_picture_in_both_shapes(motif, size):
    for seed, mood in enumerate((*motif.moods, "night", "ink")):
        canvas = Canvas(*size)
        motif.paint(Scene(canvas, PALETTES[mood], ("jazz", "festival"), Random(seed)))
        colours = canvas.finished().quantize(32).getcolors() or []
        assert canvas.finished().size == size
        assert max(count for count, _ in colours) < 0.8 * size[0] * size[1]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("A lighthouse keeper reading by lamplight while a storm bends the glass", "sea"),
        ("Isometric kitchen in cut paper, morning light through the window", "room"),
        ("Bauhaus poster for an imaginary jazz festival in Lisbon", "bauhaus"),
        ("A fox in a snowy forest", "animal"),
        ("Portrait of a violinist in an autumn garden", "portrait"),
    ],
)
def test_the_words_of_a_prompt_choose_the_motif(prompt, expected):
    assert choose_motif(prompt.lower().replace(",", "").split(), Random(0)).paint.__name__ == expected


@pytest.mark.parametrize("mood", WORDS)
def test_every_mood_is_reached_by_its_own_name(mood):
    palettes = {choose_palette([mood], ("dawn",), Random(0), Random(seed)).name for seed in range(30)}
    assert palettes == {mood, PALETTES[mood].kin}


@pytest.mark.parametrize("prompt", ["", "   ", "12345", "🦊🦊", "ein Fuchs im Schnee", "雪の中の狐", "x" * 5000])
def test_any_prompt_gets_a_picture(painter, prompt):
    assert decoded(painter.generate(replace(REQUEST, prompt=prompt)).content).size == (256, 256)


def test_no_call_fails_by_default(painter):
    for seed in range(20):
        painter.generate(replace(REQUEST, width=32, height=32, seed=seed))


def test_the_failure_rate_is_kept_and_brings_every_kind():
    painter = DemoPainter(0, 0, failure_rate=0.5, chance=Random(1))
    errors = [error for seed in range(200) if (error := failure(painter, seed))]
    kinds = Counter(error.kind for error in errors)
    assert all(error.request_id and error.message for error in errors)
    assert all(error.may_have_billed == (error.kind is ErrorClass.AMBIGUOUS) for error in errors)
    assert 70 < kinds.total() < 130
    assert set(kinds) == {
        ErrorClass.TRANSIENT,
        ErrorClass.CONTENT_POLICY,
        ErrorClass.PERMANENT,
        ErrorClass.AMBIGUOUS,
    }


def test_a_rate_of_one_always_fails():
    painter = DemoPainter(0, 0, failure_rate=1)
    with pytest.raises(ProviderError):
        painter.generate(REQUEST)


def test_a_latency_beyond_the_timeout_has_no_answer():
    painter = DemoPainter(latency_seconds=30, latency_jitter_seconds=0)
    with pytest.raises(ProviderError, match=r"did not answer within 0.01 s") as caught:
        painter.generate(replace(REQUEST, timeout_seconds=0.01))
    assert caught.value.kind is ErrorClass.AMBIGUOUS
