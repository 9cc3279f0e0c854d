import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from app.processes.valkey import port_is_free
from tests.services.waiting import wait_until

HERE = Path(__file__).parent
PROJECT = HERE.parents[2]
TOYS = HERE / "toys.py"


class Application:
    """A supervisor in a process of its own over toy processes."""

    def __init__(self, folder: Path, port: int, drain_seconds: float, redis_url: str | None) -> None:
        self.folder = folder
        self.log = folder / "log"
        words = [str(folder), str(port), str(drain_seconds), *([redis_url] if redis_url else [])]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "run_up.py"), *words],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def printed(self) -> str:
        return self.log.read_text()

    def wait_for(self, text: str, *, within: float = 20.0) -> None:
        wait_until(lambda: text in self.printed(), within=within, what=f"{text!r}, printed was:\n{self.printed()}")

    def lives(self, name: str) -> list[int]:
        """Process ids of all lives of a toy, the newest last."""
        file = self.folder / "pids" / name
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    def order(self) -> list[str]:
        return (self.folder / "order").read_text().splitlines()

    def descendants(self) -> list[psutil.Process]:
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self, *, within: float = 20.0) -> int:
        return self.process.wait(within)


def gone(processes: list[psutil.Process]) -> bool:
    """Whether none of them runs; a zombie that only waits for its parent does not run."""

    def runs(process: psutil.Process) -> bool:
        try:
            return bool(process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    return not any(runs(process) for process in processes)


Start = Callable[..., Application]


@pytest.fixture
def free_port() -> int:
    return next(port for port in range(18_000 + os.getpid() % 1000, 20_000) if port_is_free(port))


@pytest.fixture
def start(tmp_path: Path, free_port: int) -> Iterator[Start]:
    """start("web", "worker", …): a supervisor over these toys; killed at the end if it still runs."""
    applications: list[Application] = []

    def start_application(
        *toys: str, drain_seconds: float = 10.0, redis_url: str | None = None, port: int = free_port
    ) -> Application:
        lines = [f"{toy}: python {TOYS} {toy}\n" for toy in toys]
        (tmp_path / "Procfile").write_text("".join(lines))
        applications.append(Application(tmp_path, port, drain_seconds, redis_url))
        return applications[-1]

    yield start_application
    for application in applications:
        if application.process.poll() is None:
            left = application.descendants()
            application.process.kill()
            application.process.wait()
            wait_until(partial(gone, left), what="the processes to go")
