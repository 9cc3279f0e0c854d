"""Stores that speak S3: moto for what a store answers, rclone for what it refuses, and a line to them that can be bad.

rclone checks signatures, lengths and expiry as real stores do, keeps its objects on the disk, and can be killed.
"""

import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from threading import Thread
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from app.processes.guard import Guard
from tests.services.bad_line import BadLine
from tests.services.installation import free_port
from tests.services.waiting import wait_until

ACCESS_KEY = "proofsheet-tests"
SECRET_KEY = "a-secret-of-the-tests"
AWS_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    # Nothing of the machine the tests run on may help or disturb.
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nowhere",
    "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
}
"""What a process needs to use the stores; give it to worker processes too."""
RCLONE = Path(sys.executable).parent / "rclone"


@dataclass(frozen=True)
class Bucket:
    """An empty bucket of a running server. `client` looks into it past the code under test."""

    endpoint: str
    client: Any
    name: str = field(default_factory=lambda: f"bucket-{secrets.token_hex(4)}")

    def storage_url(self, prefix: str = "", **options: str) -> str:
        query = urlencode({"endpoint_url": self.endpoint, **options})
        return f"s3://{self.name}/{prefix}?{query}"


class RcloneServer:
    """A process of its own that tests may kill and start again; its objects and its address stay."""

    def __init__(self, folder: Path, guard: Guard) -> None:
        self.folder = folder
        self._guard = guard
        self._port = free_port()
        self._process: Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it if it does not run, and wait until it answers."""
        if self._process is None:
            argv = [str(RCLONE), "serve", "s3", str(self.folder), "--addr", f"127.0.0.1:{self._port}"]
            keys = ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--config", "", "--log-file", f"{self.folder}.log"]
            self._process = self._guard.start([*argv, *keys], env={}, folder=self.folder)
        wait_until(self._answers, what="rclone to answer")

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._guard.strike_off(self._process.pid)
            self._process = None

    def _answers(self) -> bool:
        return _status(self.endpoint) >= 400


class MotoServer:
    """A server in a thread of the tests; it takes every signature."""

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
        from werkzeug.serving import make_server

        application = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _status(address: str) -> int:
    """The status of a plain GET; 0 when nobody answers."""
    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310  our own server
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code
    except URLError:
        return 0


def fetch(address: str) -> tuple[int, bytes]:
    """Status and body of a plain GET, as a browser would send it, without any credentials."""
    try:
        with urlopen(address, timeout=20) as answer:  # noqa: S310  our own server
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


def _new_bucket(endpoint: str) -> Bucket:
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )
    bucket = Bucket(endpoint, client)
    client.create_bucket(Bucket=bucket.name)
    return bucket


@pytest.fixture
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The credentials of the stores in the environment, where boto3 looks for them."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in AWS_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def moto_server() -> Iterator[MotoServer]:
    server = MotoServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def rclone_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RcloneServer]:
    with Guard() as guard:
        server = RcloneServer(tmp_path_factory.mktemp("rclone"), guard)
        yield server
        server.kill()


@pytest.fixture
def moto_s3(moto_server: MotoServer, aws_environment: None) -> Bucket:
    return _new_bucket(moto_server.endpoint)


@pytest.fixture
def rclone_s3(rclone_server: RcloneServer, aws_environment: None) -> Bucket:
    rclone_server.start()
    return _new_bucket(rclone_server.endpoint)


@pytest.fixture
def bad_line(rclone_s3: Bucket) -> Iterator[BadLine]:
    """A line to the bucket of `rclone_s3` that does as it is told."""
    with BadLine(rclone_s3.endpoint) as line:
        yield line
