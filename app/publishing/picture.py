"""Read the picture a page is about, in a size that a model sees well and that costs little."""

from app.core.deadline import within
from app.core.errors import StorageError
from app.generation.models import Asset
from app.storage.interface import Storage

READ_SECONDS = 10.0
SIZES = ("medium", "large", "webp", "thumb")


def best_size(asset: Asset) -> tuple[str, str]:
    """Key and media type of the variant a writer looks at; the original when there are no variants."""
    for name in SIZES:
        if variant := asset.variants.get(name):
            return str(variant["key"]), str(variant["media_type"])
    return asset.key, asset.media_type


def read_within(storage: Storage, key: str, *, seconds: float = READ_SECONDS) -> bytes:
    """The object's bytes, or StorageError when the store fails or takes longer than `seconds`."""
    try:
        return within(seconds, lambda: storage.get(key), name="read-picture")
    except TimeoutError:
        raise StorageError(f"The picture could not be read within {seconds:g} s.") from None
