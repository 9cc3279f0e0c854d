"""The main job on PostgreSQL, an S3 store and two hosts that share nothing else, from the command line."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, OpenerDirector, build_opener

import psycopg
import pytest

from tests.fakes.openai_api import FakeOpenAI
from tests.services.databases import PostgresServer
from tests.services.installation import PROJECT, Installation
from tests.services.provider import KEY
from tests.services.s3 import AWS_ENVIRONMENT, Bucket, fetch
from tests.services.valkey import ValkeyServer

MODEL = "openai/gpt-image-2.5-flare"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PICTURE = re.compile(r"/media/([0-9a-f-]{36})/thumb")


class _Stay(HTTPRedirectHandler):
    """Answers with the redirect itself."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[FakeOpenAI]:
    with FakeOpenAI(bill=tmp_path / "bill.jsonl", key=KEY, latency=1.0) as server:
        yield server


@pytest.fixture(params=["moto_s3", "rclone_s3"])
def bucket(request: pytest.FixtureRequest) -> Bucket:
    made: Bucket = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[str]:
    """Without a table, as an operator makes it."""
    url = postgres_server.create()
    yield url.replace("postgresql+psycopg://", "postgresql://")
    postgres_server.drop(url)


@pytest.fixture
def shared(provider: FakeOpenAI, bucket: Bucket, database: str, valkey: ValkeyServer) -> dict[str, str]:
    """What is the same on both hosts."""
    return {
        **AWS_ENVIRONMENT,
        "DATABASE_URL": database,
        "REDIS_URL": valkey.url,
        "STORAGE_URL": bucket.storage_url("studio"),
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": provider.base_url,
        "PROOFSHEET_IMAGES_PER_MINUTE": '{"openai": 600}',
        "PROOFSHEET_GENERATE_THREADS": "6",
    }


@pytest.fixture
def one(tmp_path: Path, shared: dict[str, str]) -> Iterator[Installation]:
    """The host that serves the web and keeps the schedule, and works too."""
    made = Installation(tmp_path / "one", **shared)
    made.start()
    yield made
    assert made.stop() == 0


@pytest.fixture
def two(tmp_path: Path, shared: dict[str, str], one: Installation) -> Iterator[Installation]:
    """A host that only works."""
    made = Installation(tmp_path / "two", only="generate,worker", **shared)
    made.start()
    yield made
    assert made.stop() == 0


def test_two_hosts_make_the_main_job_together(
    one: Installation, two: Installation, provider: FakeOpenAI, database: str
) -> None:
    prompts = str(PROJECT / "examples" / "prompts.txt")
    created = one.run("jobs", "create", "--prompts", prompts, "--model", MODEL, "--watch", "--json")

    assert created.returncode == 0, created.stderr
    job = json.loads(created.stdout)
    assert (job["state"], job["counts"]["completed"], len(provider.bill)) == ("completed", 24, 24)
    shown = json.loads(two.run("jobs", "show", job["id"], "--images", "--json").stdout)
    assert sorted(image["sha256"] for image in shown["images"]) == sorted(entry["sha256"] for entry in provider.bill)
    assert Decimal(shown["actual_cost"]) == sum(Decimal(entry["cost"]) for entry in provider.bill)
    assert _made_by(database, one) + _made_by(database, two) == 24
    assert _made_by(database, one)
    assert _made_by(database, two)
    assert list((Path(one.env["PROOFSHEET_DATA_DIR"]) / "spool").rglob("*.png")) == []

    _check_pictures(one, job["id"], {entry["sha256"] for entry in provider.bill})


def _made_by(database: str, host: Installation) -> int:
    """Calls that processes of this host have made."""
    query = "SELECT p.pid, count(*) FROM attempts a JOIN processes p ON p.id = a.process_id GROUP BY p.pid"
    with psycopg.connect(database) as connection:
        return sum(count for pid, count in connection.execute(query).fetchall() if pid in host.pids)


def _check_pictures(host: Installation, job_id: str, billed: set[str]) -> None:
    """Who is signed in is sent to the store for every picture; nobody else is told that there is one."""
    member = _signed_in(host)
    sheet = _get(member, f"{host.url}/jobs/{job_id}/")[1].decode()
    assets = sorted(set(PICTURE.findall(sheet)))
    assert len(assets) == 24
    originals = set()
    for asset in assets:
        address = _redirect(member, f"{host.url}/media/{asset}/original")
        assert "X-Amz-Signature" in address
        status, content = fetch(address)
        assert status == 200
        originals.add(sha256(content).hexdigest())
    assert originals == billed
    for variant in ("thumb", "medium", "large", "webp"):
        address = _redirect(member, f"{host.url}/media/{assets[0]}/{variant}")
        assert fetch(address)[0] == 200
        assert _redirect(member, f"{host.url}/media/{assets[0]}/{variant}") == address, "the same for an hour"
    assert fetch(f"{host.url}/media/{assets[0]}/thumb")[0] == 404


def _signed_in(host: Installation) -> OpenerDirector:
    browser = build_opener(HTTPCookieProcessor(CookieJar()), _Stay())
    token = TOKEN.search(_get(browser, f"{host.url}/login")[1].decode())
    assert token is not None
    email, password = host.sign_in
    form = urlencode({"csrf_token": token[1], "email": email, "password": password}).encode()
    status, _, _ = _get(browser, f"{host.url}/login", form)
    assert status in {302, 303}
    return browser


def _redirect(browser: OpenerDirector, address: str) -> str:
    status, _, headers = _get(browser, address)
    assert status == 302
    return str(headers["Location"])


def _get(browser: OpenerDirector, address: str, form: bytes | None = None) -> tuple[int, bytes, Any]:
    try:
        with browser.open(address, form, timeout=20) as answer:
            return answer.status, answer.read(), answer.headers
    except HTTPError as error:
        with error:
            return error.code, error.read(), error.headers
