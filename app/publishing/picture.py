"""Read the picture a page is about, in a size that a model sees well and that costs little."""

from queue import Empty, Queue
from threading import Thread
from typing import Any

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
    """The object's bytes, or StorageError when the store fails or takes longer than `seconds`.

    A daemon thread reads, so that a store that hangs holds neither the worker's thread nor its end.
    """
    answers: Queue[bytes | BaseException] = Queue(maxsize=1)
    Thread(target=_read_into, args=(answers, storage, key), daemon=True, name="read-picture").start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise StorageError(f"The picture could not be read within {seconds:g} s.") from None
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _read_into(answers: "Queue[Any]", storage: Storage, key: str) -> None:
    try:
        answers.put(storage.get(key))
    except Exception as error:  # noqa: BLE001 - raised again by the thread that waits
        answers.put(error)
