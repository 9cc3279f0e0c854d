"""The mark of origin in files as they are, and the manifests they came with."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.core.errors import ConfigurationError, TimeStampDown, UnreadablePicture
from app.imaging.credentials import Credentials, credentials_of
from app.imaging.marking import marked
from app.imaging.provenance import TRAINED_ALGORITHMIC_MEDIA, credit_line, read_source_type
from app.imaging.signing import Signer, make_signer
from app.imaging.variants import make_variants
from tests.services.certificates import Certificate
from tests.services.read_back import AI, CREDIT, SOURCE_TYPE, manifest_of, with_wheel, xmp_of

KINDS = [("PNG", "RGB"), ("PNG", "RGBA"), ("JPEG", "RGB"), ("WEBP", "RGB"), ("WEBP", "RGBA")]
TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def picture(kind: str = "PNG", mode: str = "RGB", **values: object) -> bytes:
    buffer = BytesIO()
    lossless = {"lossless": True} if kind == "WEBP" else {}
    Image.effect_noise((96, 64), 60).convert(mode).save(buffer, kind, **lossless, **values)  # type: ignore[arg-type]
    return buffer.getvalue()


def pixels(content: bytes) -> bytes:
    with Image.open(BytesIO(content)) as opened:
        return opened.tobytes()


def original_of_a_provider(certificate: Certificate, kind: str = "PNG") -> bytes:
    """A picture with a manifest that says that it was made by a model, as some providers send them."""
    c2pa = with_wheel("c2pa")
    created = {"action": "c2pa.created", "digitalSourceType": AI}
    manifest = {
        "claim_generator_info": [{"name": "A Provider", "version": "3"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}],
    }
    info = c2pa.C2paSignerInfo(
        alg=c2pa.C2paSigningAlg.ES256,
        sign_cert=certificate.chain.read_bytes(),
        private_key=certificate.key.read_bytes(),
        ta_url=None,
    )
    signed = BytesIO()
    context = c2pa.Context(c2pa.Settings.from_dict({"builder": {"thumbnail": {"enabled": False}}}))
    with c2pa.Signer.from_info(info) as signer, c2pa.Builder(manifest, context) as builder:
        builder.sign(signer, TYPES[kind], BytesIO(picture(kind)), signed)
    return signed.getvalue()


def signer_of(certificate: Certificate, *, time_url: str | None = None) -> Signer:
    with_wheel("c2pa")
    return Signer(certificate.chain, certificate.key, time_url=time_url)


@pytest.mark.parametrize(("kind", "mode"), KINDS)
def test_every_format_takes_the_mark_without_a_pixel_being_touched(kind: str, mode: str) -> None:
    content = picture(kind, mode)

    written = marked(content, credit='AI-generated with "A" & <B>')

    assert pixels(written) == pixels(content)
    assert xmp_of(written) == {SOURCE_TYPE: AI, CREDIT: 'AI-generated with "A" & <B>'}
    assert read_source_type(written) == TRAINED_ALGORITHMIC_MEDIA
    assert marked(written) == written


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_xmp_that_says_something_else_gives_way(kind: str) -> None:
    content = marked(picture(kind)).replace(b"trainedAlgorithmicMedia", b"digitalCapture_________")

    if kind == "PNG":
        with pytest.raises(UnreadablePicture):
            marked(content)  # the check sum shows that somebody has been at it
    else:
        assert xmp_of(marked(content)) == {SOURCE_TYPE: AI}


@pytest.mark.parametrize("generator", ["DALL-E", "Other"])
def test_every_size_carries_mark_and_credit(generator: str) -> None:
    made = make_variants(picture(), credit=credit_line(generator))

    said = {"DALL-E": "AI-generated with DALL-E", "Other": "AI-generated"}[generator]
    assert {name: xmp_of(file.content) for name, file in made.files.items()} == {
        key: {SOURCE_TYPE: AI, CREDIT: said} for key in ("thumb", "medium", "large", "webp")
    }


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_manifest_that_came_along_is_found_and_nothing_is_changed(certificate: Certificate, kind: str) -> None:
    original = original_of_a_provider(certificate, kind)

    assert credentials_of(original) == Credentials(made_by="A Provider", says_ai=True)
    assert marked(original) == original
    assert manifest_of(original, TYPES[kind])["validation_state"] == "Valid"
    assert credentials_of(picture(kind)) is None


def test_sizes_are_signed_with_the_original_as_what_they_were_made_from(certificate: Certificate) -> None:
    original = original_of_a_provider(certificate)
    signer = signer_of(certificate)
    plain = make_variants(original, credit="AI-generated")

    signed = signer.sign_variants(plain, original, "image/png")

    for name, file in signed.files.items():
        report = manifest_of(file.content, file.media_type)
        assert report["validation_state"] == "Valid"
        manifest = report["manifests"][report["active_manifest"]]
        assert manifest["claim_generator_info"][0]["name"] == "Proofsheet"
        [ingredient] = manifest["ingredients"]
        assert ingredient["relationship"] == "parentOf"
        assert "thumbnail" not in ingredient
        assert "thumbnail" not in manifest
        assert len(report["manifests"]) == 2
        assert len(file.content) - len(plain.files[name].content) < 60_000
        assert xmp_of(file.content)[SOURCE_TYPE] == AI
        assert credentials_of(file.content) == Credentials("Proofsheet", says_ai=True)


def test_a_failing_time_stamp_service_is_not_taken_for_a_broken_picture(certificate: Certificate) -> None:
    signer = signer_of(certificate, time_url="http://127.0.0.1:9/")

    with pytest.raises(TimeStampDown):
        signer.sign(picture("JPEG"), "image/jpeg", picture(), "image/png")
    with pytest.raises(UnreadablePicture):
        signer.sign(b"no picture", "image/jpeg", picture(), "image/png")


def test_a_signed_size_that_was_changed_is_found_out(certificate: Certificate) -> None:
    original = original_of_a_provider(certificate)
    signer = signer_of(certificate)
    signed = signer.sign(make_variants(original).files["medium"].content, "image/jpeg", original, "image/png")

    forged = signed[:-200] + bytes(200 - 2) + signed[-2:]

    assert manifest_of(forged, "image/jpeg")["validation_state"] == "Invalid"


def test_nothing_set_means_no_signing() -> None:
    assert make_signer(None, None, "es256", None) is None


@pytest.mark.parametrize("wrong", ["no key", "missing", "not a pair", "another algorithm"])
def test_a_certificate_that_cannot_sign_is_refused_at_the_start(
    certificate: Certificate, tmp_path: Path, wrong: str
) -> None:
    with_wheel("c2pa")
    chain, key, algorithm = certificate.chain, certificate.key, "es256"
    if wrong == "missing":
        chain = tmp_path / "nothing.pem"
    if wrong == "not a pair":
        chain = key
    if wrong == "another algorithm":
        algorithm = "ed25519"

    with pytest.raises(ConfigurationError, match="PROOFSHEET_C2PA_CERTIFICATE"):
        make_signer(chain, None if wrong == "no key" else key, algorithm, None)


@pytest.mark.parametrize("rubbish", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"RIFF\x04\0\0\0WEBP", b"\xff\xd8\xff"])
def test_what_is_no_picture_takes_no_mark(rubbish: bytes) -> None:
    assert credentials_of(rubbish) is None
    with pytest.raises(UnreadablePicture):
        marked(rubbish)


def test_on_the_systems_that_have_the_wheels_nothing_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(pytest.skip.Exception):
        with_wheel("a_package_that_is_not_there")

    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(ImportError):
        with_wheel("a_package_that_is_not_there")
