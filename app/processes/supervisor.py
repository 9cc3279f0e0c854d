"""Keeps the processes alive and stops them in the right order.

One thread and one loop. Each process leads a session of its own, so Ctrl-C reaches the supervisor alone; a warden (see
`guard.py`) kills them all should the supervisor be killed.
"""

import selectors
import signal
import time
from collections.abc import Callable, Sequence

from app.processes.child import Child, Program, Rank
from app.processes.guard import Guard
from app.processes.output import Output
from app.processes.stop_requests import StopRequests

_FRONT_ALONE_SECONDS = 0.5
_SERVICE_SECONDS = 10.0
_WAITING_NOTICE_SECONDS = 15.0


class Supervisor:
    """Keeps a set of children alive until asked to stop. `failed` when one of them cannot be started at all."""

    def __init__(self, guard: Guard, requests: StopRequests, output: Output, drain_seconds: float) -> None:
        self.failed = False
        self._guard = guard
        self._requests = requests
        self._output = output
        self._drain_seconds = drain_seconds
        self._children: list[Child] = []
        self._stopping = False
        self._notice_at = float("inf")

    def launch(self, programs: Sequence[Program]) -> None:
        """Start them all at once."""
        self._notice_at = time.monotonic() + _WAITING_NOTICE_SECONDS
        children = [Child(program, self._guard) for program in programs]
        self._children += children
        for child in children:
            child.start()

    def all_ready(self) -> bool:
        return all(child.was_ever_ready for child in self._children)

    def watch(self, *, until: Callable[[], bool]) -> bool:
        """Keep everything alive until the condition holds (true), or until it has to end (false)."""
        while not (self._requests.asked or self.failed):
            if until():
                return True
            self._step()
        return False

    def interruptible(self, work: Callable[[], None]) -> None:
        """Do something that does not look at stop requests; such a request raises KeyboardInterrupt in it."""
        self._requests.interrupts = True
        try:
            if not self._requests.asked:
                work()
        finally:
            self._requests.interrupts = False

    def stop(self) -> None:
        """Nothing new comes in, work in flight ends, then the services go. Leaves no process."""
        self._stopping = True
        self._requests.ask()
        if working := self._running(Rank.WORKER):
            self._say_stopping()
        drained_by = time.monotonic() + self._drain_seconds
        self._terminate(Rank.FRONT, until=time.monotonic() + _FRONT_ALONE_SECONDS)
        self._terminate(Rank.WORKER, until=drained_by)
        self._kill(Rank.WORKER)
        self._terminate(Rank.SERVICE, until=time.monotonic() + _SERVICE_SECONDS)
        self._kill(Rank.SERVICE)
        if working:
            self._output.say("Stopped.")

    def _say_stopping(self) -> None:
        self._output.say(
            f"Stopping. Work in flight finishes first, for at most {self._drain_seconds:.0f} s; "
            "Ctrl-C again stops at once."
        )

    def _terminate(self, rank: Rank, *, until: float) -> None:
        """Ask all up to this rank to end; come back when they have, when time is up, or when a person insists."""
        for child in self._running(rank):
            child.terminate()
        while self._running(rank) and time.monotonic() < until:
            if self._requests.insisted and rank < Rank.SERVICE:
                return
            self._step()

    def _kill(self, rank: Rank) -> None:
        for child in self._running(rank):
            self._output.say(f"{child.name} did not end in time and is killed.")
            child.kill()
        while self._running(rank):
            self._step()

    def _running(self, rank: Rank) -> list[Child]:
        return [child for child in self._children if child.running and child.program.rank <= rank]

    def _step(self) -> None:
        """Wait for something to happen, then deal with everything that has."""
        self._wait()
        for child in self._children:
            for line in child.read_lines():
                self._output.line(child.name, line)
            self._after_death(child)
            self._start_if_due(child)
            child.check_ready()
        if self._output.closed:
            self._requests.ask()
        self._notice_waiting()

    def _wait(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._requests.descriptor, selectors.EVENT_READ)
            for descriptor in filter(None, (child.output for child in self._children)):
                selector.register(descriptor, selectors.EVENT_READ)
            selector.select(timeout=self._patience())
        self._requests.drain()

    def _patience(self) -> float:
        """Seconds to wait at most: short while something is becoming ready, and never past a planned start."""
        if any(child.asking for child in self._children):
            return 0.02
        if self._stopping:
            return 0.1
        starts = [child.restart_at for child in self._children if child.restart_at is not None]
        return max(0.0, min([1.0, *(start - time.monotonic() for start in starts)]))

    def _after_death(self, child: Child) -> None:
        death = child.reap()
        if death is None:
            return
        code, last_lines = death
        for line in last_lines:
            self._output.line(child.name, line)
        if self._stopping:
            return
        if child.stillborn:
            self.failed = True
            self._output.say(
                f"{child.name} {_describe(code)} again and again without becoming ready; its lines above say why."
            )
        else:
            wait = child.plan_restart()
            self._output.say(f"{child.name} {_describe(code)}; it is started again in {wait:g} s.")

    def _start_if_due(self, child: Child) -> None:
        if not self._stopping and child.restart_at is not None and child.restart_at <= time.monotonic():
            child.start()

    def _notice_waiting(self) -> None:
        if time.monotonic() < self._notice_at:
            return
        self._notice_at = float("inf")
        if waiting := [child.name for child in self._children if not child.was_ever_ready]:
            self._output.say(f"Still waiting for {', '.join(waiting)} to become ready.")


def _describe(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
