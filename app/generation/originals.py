"""Where a paid picture's bytes are put before anything else happens to them.

First choice is the store, under a key that follows from image and attempt, so that a sweep can find what a dead process
has left there. When the store is down the bytes go to this host's spool with an fsync and are moved later by this host.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from app.core.errors import NotStored, StorageError
from app.generation.models import Asset
from app.generation.studio import studio
from app.imaging.inspect import Inspected, inspect
from app.storage.local import write_durably

log = structlog.get_logger()

KEY_PARTS = re.compile(r"originals/(?P<image>[0-9a-f-]{36})/(?P<attempt>\d+)\.(?P<extension>[a-z]+)")


@dataclass(frozen=True, slots=True)
class Original:
    """A kept original. `spool_host` is set while the bytes are on that host only."""

    key: str
    picture: Inspected
    bytes: int
    sha256: str
    spool_host: str | None

    def row(self, *, workspace_id: UUID, image_id: UUID, attempt: int) -> dict[str, Any]:
        """What a row of `assets` says about it."""
        return {
            "workspace_id": workspace_id,
            "image_id": image_id,
            "attempt": attempt,
            "key": self.key,
            "spool_host": self.spool_host,
            "media_type": self.picture.media_type,
            "bytes": self.bytes,
            "width": self.picture.width,
            "height": self.picture.height,
            "sha256": self.sha256,
        }


def prefix(image_id: UUID, attempt: int) -> str:
    """Every original of this attempt begins so; what follows is the extension of its format."""
    return f"originals/{image_id}/{attempt}."


def keep(content: bytes, picture: Inspected, *, image_id: UUID, attempt: int) -> Original:
    """Make the bytes durable. Raises StorageError only when neither the store nor the local disk takes them."""
    key = f"{prefix(image_id, attempt)}{picture.extension}"
    spool_host = _put(key, content, picture.media_type)
    return Original(key, picture, len(content), hashlib.sha256(content).hexdigest(), spool_host)


def _put(key: str, content: bytes, media_type: str) -> str | None:
    try:
        studio().storage.put(key, content, media_type)
    except StorageError as error:
        log.warning("original_spooled", key=key, reason=error.message)
        _spool(key, content)
        return studio().host_id
    return None


def _spool(key: str, content: bytes) -> None:
    path = spool_path(key)
    try:
        write_durably({path: content})
    except OSError as error:
        raise StorageError(f"Neither the store nor the local disk takes the picture: {error.strerror}.") from error


def spool_folder() -> Path:
    return studio().settings.data_dir / "spool"


def spool_path(key: str) -> Path:
    return spool_folder() / key


def found(image_id: UUID, attempt: int) -> Original | None:
    """The original that this attempt left behind without a row: in this host's spool, or in the store.

    Raises StorageError when the store cannot be asked, UnreadablePicture.
    """
    if spooled := _found_in_spool(image_id, attempt):
        return spooled
    for stored in studio().storage.keys(prefix(image_id, attempt)):
        content = studio().storage.get(stored.key)
        return Original(stored.key, inspect(content), len(content), hashlib.sha256(content).hexdigest(), None)
    return None


def _found_in_spool(image_id: UUID, attempt: int) -> Original | None:
    folder = spool_path(f"originals/{image_id}")
    for path in sorted(folder.glob(f"{attempt}.*")) if folder.is_dir() else []:
        if not KEY_PARTS.fullmatch(key := f"originals/{image_id}/{path.name}"):
            continue
        try:
            content = read_spooled(path)
        except FileNotFoundError:
            continue
        digest = hashlib.sha256(content).hexdigest()
        return Original(key, inspect(content), len(content), digest, studio().host_id)
    return None


def read(asset: Asset) -> bytes:
    """The original's bytes. Raises NotStored when this host cannot reach any, StorageError when the store is down.

    What has left this host's spool was moved into the store meanwhile.
    """
    if asset.spool_host not in (None, studio().host_id):
        raise NotStored(
            f"The picture is on the disk of the host {asset.spool_host}, which took it while the store was down. "
            "Proofsheet must run there to bring it."
        )
    if asset.spool_host is not None:
        try:
            return read_spooled(spool_path(asset.key))
        except FileNotFoundError:
            log.info("spooled_original_moved", key=asset.key)
    return studio().storage.get(asset.key, once=True)


def read_spooled(path: Path) -> bytes:
    """Raises FileNotFoundError when it is gone, StorageError when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(f"The spool cannot be read: {error.strerror}.") from error
