"""One supervisor to a data folder: a lock that the kernel takes back when its last holder is gone."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.errors import Conflict

_CLEARING_UP_SECONDS = 6.0


@contextmanager
def data_folder_lock(data_dir: Path) -> Iterator[int]:
    """Hold the lock of `data_dir` (made if missing); yields the locked file descriptor.

    Raises Conflict, naming the process that holds it, when the application already runs there.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data_dir / "proofsheet.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, data_dir)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, data_dir: Path) -> None:
    """A supervisor that was killed leaves the lock to its warden while that clears up: wait a moment."""
    give_up = time.monotonic() + _CLEARING_UP_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(descriptor)
            if _alive(holder) or time.monotonic() > give_up:
                raise Conflict(
                    f"Proofsheet already runs on {data_dir.resolve()} (process {holder}). Stop it first, or set "
                    "PROOFSHEET_DATA_DIR to another folder and PORT to another port."
                ) from None
            time.sleep(0.05)
        else:
            return


def _holder(descriptor: int) -> int:
    content = os.pread(descriptor, 32, 0).strip()
    return int(content) if content.isdigit() else 0


def _alive(process: int) -> bool:
    if not process:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
