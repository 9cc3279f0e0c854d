"""The server itself: real sockets, a thread a connection. Files are served under another name of the same machine."""

import json
import re
import socket
import struct
import threading
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.fakes.replicate_api.world import Prediction, World

CREATE = re.compile(r"/v1/models/([\w.-]+/[\w.-]+)/predictions$")
GET = re.compile(r"/v1/predictions/([\w-]+)$")
CANCEL = re.compile(r"/v1/predictions/([\w-]+)/cancel$")
FILE = re.compile(r"/files/([\w-]+)/")
REFUSALS: dict[str, tuple[int, dict[str, Any]]] = {
    "429": (
        429,
        {"detail": "Request was throttled. Your rate limit resets in ~30s.", "status": 429, "retry_after": 2},
    ),
    "402": (402, {"title": "Insufficient credit", "detail": "You have insufficient credit to run this model."}),
    "401": (401, {"title": "Unauthenticated", "detail": "The token {token} is not valid."}),
    "422": (422, {"title": "Input validation failed", "detail": "- input.prompt: '{prompt}' is too long"}),
    "500": (500, {"detail": "Internal server error"}),
    "503": (503, {"detail": "Service unavailable"}),
}
PAGE = 100


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    authorization: str | None
    host: str


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
        """Silent: the requests are kept."""

    def _handle(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        token = self.headers.get("authorization")
        self.server.seen.append(Seen(self.command, self.path, token, self.headers.get("host", "")))
        if found := FILE.match(self.path):
            self._file(found[1])
        elif self.server.world.token not in {None, (token or "").removeprefix("Bearer ")}:
            self._refuse("401")
        else:
            self._api(json.loads(raw) if raw else {})

    def _api(self, body: dict[str, Any]) -> None:
        path = urlsplit(self.path).path
        if self.command == "POST" and ((official := CREATE.match(path)) or path == "/v1/predictions"):
            self._create(official[1] if official else body["version"].partition(":")[0], body["input"])
        elif self.command == "POST" and (found := CANCEL.match(path)):
            self._cancel(self.server.world.get(found[1]))
        elif found := GET.match(path):
            self._get(self.server.world.get(found[1]))
        elif path == "/v1/predictions":
            self._list(parse_qs(urlsplit(self.path).query))
        elif path == "/v1/account":
            self._answer(200, {"type": "organization", "username": "fake"})
        else:
            self._answer(404, {"detail": "Not found."})

    def _create(self, model: str, given: dict[str, Any]) -> None:
        world, prompt = self.server.world, str(given.get("prompt", ""))
        name = world.marked(prompt, *REFUSALS, "refuse")
        if name == "refuse":
            self._reset()
        elif name:
            self._refuse(name, prompt)
        else:
            token = self.headers.get("authorization", "")
            made = world.create(model, given, cancel_after=self.headers.get("cancel-after"), token=token)
            self._created(made)

    def _created(self, made: Prediction) -> None:
        how = self.server.world.marked(made.prompt, "drop", "no-id")
        if how == "drop":
            self._reset()
        elif how == "no-id":
            self._send(201, b"<html>Please wait</html>", "text/html")
        else:
            self._answer(201, {**made.described(self.server.base_url), "status": "starting"})

    def _get(self, found: Prediction | None) -> None:
        if found is None:
            self._answer(404, {"detail": "The requested resource could not be found.", "status": 404})
            return
        trouble = self.server.world.marked(found.prompt, "ask-500", "ask-429", "ask-close")
        if trouble == "ask-close":
            self._reset()
        elif trouble:
            self._refuse(trouble.removeprefix("ask-"))
        else:
            self._answer(200, found.described(self.server.base_url))

    def _cancel(self, found: Prediction | None) -> None:
        if found is None:
            self._answer(404, {"detail": "Not found."})
        elif self.server.world.cancel(found):
            self._answer(200, found.described(self.server.base_url))
        else:
            self._answer(409, {"detail": "The prediction cannot be canceled."})

    def _list(self, query: dict[str, list[str]]) -> None:
        """A page; the cursor of the next one holds the whole question."""
        if "cursor" in query:
            start, after, before = (float(part) for part in query["cursor"][0].split("_"))
        else:
            start, after, before = 0.0, _moment(query, "created_after", 0.0), _moment(query, "created_before", 1e12)
        all_of_them = [each for each in self.server.world.predictions if after <= each.created <= before]
        page = all_of_them[int(start) : int(start) + PAGE]
        cursor = f"{start + PAGE}_{after}_{before}" if len(all_of_them) > start + PAGE else None
        self._answer(
            200,
            {
                "results": [each.described(self.server.base_url) for each in page],
                "next": f"{self.server.base_url}/predictions?cursor={cursor}" if cursor else None,
                "previous": None,
            },
        )

    def _file(self, prediction_id: str) -> None:
        found = self.server.world.get(prediction_id)
        if found is None or found.file is None:
            self._answer(404, {"detail": "Not found."})
        else:
            self._send(200, found.file, "image/png")

    def _refuse(self, name: str, prompt: str = "") -> None:
        status, body = REFUSALS[name]
        token = self.headers.get("authorization", "")
        said = {**body, "detail": body["detail"].format(token=token, prompt=prompt)}
        self._answer(status, said)

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _reset(self) -> None:
        """Ends the connection with RST, as a crashed proxy does."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()


def _moment(query: dict[str, list[str]], name: str, default: float) -> float:
    return datetime.fromisoformat(query[name][0]).timestamp() if name in query else default


class _Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True
    block_on_close = False
    world: World
    seen: list[Seen]
    base_url: str

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error here; tests kill their workers on purpose."""


class FakeReplicate:
    """A provider on 127.0.0.1 whose files are at `localhost`. `api.base_url` is what REPLICATE_BASE_URL should be."""

    file_host = "localhost"

    def __init__(self, *, bill: Path | None = None, token: str | None = None) -> None:
        self.world = World(bill=bill, token=token)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.world, self._server.seen = self.world, []
        self._server.base_url = self.base_url
        self.world.file_url = f"http://{self.file_host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def bill(self) -> list[dict[str, Any]]:
        return self.world.bill

    @property
    def predictions(self) -> list[Prediction]:
        return self.world.predictions

    @property
    def seen(self) -> list[Seen]:
        return list(self._server.seen)

    def created(self) -> int:
        """How many times a prediction was asked for, whatever came of it."""
        return sum(each.method == "POST" and each.path.endswith("/predictions") for each in self.seen)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.world.close()
