"""Read marks and manifests back with tools that are not ours: exiv2 for XMP, the C2PA reader for manifests."""

import json
import platform
import sys
from importlib import import_module
from io import BytesIO
from typing import Any

import pytest

SOURCE_TYPE = "Xmp.iptcExt.DigitalSourceType"
CREDIT = "Xmp.photoshop.Credit"
AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def with_wheel(name: str) -> Any:
    """A package that not every system has a wheel of; the test is skipped there, and nowhere else."""
    try:
        return import_module(name)
    except ImportError:
        if (sys.platform, platform.machine()) == ("linux", "x86_64"):
            raise
        pytest.skip(f"{name} has no wheel for this system")


def xmp_of(content: bytes) -> dict[str, str]:
    """What exiv2 reads as XMP."""
    pyexiv2 = with_wheel("pyexiv2")
    picture = pyexiv2.ImageData(content)
    try:
        return dict(picture.read_xmp())
    finally:
        picture.close()


def manifest_of(content: bytes, media_type: str) -> dict[str, Any]:
    """The report of the C2PA reader; {} when there is no manifest."""
    c2pa = with_wheel("c2pa")
    try:
        with c2pa.Reader(media_type, BytesIO(content)) as reader:
            report: dict[str, Any] = json.loads(reader.json())
            return report
    except c2pa.C2paError.ManifestNotFound:
        return {}
