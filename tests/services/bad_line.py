"""A TCP line to a server that can lose, cut and change what goes over it."""

import socket
from collections.abc import Callable
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

Fault = Callable[[bytes], bytes]
"""From the beginning of the server's answer to what reaches the client before the line breaks."""


def lost(_answer: bytes) -> bytes:
    """The server has done what was asked, and nobody hears of it."""
    return b""


def cut(answer: bytes) -> bytes:
    """The last byte is missing."""
    return answer[:-1]


def answered(status: str, body: str = "") -> Fault:
    """Something else is answered."""
    text = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    return lambda _answer: text.encode()


SLOW_DOWN = answered("503 Slow Down", "<Error><Code>SlowDown</Code><Message>Reduce your rate.</Message></Error>")


def first_line(chunk: bytes) -> bytes:
    """`GET /bucket/key HTTP/1.1` if a request begins with this chunk; else empty."""
    line = chunk.split(b"\r\n", 1)[0]
    return line if line.endswith(b"HTTP/1.1") else b""


class BadLine:
    """Passes everything on until `break_answers`, `change_requests`, `fall_silent` or `delay` says otherwise."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        self.target = (str(parts.hostname), int(parts.port or 80))
        self.requests: list[bytes] = []
        """The first line of every request that went through, in order."""
        self.sent: list[bytes] = []
        """All that clients sent, in pieces as they came."""
        self.delay = 0.0
        """Seconds by which each answer is late."""
        self._speaks = Event()
        self._speaks.set()
        self._silent_about = b""
        self._fault: Fault = lost
        self._faults_left = 0
        self._change: tuple[bytes, bytes] = (b"", b"")
        self._lock = Lock()
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._server.line = self
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def break_answers(self, fault: Fault, *, times: int) -> None:
        self._fault, self._faults_left = fault, times

    def fall_silent(self, *, about: bytes = b"") -> None:
        """The server does what it is asked, and keeps every answer back; or those to addresses that hold `about`."""
        self._silent_about = about
        self._speaks.clear()

    def speak_again(self) -> None:
        """Answers that were kept back come too."""
        self._speaks.set()

    def wait(self, asked: bytes) -> None:
        """Until the answer may be given to what was asked."""
        if self.delay:
            Event().wait(self.delay)
        if self._silent_about in asked:
            self._speaks.wait()

    def heal(self) -> None:
        """From now on everything is passed on at once."""
        self.delay, self._faults_left = 0.0, 0
        self.speak_again()

    def change_requests(self, old: bytes, new: bytes) -> None:
        self._change = (old, new)

    def request(self, chunk: bytes) -> bytes:
        """What the server gets."""
        self.sent.append(chunk)
        if first := first_line(chunk):
            self.requests.append(first)
        old, new = self._change
        return chunk.replace(old, new) if old else chunk

    def fault(self, chunk: bytes) -> Fault | None:
        """The fault that hits this answer, if there is one left. That the server is ready to listen is no answer yet."""
        if chunk.startswith(b"HTTP/1.1 100"):
            return None
        with self._lock:
            self._faults_left -= 1
            return self._fault if self._faults_left >= 0 else None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.heal()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    line: BadLine


class _Connection(BaseRequestHandler):
    server: _Server
    request: socket.socket
    asked = b""

    def handle(self) -> None:
        with socket.create_connection(self.server.line.target) as server:
            sender = Thread(target=self._send, args=(server,), daemon=True)
            sender.start()
            self._receive(server)
            for end in (self.request, server):
                _shut(end)
            sender.join()

    def _send(self, server: socket.socket) -> None:
        try:
            while chunk := self.request.recv(65536):
                self.asked = first_line(chunk) or self.asked
                server.sendall(self.server.line.request(chunk))
        except OSError:
            return
        finally:
            _shut(server)

    def _receive(self, server: socket.socket) -> None:
        try:
            while chunk := server.recv(65536):
                self.server.line.wait(self.asked)
                if fault := self.server.line.fault(chunk):
                    self.request.sendall(fault(chunk))
                    return
                self.request.sendall(chunk)
        except OSError:
            return


def _shut(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
