"""Pictures in a folder on this machine."""

import glob
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from app.core.errors import NotStored, StorageError
from app.core.fail_points import FailPoint, fail_point
from app.storage.interface import NewObject, StoredObject, check_key, check_prefix

TEMPORARY = ".part"


class LocalStorage:
    """Files below one folder, written to a temporary name, flushed to the disk and then renamed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, key: str, content: bytes, media_type: str) -> None:
        self.put_all([NewObject(key, content, media_type)])

    def put_all(self, objects: Sequence[NewObject]) -> None:
        files = {self._path(each.key): each.content for each in objects}
        try:
            write_durably(files)
        except OSError as error:
            raise StorageError(f"The media folder cannot be written: {error.strerror}. Check its disk.") from error

    def get(self, key: str, *, once: bool = False) -> bytes:
        with self.open(key) as file:
            content = file.read()
            if once:
                _forget(file)
        return content

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            raise NotStored(f"There is no {key} in the store.") from None
        except OSError as error:
            raise StorageError(f"{key} cannot be read: {error.strerror}.") from error

    def exists(self, key: str) -> bool:
        try:
            return stat.S_ISREG(self._path(key).stat().st_mode)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StorageError(f"{key} cannot be looked for: {error.strerror}.") from error

    def delete(self, key: str) -> None:
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{key} cannot be deleted: {error.strerror}.") from error

    def erase(self, key: str) -> None:
        """A folder keeps no versions; what a process that died was writing goes, and what becomes an empty folder."""
        self.delete(key)
        folder, name = self._path(key).parent, self._path(key).name
        for part in folder.glob(f"{glob.escape(name)}.*{TEMPORARY}"):
            with suppress(OSError):  # it is being given its name this moment, or cannot go: the folder stays then
                part.unlink()
        if folder.parent != self.folder:
            with suppress(OSError):  # not empty, or gone
                folder.rmdir()

    def keys(self, prefix: str = "") -> Iterator[StoredObject]:
        """In order. Only the folder that the prefix names is read; what vanishes meanwhile is left out."""
        folder, _, start = check_prefix(prefix).rpartition("/")
        try:
            yield from self._below(self.folder / folder, start)
        except OSError as error:
            raise StorageError(f"The media folder cannot be read: {error.strerror}.") from error

    def _below(self, folder: Path, start: str = "") -> Iterator[StoredObject]:
        try:
            paths = sorted(path for path in folder.iterdir() if path.name.startswith(start))
        except FileNotFoundError:
            return
        for path in paths:
            with suppress(FileNotFoundError):
                status = path.stat()
                if stat.S_ISDIR(status.st_mode):
                    yield from self._below(path)
                elif path.suffix != TEMPORARY:
                    key = path.relative_to(self.folder).as_posix()
                    yield StoredObject(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def url(self, key: str, *, public: bool, name: str = "") -> str | None:
        return None

    @property
    def is_down(self) -> bool:
        return False

    def room(self) -> int:
        try:
            return free_bytes(self.folder)
        except OSError as error:
            raise StorageError(f"The media folder cannot be looked at: {error.strerror}.") from error

    @property
    def origins(self) -> tuple[str, ...]:
        return ()

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


def _forget(file: BinaryIO) -> None:
    """Have the system drop its copy of the file: the memory is for what browsers fetch, and for the next picture."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):  # a file system that does not know how
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def free_bytes(folder: Path) -> int:
    """What we may still write to the disk of this folder, or of the nearest one above it that is there already."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def write_durably(files: Mapping[Path, bytes]) -> None:
    """Write files so that after a power cut they are there and whole: temporary names, fsync, rename, folders too.

    Together they cost the disk less than one after the other. Missing folders are made. Raises OSError; each file is
    then as it was or whole, and nothing else is left behind.
    """
    folders = {path.parent for path in files}
    for folder in folders:
        _make_folder(folder)
    parts = {path: path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMPORARY}") for path in files}
    try:
        _stage({parts[path]: content for path, content in files.items()})
        for path, part in parts.items():
            fail_point(FailPoint.FILE_STAGED, path.name)
            part.replace(path)
            fail_point(FailPoint.PUT_PARTLY, path.name)
    except BaseException:
        for part in parts.values():
            with suppress(OSError):  # the first error is the one to be told
                part.unlink()
        raise
    for folder in folders:
        _sync_folder(folder)


def _stage(files: Mapping[Path, bytes]) -> None:
    """All are written before the first is waited for: the disk brings them home in one go."""
    with ExitStack() as staged:
        opened = [(staged.enter_context(path.open("wb")), content) for path, content in files.items()]
        for file, content in opened:
            file.write(content)
            file.flush()
        for file, _ in opened:
            os.fsync(file.fileno())


def _make_folder(folder: Path) -> None:
    """Make the folder and what is missing above it, and have the disk know of each."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
