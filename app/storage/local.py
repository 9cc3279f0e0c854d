"""Pictures in a folder on this machine."""

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from app.core.errors import NotStored, StorageError
from app.storage.interface import StoredObject, check_key

TEMPORARY = ".part"


class LocalStorage:
    """Files below one folder, written to a temporary name, flushed to the disk and then renamed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, key: str, content: bytes, media_type: str) -> None:
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, content)
        except OSError as error:
            raise StorageError(f"The media folder cannot be written: {error.strerror}. Check its disk.") from error

    def get(self, key: str) -> bytes:
        with self.open(key) as file:
            return file.read()

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            raise NotStored(f"There is no {key} in the store.") from None
        except OSError as error:
            raise StorageError(f"{key} cannot be read: {error.strerror}.") from error

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def delete(self, key: str) -> None:
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{key} cannot be deleted: {error.strerror}.") from error

    def keys(self, prefix: str = "") -> Iterator[StoredObject]:
        for path in sorted(self.folder.rglob("*")):
            key = path.relative_to(self.folder).as_posix()
            if key.startswith(prefix) and path.is_file() and path.suffix != TEMPORARY:
                status = path.stat()
                yield StoredObject(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def url(self, key: str) -> str | None:
        return None

    def check(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe = self.folder / f"check-{secrets.token_hex(4)}{TEMPORARY}"
            probe.write_bytes(b"ok")
            probe.unlink()
        except OSError as error:
            raise StorageError(f"The media folder cannot be written: {error.strerror}.") from error

    def _path(self, key: str) -> Path:
        return self.folder / check_key(key)


def write_durably(path: Path, content: bytes) -> None:
    """Write a file so that after a power cut it is whole or absent: temporary name, fsync, rename, fsync the folder."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
