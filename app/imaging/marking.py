"""Write the mark of origin into a file as it is: not one pixel is touched, and nothing is encoded anew."""

import struct

from app.core.errors import UnreadablePicture
from app.imaging.containers import (
    APP1,
    JPEG,
    VP8X_XMP,
    is_webp,
    jpeg_segment,
    jpeg_segments,
    png_chunk,
    png_chunks,
    webp_chunks,
    webp_file,
)
from app.imaging.credentials import manifest_of, says_ai
from app.imaging.decoding import PNG, decoded
from app.imaging.provenance import TRAINED_ALGORITHMIC_MEDIA, read_source_type, xmp_packet

XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
XMP_IN_PNG = b"XML:com.adobe.xmp\0\0\0\0\0"
"""Keyword, not compressed, no language, no translated keyword."""


def marked(content: bytes, *, credit: str = "") -> bytes:
    """The same picture with the mark of origin. What says already that a model made it comes back as it is.

    A C2PA manifest signs the bytes: a file whose manifest says that it is AI-made is complete as it came, and a change
    would only break the signature. Raises UnreadablePicture.
    """
    manifest = manifest_of(content)
    if (manifest and says_ai(manifest)) or read_source_type(content) == TRAINED_ALGORITHMIC_MEDIA:
        return content
    xmp = xmp_packet(TRAINED_ALGORITHMIC_MEDIA, credit=credit)
    if content.startswith(PNG):
        return _into_png(content, xmp)
    if content.startswith(JPEG):
        return _into_jpeg(content, xmp)
    if is_webp(content):
        return _into_webp(content, xmp)
    raise UnreadablePicture("This is no PNG, JPEG or WebP picture.")


def _into_png(content: bytes, xmp: bytes) -> bytes:
    """Before the pixels, in place of any XMP that is there (XMP specification part 3, 1.1.5)."""
    parts = [PNG]
    for kind, data, _ in png_chunks(content):
        if kind == b"iTXt" and data.startswith(b"XML:com.adobe.xmp\0"):
            continue
        parts.append(png_chunk(kind, data))
        if kind == b"IHDR":
            parts.append(png_chunk(b"iTXt", XMP_IN_PNG + xmp))
    return b"".join(parts)


def _into_jpeg(content: bytes, xmp: bytes) -> bytes:
    """Behind the first JFIF or Exif segments, in place of any XMP that is there (XMP specification part 3, 1.1.3)."""
    head, rest = [JPEG], len(content)
    written = False
    for marker, data, place in jpeg_segments(content):
        if marker == APP1 and data.startswith(XMP_IN_JPEG):
            continue
        if not written and not (marker == 0xE0 or (marker == APP1 and data.startswith(b"Exif"))):
            head.append(jpeg_segment(APP1, XMP_IN_JPEG + xmp))
            written = True
        if marker == 0xDA:
            rest = place
            break
        head.append(jpeg_segment(marker, data))
    return b"".join(head) + content[rest:]


def _into_webp(content: bytes, xmp: bytes) -> bytes:
    """At the end, announced in a VP8X chunk, which a simple file does not have yet (RFC 9649, 2.7)."""
    chunks = [(kind, data) for kind, data in webp_chunks(content) if kind != b"XMP "]
    if chunks and chunks[0][0] == b"VP8X":
        flags = bytes([chunks[0][1][0] | VP8X_XMP]) + chunks[0][1][1:]
        chunks[0] = (b"VP8X", flags)
    else:
        with decoded(content) as picture:
            width, height = picture.size
            alpha = 0x10 if picture.mode in ("RGBA", "LA") else 0
        size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
        chunks.insert(0, (b"VP8X", bytes([VP8X_XMP | alpha, 0, 0, 0]) + size))
    return webp_file([*chunks, (b"XMP ", xmp)])
