"""One process of the application: its program, its life from start to restart, and what it prints."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from app.processes.guard import Guard
from app.processes.readiness import Answers, Probe, Readiness, Says

_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 30.0
_GOOD_HEALTH_SECONDS = 60.0
_READ_AT_ONCE = 1_000_000
_STILLBORN_DEATHS = 5
_STILLBORN_WITHIN_SECONDS = 60.0


class Rank(IntEnum):
    """The order of stopping: nothing new comes in, then the work in flight ends, then its queue goes."""

    FRONT = 0
    """Takes requests or makes work: web, scheduler."""
    WORKER = 1
    """Does the work."""
    SERVICE = 2
    """What all others need: Valkey."""


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    argv: list[str]
    env: Mapping[str, str]
    folder: Path
    rank: Rank
    readiness: Readiness


class Child:
    """A program being kept alive. Times are seconds of the monotonic clock."""

    def __init__(self, program: Program, guard: Guard) -> None:
        self.program = program
        self.ready = False
        self.was_ever_ready = False
        self.restart_at: float | None = None
        self._guard = guard
        self._process: subprocess.Popen[bytes] | None = None
        self._probe = Probe(program.readiness) if isinstance(program.readiness, Answers) else None
        self._started_at = 0.0
        self._deaths: list[float] = []
        self._wait = _FIRST_WAIT_SECONDS
        self._unfinished_line = b""
        self._asked_to_stop = False

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def asking(self) -> bool:
        """It runs and is asked again and again whether it is ready."""
        return self.running and not self.ready and self._probe is not None

    @property
    def stillborn(self) -> bool:
        """Never ready, and dead five times within a minute: starting it again will not help."""
        recent = [death for death in self._deaths if time.monotonic() - death < _STILLBORN_WITHIN_SECONDS]
        return not self.was_ever_ready and len(recent) >= _STILLBORN_DEATHS

    @property
    def output(self) -> int | None:
        """The descriptor its output can be read from; None when it does not run or has closed its output."""
        if self._process is None or self._process.stdout is None or self._process.stdout.closed:
            return None
        return self._process.stdout.fileno()

    def start(self) -> None:
        self.ready, self.restart_at, self._started_at = False, None, time.monotonic()
        program = self.program
        self._process = self._guard.start(program.argv, env=program.env, folder=program.folder)
        if self.output is not None:
            os.set_blocking(self.output, False)

    def read_lines(self) -> list[str]:
        """The complete lines it has printed since the last call. A line that says so makes it ready."""
        *lines, self._unfinished_line = self._read().split(b"\n")
        return self._noted(lines)

    def check_ready(self) -> bool:
        """Whether it has become ready just now (and was not before)."""
        if self.running and not self.ready and self._probe is not None and self._probe.ask():
            self.ready = True
        if not self.ready or self.was_ever_ready:
            return False
        self.was_ever_ready = True
        return True

    def reap(self) -> tuple[int, list[str]] | None:
        """If it has ended: kill what it left behind, and answer its exit code and last lines."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        self._guard.strike_off(self._process.pid)
        lines = self._noted([line for line in self._read().split(b"\n") if line])
        self._bury()
        return code, lines

    def plan_restart(self) -> float:
        """Seconds until it is started again: doubling with each death, small again after a minute of health."""
        now = time.monotonic()
        if now - self._started_at > _GOOD_HEALTH_SECONDS:
            self._wait = _FIRST_WAIT_SECONDS
        wait, self._wait = self._wait, min(self._wait * 2, _LONGEST_WAIT_SECONDS)
        self.restart_at = now + wait
        return wait

    def terminate(self) -> None:
        """SIGTERM, once, to the leader alone: for dramatiq a second one means to drop everything."""
        if self._process is not None and not self._asked_to_stop:
            self._asked_to_stop = True
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        if self._process is not None:
            self._guard.kill(self._process.pid)

    def _noted(self, lines: list[bytes]) -> list[str]:
        texts = [line.decode(errors="replace").rstrip("\r") for line in lines]
        says = self.program.readiness
        if isinstance(says, Says) and any(says.pattern.search(text) for text in texts):
            self.ready = True
        return texts

    def _read(self) -> bytes:
        """What can be read now, at most about a megabyte, behind what was left of the last line."""
        read, self._unfinished_line = self._unfinished_line, b""
        while self.output is not None and len(read) < _READ_AT_ONCE:
            try:
                chunk = os.read(self.output, 65_536)
            except BlockingIOError:
                break
            if not chunk:
                self._close_output()
            read += chunk
        return read

    def _close_output(self) -> None:
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()

    def _bury(self) -> None:
        self._close_output()
        if self._probe is not None:
            self._probe.close()
        self._process, self.ready = None, False
        self._deaths.append(time.monotonic())
