"""How a process shows that it is ready: it answers on its port, or it says so in its output."""

import contextlib
import re
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

_ASK_AGAIN_SECONDS = 0.05
_ANSWER_WITHIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Answers:
    """Ready when `request`, sent to `port` on this machine, is answered by bytes that `accepts` takes."""

    port: int
    request: bytes
    accepts: Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Says:
    """Ready when a line of its output matches."""

    pattern: re.Pattern[str]


Readiness = Answers | Says

WORKER_OR_SCHEDULER = Says(re.compile(r"is ready for action|scheduler[_ ]started", re.IGNORECASE))
"""dramatiq's own line, and APScheduler's (or the event of the same name)."""


def answers_http(port: int, path: str) -> Answers:
    """Ready when GET `path` is answered. A refusal (4xx) counts too: it is the application that refuses."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
    return Answers(port, request, lambda answer: re.match(rb"HTTP/1\.[01] [234]\d\d", answer) is not None)


class Probe:
    """Asks again and again without ever blocking; one request is under way at a time."""

    def __init__(self, readiness: Answers) -> None:
        self._readiness = readiness
        self._socket: socket.socket | None = None
        self._sent = False
        self._asked_at = float("-inf")
        self._answer = b""

    def ask(self) -> bool:
        """Take the next step; true once the answer is accepted."""
        now = time.monotonic()
        if self._socket is None:
            if now - self._asked_at >= _ASK_AGAIN_SECONDS:
                self._connect(now)
            return False
        if now - self._asked_at > _ANSWER_WITHIN_SECONDS:
            self.close()
            return False
        try:
            return self._talk(self._socket)
        except OSError:
            self.close()
            return False

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._sent, self._answer = None, False, b""

    def _connect(self, now: float) -> None:
        self._asked_at = now
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._socket.connect_ex(("127.0.0.1", self._readiness.port))

    def _talk(self, connection: socket.socket) -> bool:
        if not self._sent:
            if _writable(connection):
                connection.sendall(self._readiness.request)
                self._sent = True
            return False
        with contextlib.suppress(BlockingIOError):
            received = connection.recv(4096)
            self._answer += received
            if self._readiness.accepts(self._answer):
                self.close()
                return True
            if not received:
                self.close()
        return False


def _writable(connection: socket.socket) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_WRITE)
        return bool(selector.select(timeout=0))
