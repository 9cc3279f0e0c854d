"""The whole application as `make run` starts it: `proofsheet up` in a folder and on a port of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import psutil
import pytest

from tests.services.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).parent / "proofsheet"
OURS = ("PROOFSHEET_", "DATABASE_URL", "REDIS_URL", "STORAGE_URL", "OPENAI_", "REPLICATE_", "PORT")
SIGN_IN = re.compile(r"Sign in as (\S+) with the password (\S+)")


class Installation:
    """Started by `start`, stopped by `stop` (one Ctrl-C), and started again with everything still there."""

    def __init__(self, folder: Path, *, only: str = "", **env: str) -> None:
        """only: the processes to run, separated by commas; all by default."""
        self._words = ["up", *(["--only", only] if only else [])]
        self.port = free_port()
        self.output: list[str] = []
        self.sign_in: tuple[str, str] = ("", "")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.env = {**inherited, "PROOFSHEET_DATA_DIR": str(folder), "PORT": str(self.port), **env}
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        before = len(self.output)
        self._process = subprocess.Popen(
            [PROGRAM, *self._words],
            cwd=PROJECT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        Thread(target=self._read, args=(self._process,), daemon=True).start()
        wait_until(lambda: self._is_ready(before), within=60, what="the application to be ready")
        if found := SIGN_IN.search("".join(self.output[before:])):
            self.sign_in = (found[1], found[2])

    def _is_ready(self, before: int) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "".join(self.output)
        text = "".join(self.output[before:])
        return "Proofsheet is ready" in text and (
            "Sign in as" in text or "on this host" in text or self.sign_in[0] != ""
        )

    @property
    def pids(self) -> set[int]:
        """Of all its processes."""
        assert self._process is not None
        return {process.pid for process in psutil.Process(self._process.pid).children(recursive=True)}

    def stop(self) -> int:
        """One Ctrl-C; answers the exit status."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGINT)
        status = self._process.wait(timeout=60)
        self._process = None
        return status

    def run(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """`proofsheet …` beside the running application."""
        return subprocess.run(
            [PROGRAM, *words],
            cwd=PROJECT,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as stream:
            for line in stream:
                self.output.append(line)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """With the embedded defaults: SQLite, the bundled Valkey, the demo painter."""
    made = Installation(tmp_path_factory.mktemp("installation"), PROOFSHEET_DEMO_LATENCY_SECONDS="0.3")
    made.start()
    yield made
    made.stop()
