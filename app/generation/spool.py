"""Originals that a store which was down did not take: they wait on this host's disk, and this host moves them.

What is there is read from the folder, not from the rows: so a file is found, too, whose process died before it could
write a row. Every step may be torn off and run again, by any process of the host.
"""

import fcntl
import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from app.core.database import db, db_now, detached, end_read, transaction
from app.core.errors import NotThere, StorageError, UnreadablePicture
from app.core.fail_points import FailPoint, fail_point
from app.generation.models import Asset, Attempt
from app.generation.moves import lock_image
from app.generation.originals import KEY_PARTS, Original, read_spooled, spool_folder, spool_path
from app.generation.pricing import listed_price
from app.generation.settle import attach
from app.generation.studio import studio
from app.imaging.inspect import inspect
from app.providers.model import Size
from app.storage.local import TEMPORARY

log = structlog.get_logger()

DRAIN_SECONDS = 5.0
"""How often a host looks whether its spool can be emptied."""
LEASES_UNTIL_FOUND = 10
"""A file without a row is left to its process for so many leases, which may only wait for the database."""
MOST_REFUSED = 3
"""In a row: one file that the store never takes holds up no other."""
UNREADABLE = ".unreadable"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file of the spool and the key under which the store will have it."""

    path: Path
    key: str
    age: float
    """Seconds since it was written."""


def waiting() -> list[Waiting]:
    """The spooled originals of this host, the oldest first."""
    found = []
    for path in spool_folder().glob("originals/*/*"):
        if path.suffix not in {TEMPORARY, UNREADABLE}:
            with suppress(FileNotFoundError):
                age = time.time() - path.stat().st_mtime
                found.append(Waiting(path, path.relative_to(spool_folder()).as_posix(), age))
    return sorted(found, key=lambda each: -each.age)


def drain_spool(stop: threading.Event | None = None) -> int:
    """Move what waits into the store until it does not take it, or `stop` is set; answers how many files went."""
    moved = refused = 0
    for file in waiting():
        if refused >= MOST_REFUSED or studio().storage.is_down or (stop is not None and stop.is_set()):
            break
        try:
            moved, refused = moved + _move(file), 0
        except StorageError as error:
            log.warning("spool_waits", key=file.key, reason=error.message)
            refused += 1
    return moved


def _move(file: Waiting) -> bool:
    asset = db.session.scalars(select(Asset).where(Asset.key == file.key)).one_or_none()
    if asset is None:
        end_read()
        return file.age > LEASES_UNTIL_FOUND * studio().settings.lease_seconds and _find_a_home(file)
    if detached(asset).spool_host is None:
        _remove(file.path)
        return False
    try:
        put_spooled(asset, read_spooled(file.path))
    except FileNotFoundError:
        return False
    return True


def put_spooled(asset: Asset, content: bytes) -> None:
    """Put a spooled original into the store; the row says so before the local copy goes. Raises StorageError."""
    studio().storage.put(asset.key, content, asset.media_type)
    fail_point(FailPoint.SPOOL_DRAINED, asset.key)
    with transaction(durable=True) as session:
        session.execute(update(Asset).where(Asset.id == asset.id).values(spool_host=None))
    _remove(spool_path(asset.key))
    log.info("spool_drained", key=asset.key)


def _remove(path: Path) -> None:
    """The file, and its folder when nothing else is in it."""
    path.unlink(missing_ok=True)
    with suppress(OSError):
        path.parent.rmdir()


def _find_a_home(file: Waiting) -> bool:
    """No row names the file: its process died before it could. Store it, and give it to the call that made it."""
    try:
        content = read_spooled(file.path)
        picture = inspect(content)
    except FileNotFoundError:
        return False
    except UnreadablePicture:
        log.exception("spooled_file_unreadable", key=file.key)
        file.path.rename(file.path.with_name(file.path.name + UNREADABLE))
        return False
    studio().storage.put(file.key, content, picture.media_type)
    original = Original(file.key, picture, len(content), hashlib.sha256(content).hexdigest(), None)
    parts = KEY_PARTS.fullmatch(file.key)
    if parts is not None:
        _give(UUID(parts["image"]), int(parts["attempt"]), original)
    _remove(file.path)
    return True


def _give(image_id: UUID, number: int, original: Original) -> None:
    """Attach the picture to its call; the image takes it unless newer work exists."""
    with transaction(durable=True) as session:
        try:
            job, image = lock_image(image_id)
        except NotThere:
            log.warning("spooled_picture_of_nobody", key=original.key)
            return
        query = select(Attempt).where(Attempt.image_id == image_id, Attempt.number == number).with_for_update()
        attempt = session.scalars(query).one_or_none()
        if attempt is None or attempt.asset_id is not None:
            session.rollback()
            return
        attempt.ended_at = attempt.ended_at or db_now()
        size = Size(image.width, image.height)
        attach(job, image, attempt, original, cost=listed_price(studio(), attempt.model, image.quality, size))
    log.info("spooled_picture_found", image=str(image_id), attempt=number)


@contextmanager
def the_hosts_turn(folder: Path) -> Iterator[bool]:
    """Whether no other process of this host drains the spool now. The kernel takes the lock back from the dead."""
    descriptor = os.open(folder / "spool.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


class Drainer:
    """A thread of each worker process that empties this host's spool, so that no message has to."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="drain-spool", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing new. A store that hangs is not waited for: what is torn off is done again."""
        self._stop.set()
        self._thread.join(timeout=2.0)

    def _run(self) -> None:
        while not self._stop.wait(DRAIN_SECONDS):
            with self._app.app_context():
                try:
                    self._drain()
                except SQLAlchemyError as error:
                    log.warning("spool_waits", reason=f"the database does not answer ({type(error).__name__})")
                except Exception as error:
                    # Without this thread paid pictures would stay on this disk.
                    log.exception("spool_not_drained", error_type=type(error).__name__)

    def _drain(self) -> None:
        if not waiting() or studio().storage.is_down:
            return
        with the_hosts_turn(studio().settings.data_dir) as ours:
            if ours:
                drain_spool(self._stop)
