"""Counting attempts, with Redis, without it, and when it is lost in between."""

from collections.abc import Callable

import pytest
import redis

from app.accounts.throttle import LOCAL_KEYS, Limit, Throttle
from tests.services.valkey import ValkeyServer

TWO = Limit(attempts=2, seconds=60)


@pytest.fixture(params=["shared", "local"])
def throttle(request: pytest.FixtureRequest) -> Throttle:
    return Throttle(request.getfixturevalue("client") if request.param == "shared" else None)


@pytest.fixture
def client(redis_url: str) -> Callable[[], redis.Redis]:
    made = redis.Redis.from_url(redis_url, decode_responses=True, socket_timeout=2, socket_connect_timeout=1)
    yield lambda: made
    made.close()


def test_attempts_beyond_the_limit_have_to_wait_for_the_rest_of_the_window(throttle: Throttle) -> None:
    assert [throttle.attempt("ana", TWO) for _ in range(2)] == [0, 0]
    assert 58 <= throttle.attempt("ana", TWO) <= 60


def test_keys_are_counted_apart(throttle: Throttle) -> None:
    for _ in range(3):
        throttle.attempt("ana", TWO)
    assert throttle.attempt("bo", TWO) == 0


def test_a_forgotten_key_starts_anew(throttle: Throttle) -> None:
    for _ in range(3):
        throttle.attempt("ana", TWO)
    throttle.forget("ana")
    assert throttle.attempt("ana", TWO) == 0


def test_every_shared_counter_ends_by_itself(client: Callable[[], redis.Redis]) -> None:
    Throttle(client).attempt("ana", TWO)
    assert 0 < client().ttl("ana") <= 60


def test_all_processes_count_together(client: Callable[[], redis.Redis]) -> None:
    first, second = Throttle(client), Throttle(client)
    first.attempt("ana", TWO)
    second.attempt("ana", TWO)
    assert first.attempt("ana", TWO) > 0


def test_a_lost_redis_neither_crashes_nor_locks_out_nor_stops_counting(
    valkey: ValkeyServer, client: Callable[[], redis.Redis]
) -> None:
    throttle = Throttle(client)
    throttle.attempt("ana", TWO)
    valkey.kill()
    assert [throttle.attempt("ana", TWO) for _ in range(2)] == [0, 0]
    assert throttle.attempt("ana", TWO) > 0
    throttle.forget("ana")
    assert throttle.attempt("ana", TWO) == 0


def test_one_process_remembers_only_so_many_keys() -> None:
    throttle = Throttle(None)
    for number in range(LOCAL_KEYS + 5):
        throttle.attempt(str(number), TWO)
    assert len(throttle._local) == LOCAL_KEYS
