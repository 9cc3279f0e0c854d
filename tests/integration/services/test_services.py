"""The services the other tests stand on."""

import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import redis
from sqlalchemy import create_engine, inspect, text

from tests.services.valkey import ValkeyServer


def test_valkey_is_empty_and_comes_back_after_a_crash_with_what_was_written(valkey: ValkeyServer) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        assert client.dbsize() == 0
        client.set("kept", "yes")
        client.execute_command("WAITAOF", 1, 0, 2000)
    valkey.kill()
    valkey.start()
    with redis.Redis.from_url(valkey.url) as client:
        assert client.get("kept") == b"yes"


def test_valkey_refuses_who_does_not_know_the_password(redis_url: str) -> None:
    address = urlsplit(redis_url)
    with socket.create_connection((str(address.hostname), int(address.port or 0))) as stranger:
        stranger.sendall(b"PING\r\n")
        assert stranger.recv(100).startswith(b"-NOAUTH")


def test_a_database_is_migrated_and_empty(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        assert {"users", "jobs", "images"} <= set(inspect(connection).get_table_names())
        assert connection.execute(text("SELECT count(*) FROM users")).scalar() == 0
        connection.execute(text("CREATE TABLE left_behind (id INTEGER)"))
    engine.dispose()


def test_the_next_test_gets_a_fresh_database(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert "left_behind" not in inspect(connection).get_table_names()
    engine.dispose()


def test_a_bare_database_has_no_tables(bare_database_url: str) -> None:
    engine = create_engine(bare_database_url)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    engine.dispose()


def test_the_browser_starts(chromium_path: Path) -> None:
    assert subprocess.run([chromium_path, "--version"], check=True, capture_output=True).stdout
