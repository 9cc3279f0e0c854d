"""What machines are told about this host."""

from pathlib import Path

import pytest
from sqlalchemy import text

from app import create_app
from app.core.database import db
from tests.services.application import make_settings
from tests.web.visitor import Visitor


@pytest.fixture
def machine(app):
    return Visitor(app)


def test_a_process_that_answers_is_alive(machine):
    answer = machine.get("/livez")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_everything_there_means_ready(machine):
    answer = machine.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {
        "status": "ready",
        "checks": {"database": {"ok": True}, "redis": {"ok": True}, "storage": {"ok": True}},
    }


def test_without_redis_it_is_alive_but_not_ready(machine, valkey):
    valkey.kill()
    answer = machine.get("/readyz")
    assert machine.get("/livez").status_code == 200
    assert answer.status_code == 503
    assert answer.json["checks"]["redis"]["message"].startswith("Redis cannot be reached")
    assert answer.json["checks"]["database"] == {"ok": True}


def test_a_database_of_another_version_is_not_ready(machine, app):
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    answer = machine.get("/readyz")
    assert answer.status_code == 503
    assert "proofsheet migrate" in answer.json["checks"]["database"]["message"]


def test_a_store_that_cannot_be_written_is_not_ready(tmp_path, sqlite_url, redis_url):
    (tmp_path / "file").write_text("not a folder")
    settings = make_settings(tmp_path / "data", sqlite_url, redis_url, STORAGE_URL=f"file://{tmp_path}/file/media")
    answer = Visitor(create_app(settings)).get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"]["storage"]["message"].endswith("Check STORAGE_URL.")


def test_messages_hold_neither_addresses_nor_passwords(machine, valkey):
    valkey.kill()
    password = Path(valkey.url).name
    assert password not in machine.get("/readyz").text
    assert "redis://" not in machine.get("/readyz").text
