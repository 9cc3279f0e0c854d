"""The bundled Valkey, one server to a test process, empty at the start of each test."""

import signal
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest
import redis

from app.processes.guard import Guard
from app.processes.valkey import Valkey, prepare_valkey
from tests.services.waiting import wait_until


class ValkeyServer:
    """A server that tests may kill, empty and start again; always under the same URL."""

    def __init__(self, folder: Path, guard: Guard) -> None:
        self._guard = guard
        self._valkey: Valkey = prepare_valkey(folder)
        self._process: Popen[bytes] | None = None
        self.url = self._valkey.url

    def start(self) -> None:
        """Start it if it does not run, and wait until it answers."""
        if self._process is None:
            self._process = self._guard.start(self._valkey.argv, env={}, folder=self._valkey.folder)
        wait_until(self._answers, what="Valkey to answer")

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._guard.strike_off(self._process.pid)
            self._process = None

    def freeze(self) -> None:
        """It takes connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def fill(self) -> None:
        """It refuses whatever would need more memory."""
        self._allow_memory("1mb")

    def make_room(self) -> None:
        self._allow_memory("0")

    def _allow_memory(self, size: str) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.config_set("maxmemory", size)

    def empty(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    with Guard() as guard:
        server = ValkeyServer(tmp_path_factory.mktemp("valkey"), guard)
        yield server
        server.kill()


@pytest.fixture
def valkey(valkey_server: ValkeyServer) -> ValkeyServer:
    """Running and empty."""
    valkey_server.start()
    valkey_server.empty()
    return valkey_server


@pytest.fixture
def redis_url(valkey: ValkeyServer) -> str:
    return valkey.url
