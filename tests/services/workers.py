"""Real worker processes, started by the Procfile's own commands, that tests may kill."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen
from threading import Thread
from typing import Any

import psutil
import pytest

from app.core.settings import Settings
from app.processes.guard import Guard
from app.processes.procfile import read_procfile
from tests.services.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[2]
KINDS = ("generate", "worker", "scheduler")


class Workers:
    """The processes `generate`, `worker` and `scheduler` of one installation."""

    def __init__(self, settings: Settings, guard: Guard, **extra: str) -> None:
        self.output: list[str] = []
        self._guard = guard
        self._env = {**environment(settings), **extra}
        self._commands = read_procfile(PROJECT / "Procfile", self._env)
        self._running: dict[str, Popen[bytes]] = {}
        self._readers: list[Thread] = []

    def start(self, *kinds: str) -> None:
        """Start these kinds, or all, and wait until each says that it is ready."""
        before = len(self.output)
        self.begin(*(kinds or KINDS))
        wait_until(
            lambda: sum(_says_ready(line) for line in self.output[before:]) >= len(kinds or KINDS),
            within=60,
            what=f"{kinds or KINDS} to be ready",
        )

    def begin(self, *kinds: str) -> None:
        """Start these kinds without waiting: one that dies at once never says that it is ready."""
        for kind in kinds:
            process = self._guard.start(self._commands[kind], env=self._env, folder=PROJECT)
            self._running[kind] = process
            reader = Thread(target=self._read, args=(process,), daemon=True)
            reader.start()
            self._readers.append(reader)

    def kill(self, *kinds: str) -> None:
        """SIGKILL, to the whole group: nothing gets a chance to clean up."""
        for kind in kinds or tuple(self._running):
            process = self._running.pop(kind)
            self._guard.kill(process.pid)
            process.wait()
            self._guard.strike_off(process.pid)

    def stop(self, *kinds: str) -> None:
        """SIGTERM to the leaders of these kinds, or of all, once, and wait for the end."""
        ending = {kind: self._running[kind] for kind in kinds or tuple(self._running)}
        for process in ending.values():
            process.send_signal(signal.SIGTERM)
        for kind, process in ending.items():
            process.wait(timeout=60)
            self._guard.strike_off(process.pid)
            del self._running[kind]

    def signal_group(self, kind: str, number: int) -> None:
        os.killpg(self._running[kind].pid, number)

    def has_lost(self, kind: str) -> bool:
        """Whether the process that does the work of this kind has died, whatever its leader does."""
        try:
            children = psutil.Process(self._running[kind].pid).children()
        except psutil.NoSuchProcess:
            return True
        return not any(_lives(child) for child in children)

    def family(self, kind: str) -> list[psutil.Process]:
        """The process of this kind and all that it has started."""
        leader = psutil.Process(self._running[kind].pid)
        return [leader, *leader.children(recursive=True)]

    @property
    def text(self) -> str:
        return "".join(self.output)

    def _read(self, process: Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout as stream:
            for line in iter(stream.readline, b""):
                self.output.append(line.decode(errors="replace"))


def _lives(process: psutil.Process) -> bool:
    """Not when it is gone between being found and being asked."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _says_ready(line: str) -> bool:
    return "is ready for action" in line or "scheduler_started" in line


def environment(settings: Settings) -> dict[str, str]:
    """The environment variables that make these settings, and a path to this Python's programs."""
    values: dict[str, Any] = {
        name: getattr(settings, name) for name in settings.model_fields_set if getattr(settings, name) is not None
    }
    env = {Settings.variable(name): _text(value) for name, value in values.items()}
    return {**env, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONUNBUFFERED": "1"}


def _text(value: Any) -> str:
    import json

    if hasattr(value, "get_secret_value"):
        return str(value.get_secret_value())
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


@pytest.fixture
def guard() -> Iterator[Guard]:
    with Guard() as made:
        yield made


@pytest.fixture
def workers(settings: Settings, guard: Guard) -> Iterator[Workers]:
    """Not started yet; killed at the end."""
    made = Workers(settings, guard)
    yield made
    made.kill()
