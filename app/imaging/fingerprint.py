"""Numbers that say how alike two pictures are and how sharp one is."""

from dataclasses import dataclass

from PIL import Image, ImageFilter, ImageStat

from app.imaging.upright import eight_bit

_LAPLACIAN = (0, 1, 0, 1, -4, 1, 0, 1, 0)
_SHARPNESS_SIDE = 512


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`perceptual_hash`: 64 bits as 16 hex digits. `sharpness`: variance of the Laplacian, grey levels squared."""

    perceptual_hash: str
    sharpness: float


def fingerprint(image: Image.Image) -> Fingerprint:
    """Both measures of a decoded picture. A variant of 600 px gives practically the same as its original."""
    grey = _grey(image)
    return Fingerprint(perceptual_hash(grey), sharpness(grey))


def perceptual_hash(image: Image.Image) -> str:
    """64-bit difference hash as 16 hex digits: is each of 8 x 8 cells brighter than its right neighbour?

    After N. Krawetz, "Kind of Like That" (hackerfactor.com, 2013). Survives resizing, recompression and small changes
    of brightness; not mirroring or rotation.
    """
    cells = _grey(image).resize((9, 8), Image.Resampling.LANCZOS, reducing_gap=3.0).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            left = row * 9 + column
            bits = bits << 1 | (cells[left] > cells[left + 1])
    return f"{bits:016x}"


def _grey(image: Image.Image) -> Image.Image:
    return eight_bit(image).convert("L")


def distance(one: str, other: str) -> int:
    """Differing bits of two perceptual hashes, 0 to 64. Up to about 10 people would call it the same picture."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def sharpness(image: Image.Image) -> float:
    """Variance of the Laplacian at 512 px on the longest side, in squared grey levels; below about 100 is blurry.

    After J. L. Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy" (ICPR 2000). The size is fixed so
    that pictures of different sizes can be compared.
    """
    grey = _grey(image)
    grey.thumbnail((_SHARPNESS_SIDE, _SHARPNESS_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    # Halved around the middle grey so that the negative half fits into a byte; the square of it comes back below.
    edges = grey.filter(ImageFilter.Kernel((3, 3), _LAPLACIAN, scale=2, offset=128))
    if min(edges.size) <= 2:
        return 0.0
    # Pillow copies the outermost pixels instead of filtering them.
    inner = edges.crop((1, 1, edges.width - 1, edges.height - 1))
    return ImageStat.Stat(inner).var[0] * 4
