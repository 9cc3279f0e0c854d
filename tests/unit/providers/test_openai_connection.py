"""A paid call over its connection: encrypted or not, and however a server or what stands before it frames the answer."""

import base64
import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from app.core.errors import ErrorClass, ProviderError
from app.providers.interface import ImageRequest
from app.providers.openai import OpenAIImages
from tests.services.certificates import make_server_certificate

Serve = Callable[[socket.socket], None]
PICTURE = bytes(range(256)) * 4096
"""A megabyte."""
ANSWER = json.dumps({"data": [{"b64_json": base64.b64encode(PICTURE).decode()}]}).encode()


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


class Server:
    """Serves one connection with `serve`; what the client sent is in `request`."""

    def __init__(self, serve: Serve, tls: ssl.SSLContext | None) -> None:
        self.request = b""
        self.hung_up = threading.Event()
        self._serve, self._tls = serve, tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http{'s' if tls else ''}://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with suppress(OSError):  # a client that goes away is what some tests are about
            connection, _ = self._socket.accept()
            with self._tls.wrap_socket(connection, server_side=True) if self._tls else connection as line:
                line.settimeout(10)
                self.request = _request(line)
                self._serve(line)
                if line.recv(1) == b"":
                    self.hung_up.set()

    def close(self) -> None:
        self._socket.close()
        self._thread.join(timeout=15)


def _request(line: socket.socket) -> bytes:
    read = b""
    while not _whole(read) and (part := line.recv(65536)):
        read += part
    return read


def _whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    rows = [row.partition(b":") for row in head.lower().split(b"\r\n")]
    return bool(end) and len(body) >= next(int(value) for name, _, value in rows if name == b"content-length")


@contextmanager
def serving(*sent: bytes, serve: Serve | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(serve or (lambda line: line.sendall(b"".join(sent))), tls)
    try:
        yield server
    finally:
        server.close()


def drip(line: socket.socket) -> None:
    """The answer, a byte every 0.05 s: each read has one in time, and it never ends."""
    for byte in sized(ANSWER):
        line.sendall(bytes([byte]))
        time.sleep(0.05)


def head(*rows: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *rows, "", ""]).encode()


def sized(body: bytes, *rows: str) -> bytes:
    return head(*rows, f"content-length: {len(body)}") + body


def chunked(body: bytes, size: int = 40_000) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x;note=1\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\nx-trailer: 1\r\n\r\n"


def made(server: Server, *, seconds: float = 20) -> bytes:
    request = ImageRequest("a lighthouse", "gpt-image-2.5-flare", 1024, 1024, "low", seed=1, timeout_seconds=seconds)
    return OpenAIImages("sk-test-0123456789abcdefghij", server.base_url).generate(request).content


@pytest.mark.parametrize(
    "sent",
    [
        sized(ANSWER),
        head("transfer-encoding: chunked") + chunked(ANSWER),
        head("Transfer-Encoding: chunked ") + chunked(ANSWER),
        sized(gzip.compress(ANSWER, 1), "content-encoding: gzip"),
        head(status="102 Processing") + head("link: </a>", status="103 Early Hints") + sized(ANSWER),
        head(status="100 Continue") + sized(ANSWER),
        head(f"content-length: {len(ANSWER)}, {len(ANSWER)}") + ANSWER,
        sized(ANSWER, *(f"x-row-{number}: {number}" for number in range(150))),
        sized(ANSWER, f"x-row: {'y' * 20_000}"),
    ],
    ids=["length", "chunks", "blank", "compressed", "interim", "go on", "merged length", "many rows", "long row"],
)
def test_however_an_answer_is_framed_its_picture_is_read(sent: bytes) -> None:
    with serving(sent) as server:
        assert made(server) == PICTURE
        assert server.hung_up.wait(5), "a connection is for one call"
    assert server.request.startswith(b"POST /v1/images/generations HTTP/1.1\r\n")


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    def serve(line: socket.socket) -> None:
        line.sendall(head() + ANSWER)
        line.shutdown(socket.SHUT_WR)

    with serving(serve=serve) as server:
        assert made(server) == PICTURE


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's side whose certificate is trusted here."""
    certificate = make_server_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.chain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


def test_an_encrypted_answer_is_read(tls: ssl.SSLContext) -> None:
    with serving(head(status="102 Processing"), sized(ANSWER), tls=tls) as server:
        assert made(server) == PICTURE
        assert server.hung_up.wait(5)


def test_an_encrypted_answer_that_drips_ends_in_time(tls: ssl.SSLContext) -> None:
    with serving(serve=drip, tls=tls) as server:
        began = time.monotonic()
        with pytest.raises(ProviderError) as raised:
            made(server, seconds=4)
        assert time.monotonic() - began < 20, "its time is for the whole call"
    assert (raised.value.kind, raised.value.code) == (ErrorClass.AMBIGUOUS, "read_timeout")
    assert raised.value.may_have_billed


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"], ids=["not trusted", "another address"])
def test_a_server_that_cannot_prove_who_it_is_is_sent_nothing(
    tls: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    (tmp_path / "other").mkdir()
    other = make_server_certificate(tmp_path / "other", address=address)
    monkeypatch.setenv("SSL_CERT_FILE", str(other.chain))
    if address != "127.0.0.1":
        tls.load_cert_chain(other.chain, other.key)
    with serving(sized(ANSWER), tls=tls) as server, pytest.raises(ProviderError) as raised:
        made(server)
    assert (raised.value.kind, raised.value.code) == (ErrorClass.TRANSIENT, "connect_error")
    assert not raised.value.may_have_billed
    assert server.request == b""
