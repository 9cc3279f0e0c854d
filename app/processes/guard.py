"""The supervisor's side of the warden: start programs so that none can outlive the supervisor."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from app.processes import warden

# The group enrols itself before the program begins, so there is no moment in which a killed supervisor would leave it.
_ENROL_AND_BECOME = 'echo "$$" >&0; exec "$@" </dev/null'


class Guard:
    """Starts programs in process groups of their own, all enrolled with one warden.

    keep_open: a descriptor the warden inherits, such as the data folder's lock.
    """

    def __init__(self, keep_open: int | None = None) -> None:
        self._keep_open = () if keep_open is None else (keep_open,)
        self._groups: set[int] = set()
        self._start_warden()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closing the pipe lets the warden kill whatever was not stopped before."""
        os.close(self._pipe)
        self._warden.wait()

    def start(self, argv: Sequence[str], *, env: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
        """Start a program as leader of a new session; its output and errors come through `stdout`, unbuffered."""
        self._renew_warden()
        process = subprocess.Popen(  # noqa: S603 - the words come from the Procfile
            ["/bin/sh", "-c", _ENROL_AND_BECOME, argv[0], *argv],
            stdin=self._pipe,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
            env=dict(env),
            cwd=folder,
        )
        self._groups.add(process.pid)
        return process

    def kill(self, group: int) -> None:
        """SIGKILL to a leader and everything it started."""
        warden.kill_group(group)

    def strike_off(self, group: int) -> None:
        """The leader has ended and was waited for: kill what it left behind and forget the group."""
        warden.kill_group(group)
        self._groups.discard(group)
        self._renew_warden()
        self._send(-group)

    def _send(self, number: int) -> None:
        os.write(self._pipe, f"{number}\n".encode())

    def _renew_warden(self) -> None:
        if self._warden.poll() is None:
            return
        os.close(self._pipe)
        self._start_warden()

    def _start_warden(self) -> None:
        reading, self._pipe = os.pipe()
        self._warden = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", "-S", warden.__file__],
            stdin=reading,
            stdout=subprocess.DEVNULL,
            pass_fds=self._keep_open,
            start_new_session=True,
        )
        os.close(reading)
        for group in self._groups:
            self._send(group)
