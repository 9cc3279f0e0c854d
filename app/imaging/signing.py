"""Sign pictures with a C2PA manifest that names the original as what they were made from.

Needs the optional package c2pa-python and a certificate of the operator's own. Without them nothing is signed, and the
XMP mark stands alone.
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from pathlib import Path
from typing import Any

from app.core.errors import ConfigurationError, TimeStampDown, UnreadablePicture
from app.imaging.provenance import TRAINED_ALGORITHMIC_MEDIA
from app.imaging.variants import Variants

SAMPLE = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg==")
"""A picture of one pixel, to see whether signing works."""
ALGORITHMS = ("es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519")


class Signer:
    """Signs with one certificate. Safe to use from many threads: each picture has a builder of its own."""

    def __init__(self, certificate: Path, key: Path, algorithm: str = "es256", *, time_url: str | None = None) -> None:
        """certificate: the chain as PEM, the signer's own first. key: its private key as PEM (PKCS 8).

        time_url: a time-stamping service (RFC 3161), asked for each picture. Raises ConfigurationError, which names the
        variable, for what cannot work.
        """
        self._c2pa = _library()
        try:
            chain, secret = certificate.read_bytes(), key.read_bytes()
        except OSError as error:
            raise ConfigurationError(
                f"PROOFSHEET_C2PA_CERTIFICATE and PROOFSHEET_C2PA_KEY: cannot be read: {error.strerror}."
            ) from None
        # A thumbnail of the picture inside the picture would make a small file ten times as large.
        self._context = self._c2pa.Context(
            self._c2pa.Settings.from_dict({"builder": {"thumbnail": {"enabled": False}}})
        )
        try:
            # Whether certificate and key belong together shows only when something is signed.
            self._untimed = self._signer = self._open(chain, secret, algorithm, None)
            self.sign(SAMPLE, "image/png", SAMPLE, "image/png")
            if time_url:
                self._signer = self._open(chain, secret, algorithm, time_url)
        except (self._c2pa.C2paError, KeyError, UnreadablePicture) as error:
            raise ConfigurationError(
                f"PROOFSHEET_C2PA_CERTIFICATE: does not sign with PROOFSHEET_C2PA_KEY and {algorithm} "
                f"({type(error).__name__}). See docs/configuration.md."
            ) from None

    def _open(self, chain: bytes, secret: bytes, algorithm: str, time_url: str | None) -> Any:
        kind = self._c2pa.C2paSigningAlg[algorithm.upper()]
        return self._c2pa.Signer.from_info(
            self._c2pa.C2paSignerInfo(alg=kind, sign_cert=chain, private_key=secret, ta_url=time_url)
        )

    def sign_variants(self, made: Variants, original: bytes, original_type: str) -> Variants:
        """The same variants, signed. Raises UnreadablePicture when one cannot be, TimeStampDown when none can now."""
        files = {
            name: replace(file, content=self.sign(file.content, file.media_type, original, original_type))
            for name, file in made.files.items()
        }
        return replace(made, files=files)

    def sign(self, content: bytes, media_type: str, original: bytes, original_type: str) -> bytes:
        """One file with a manifest, the original being its parent, with the manifest that one may have come with.

        Raises UnreadablePicture; TimeStampDown when it is the time-stamping service that fails.
        """
        try:
            return self._sign(self._signer, content, media_type, original, original_type)
        except UnreadablePicture:
            if self._signer is self._untimed:
                raise
            # The library says of both only that signing failed. If it works without a time it was not the picture.
            self._sign(self._untimed, content, media_type, original, original_type)
            raise TimeStampDown("The time-stamping service for signatures does not answer as it should.") from None

    def _sign(self, signer: Any, content: bytes, media_type: str, original: bytes, original_type: str) -> bytes:
        signed = BytesIO()
        try:
            with self._c2pa.Builder(_manifest(), self._context) as builder:
                builder.set_intent(self._c2pa.C2paBuilderIntent.EDIT)
                ingredient = {"title": "original", "relationship": "parentOf", "label": "original"}
                builder.add_ingredient(ingredient, original_type, BytesIO(original))
                builder.sign(signer, media_type, BytesIO(content), signed)
        except self._c2pa.C2paError as error:
            raise UnreadablePicture(f"The picture cannot be signed ({type(error).__name__}).") from error
        return signed.getvalue()


def make_signer(certificate: Path | None, key: Path | None, algorithm: str, time_url: str | None) -> Signer | None:
    """The signer of these settings; None when none is set. Raises ConfigurationError."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise ConfigurationError("PROOFSHEET_C2PA_CERTIFICATE and PROOFSHEET_C2PA_KEY: set both, or neither.")
    return Signer(certificate, key, algorithm, time_url=time_url)


def _library() -> Any:
    try:
        import c2pa  # noqa: PLC0415  an optional package, which takes long to load
    except ImportError:
        raise ConfigurationError(
            "PROOFSHEET_C2PA_CERTIFICATE: needs the package c2pa-python: `.venv/bin/pip install c2pa-python`."
        ) from None
    return c2pa


def _manifest() -> Mapping[str, Any]:
    opened = {
        "action": "c2pa.opened",
        "parameters": {"ingredientIds": ["original"]},
        "digitalSourceType": TRAINED_ALGORITHMIC_MEDIA,
    }
    return {
        "claim_generator_info": [{"name": "Proofsheet", "version": _version()}],
        "title": "picture",
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [opened, {"action": "c2pa.resized"}]}}],
    }


def _version() -> str:
    try:
        return version("proofsheet")
    except PackageNotFoundError:
        return "0"
