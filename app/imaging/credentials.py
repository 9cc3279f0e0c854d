"""The C2PA manifest that a picture came with: whether there is one, and what it says of its maker.

Only found and read here, not verified: that is what the reader of C2PA does, who also knows whom to trust. C2PA
specification 2.1, A.3: a `caBX` chunk of a PNG, APP11 segments of a JPEG, a `C2PA` chunk of a WebP file.
"""

import re
from dataclasses import dataclass

from app.imaging.containers import APP11, JPEG, is_webp, jpeg_segments, png_chunks, webp_chunks
from app.imaging.decoding import PNG

AI = b"trainedAlgorithmicMedia"
JUMBF = b"JP"
MAKER = re.compile(rb"claim_generator_info.{1,4}?dname", re.DOTALL)
OLD_MAKER = re.compile(rb"claim_generator(?!_info)")
MOST = 120


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an original's manifest says. `made_by` is the program that wrote it, empty when it does not say."""

    made_by: str
    says_ai: bool


def credentials_of(content: bytes) -> Credentials | None:
    """What the manifest in these bytes says; None when there is none."""
    manifest = manifest_of(content)
    return Credentials(_maker(manifest), says_ai(manifest)) if manifest else None


def manifest_of(content: bytes) -> bytes:
    """The bytes of the manifest store; empty when the picture has none."""
    if content.startswith(PNG):
        return b"".join(data for kind, data, _ in png_chunks(content) if kind == b"caBX")
    if content.startswith(JPEG):
        # Each segment repeats: two letters, the box's number and the segment's, then 8 bytes of the box's header.
        return b"".join(data[8:] for marker, data, _ in jpeg_segments(content) if marker == APP11 and data[:2] == JUMBF)
    if is_webp(content):
        return b"".join(data for kind, data in webp_chunks(content) if kind == b"C2PA")
    return b""


def says_ai(manifest: bytes) -> bool:
    """Whether it holds the IPTC term for media that a model has made."""
    return AI in manifest


def _maker(manifest: bytes) -> str:
    """The name in the last manifest's `claim_generator_info`, else in the old `claim_generator`.

    The last manifest of a store is that of the picture itself; those of what it was made from stand before it.
    """
    for pattern in (MAKER, OLD_MAKER):
        if found := list(pattern.finditer(manifest)):
            return _text_at(manifest, found[-1].end())
    return ""


def _text_at(manifest: bytes, place: int) -> str:
    """The CBOR text that begins here (RFC 8949, 3.1: major type 3), cut to what can be shown."""
    head = manifest[place : place + 2]
    if len(head) < 2 or not 0x60 <= head[0] <= 0x78:
        return ""
    start, length = (place + 1, head[0] - 0x60) if head[0] < 0x78 else (place + 2, head[1])
    text = manifest[start : start + length].decode("utf-8", "replace")
    return "".join(each for each in text if each.isprintable())[:MOST].strip()
