"""The server itself: real sockets, a thread a connection, and endpoints under /_control to look inside and to change."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.fakes.openai_api import images, moderation, writing
from tests.fakes.openai_api.limits import Limit
from tests.fakes.openai_api.replies import Reply, error_reply, json_reply
from tests.fakes.openai_api.world import IMAGES, Call, Rule, World

MODELS = ("gpt-image-2.5-flare", "gpt-image-2.5-sunburst", "gpt-image-2", "gpt-6-luna", "omni-moderation-latest")


def _models(_world: World, _call: Call) -> Reply:
    models = [
        {"id": name, "object": "model", "created": 0, "owned_by": "fake", "shutdown_date": None} for name in MODELS
    ]
    return json_reply({"object": "list", "data": models})


ENDPOINTS: dict[tuple[str, str], Callable[[World, Call], Reply]] = {
    ("POST", IMAGES): images.generate,
    ("POST", "/v1/responses"): writing.responses,
    ("POST", "/v1/chat/completions"): writing.chat_completions,
    ("POST", "/v1/moderations"): moderation.moderate,
    ("GET", "/v1/models"): _models,
}

CONTROLS: dict[tuple[str, str], Callable[[World, dict[str, Any]], object]] = {
    ("GET", "/_control/state"): lambda world, _body: world.state(),
    ("GET", "/_control/bill"): lambda world, _body: world.bill.entries,
    ("GET", "/_control/calls"): lambda world, _body: world.calls,
    ("POST", "/_control/settings"): lambda world, body: world.set(**body),
    ("POST", "/_control/rules"): lambda world, body: world.script(Rule(**body)),
    ("DELETE", "/_control/rules"): lambda world, _body: world.forget_rules(),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
        """Silent: the calls are kept in the world."""

    def _handle(self) -> None:
        path = self.path.partition("?")[0]
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            self._send(error_reply(400, None, "Not JSON.", kind="invalid_request_error", outcome="invalid"))
            return
        if path.startswith("/_control/"):
            self._control(path, body)
        else:
            self._api(path, body)

    def _control(self, path: str, body: dict[str, Any]) -> None:
        control = CONTROLS.get((self.command, path))
        if control is None:
            self._send(json_reply({"error": "no such control"}, status=404))
            return
        try:
            self._send(json_reply(control(self.server.world, body)))
        except (TypeError, ValueError, KeyError) as error:
            self._send(json_reply({"error": str(error)}, status=400))

    def _api(self, path: str, body: dict[str, Any]) -> None:
        world = self.server.world
        text = body.get("prompt") if path == IMAGES else writing.text_of(body)
        call = world.begin(path, self._key(), text if isinstance(text, str) else "", body)
        reply = self._refused_key(call) or self._endpoint(path, call)
        if reply.ending != "hang":  # noted before it is sent, so that who has the answer also finds it noted
            world.end(call, reply.status if reply.ending in {"answer", "cut"} else None, reply.outcome)
        try:
            self._send(reply, call.request_id)
        except OSError:
            world.end(call, None, "client-gone")

    def _key(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    def _refused_key(self, call: Call) -> Reply | None:
        wanted = self.server.world.key
        if call.key and wanted in {None, call.key}:
            return None
        message = f"Incorrect API key provided: {call.key}."
        return error_reply(401, "invalid_api_key", message, kind="invalid_request_error", outcome="auth")

    def _endpoint(self, path: str, call: Call) -> Reply:
        endpoint = ENDPOINTS.get((self.command, path))
        if endpoint is None:
            return error_reply(404, None, f"Invalid URL ({path}).", kind="invalid_request_error", outcome="not-found")
        return endpoint(self.server.world, call)

    def _send(self, reply: Reply, request_id: str = "control") -> None:
        if reply.ending == "hang":
            self.server.world.stopping.wait()
        if reply.ending in {"hang", "close"}:
            self.close_connection = True
        elif reply.ending == "reset":
            self._reset()
        else:
            self._write(reply, request_id)

    def _write(self, reply: Reply, request_id: str) -> None:
        if reply.ending == "interim":
            self._drip(b"HTTP/1.1 102 Processing\r\n\r\n" for _ in count())
        self.send_response(reply.status)
        headers = {
            "content-type": reply.content_type,
            "content-length": str(len(reply.body)),
            "x-request-id": request_id,
        }
        for name, value in {**headers, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.ending == "cut":
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self.close_connection = True
        elif reply.ending == "drip":
            self._drip(bytes([byte]) for byte in reply.body)
        else:
            self.wfile.write(reply.body)

    def _drip(self, parts: Iterable[bytes]) -> None:
        for part in parts:
            self.wfile.write(part)
            if self.server.world.stopping.wait(0.05):
                return

    def _reset(self) -> None:
        """Ends the connection with RST, as a crashed proxy does."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()


class _Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True
    block_on_close = False
    world: World

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error here; tests kill their workers on purpose."""


class FakeOpenAI:
    """A provider on 127.0.0.1. Times are seconds.

    `with FakeOpenAI(bill=path) as api:` — `api.base_url` is what OPENAI_BASE_URL should be.
    """

    def __init__(
        self,
        *,
        bill: Path | None = None,
        port: int = 0,
        latency: float = 0.0,
        jitter: float = 0.0,
        limit: Limit | None = None,
        key: str | None = None,
        photographs: bool = False,
    ) -> None:
        self.world = World(bill=bill, latency=latency, jitter=jitter, limit=limit, key=key, photographs=photographs)
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.world = self.world
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def control_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/_control"

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self.world.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.world.bill.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def script(self, behaviour: str, *, containing: str = "", times: int | None = None, path: str = IMAGES) -> None:
        """Calls whose text holds `containing` behave so from now on, `times` times or always."""
        self.world.script(Rule(behaviour, containing, times, path))

    def set(self, **settings: Any) -> None:
        """Changes latency, jitter, limit, tells_limit or key while it runs."""
        self.world.set(**settings)

    @property
    def bill(self) -> list[dict[str, Any]]:
        return self.world.bill.entries

    @property
    def calls(self) -> list[dict[str, Any]]:
        return self.world.calls

    @property
    def counters(self) -> dict[str, int]:
        return self.world.counters

    def wait_for(self, condition: Callable[[Self], object], timeout: float = 10.0) -> None:
        """Returns when the condition holds. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while not condition(self):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {timeout} s; the server saw {self.counters}")
            self.world.stopping.wait(0.005)
