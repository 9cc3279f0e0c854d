"""A program that runs beside the benchmark and cannot outlive it."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import Popen
from threading import Thread
from typing import Self

from app.core.settings import environment
from app.processes.guard import Guard
from app.processes.procfile import read_procfile

PROJECT = Path(__file__).resolve().parents[1]


def as_a_worker(argv: Sequence[str]) -> list[str]:
    """The command, with the variables that the Procfile gives a worker."""
    worker = read_procfile(PROJECT / "Procfile", environment())["worker"]
    return [*worker[: worker.index("dramatiq")], *argv]


class Program:
    """`with Program(…) as program:` — killed with all it started when the block ends. Its output is kept in `lines`."""

    def __init__(self, guard: Guard, argv: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self.lines: list[str] = []
        self._guard, self._argv = guard, argv
        path = f"{Path(sys.executable).parent}:{environment()['PATH']}"
        self._env = {**(env or {}), "PATH": path, "PYTHONUNBUFFERED": "1"}

    def __enter__(self) -> Self:
        self._process: Popen[bytes] = self._guard.start(self._argv, env=self._env, folder=PROJECT)
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._guard.kill(self._process.pid)
        self._process.wait()
        self._guard.strike_off(self._process.pid)
        self._reader.join()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101  the guard always pipes it
        with self._process.stdout as stream:
            for line in iter(stream.readline, b""):
                self.lines.append(line.decode(errors="replace"))
