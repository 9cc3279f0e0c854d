"""The shared pace, on a real Valkey."""

import pytest
import redis

from app.core.errors import RateLimiterUnavailable
from app.generation.limiter import HORIZON_SECONDS, USE, Limiter
from tests.services.valkey import ValkeyServer


@pytest.fixture
def limiter(redis_url: str) -> Limiter:
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    return Limiter(lambda: client)


def test_starts_are_one_emission_interval_apart(limiter: Limiter) -> None:
    reserved = limiter.reserve("lane", 10, per_minute=600)

    gaps = {late - early for early, late in zip(reserved.starts, reserved.starts[1:], strict=False)}
    assert all(abs(gap - 60e6 / 600 / USE) <= 1 for gap in gaps)
    assert reserved.starts[0] == reserved.now


def test_no_start_lies_beyond_the_horizon(limiter: Limiter) -> None:
    reserved = limiter.reserve("lane", 1000, per_minute=600)

    assert reserved.starts[-1] <= reserved.now + HORIZON_SECONDS * 1e6
    assert len(reserved.starts) == 20


def test_a_second_reservation_continues_where_the_first_ended(limiter: Limiter) -> None:
    first = limiter.reserve("lane", 3, per_minute=600)
    second = limiter.reserve("lane", 3, per_minute=600)

    assert second.starts[0] - first.starts[-1] == pytest.approx(60e6 / 600 / USE, abs=2)


def test_lanes_do_not_share_their_pace(limiter: Limiter) -> None:
    limiter.reserve("one", 5, per_minute=600)

    other = limiter.reserve("other", 1, per_minute=600)

    assert other.starts == [other.now]


def test_a_penalty_moves_the_next_start_and_voids_the_given_ones(limiter: Limiter) -> None:
    before = limiter.reserve("lane", 1, per_minute=600)

    limiter.penalise("lane", 1.5)

    after = limiter.reserve("lane", 1, per_minute=600)
    assert after.epoch == before.epoch + 1
    assert after.starts[0] - after.now == pytest.approx(1.5e6, abs=0.2e6)


def test_a_penalty_longer_than_the_horizon_gives_no_start(limiter: Limiter) -> None:
    limiter.penalise("lane", 60)

    assert limiter.reserve("lane", 5, per_minute=600).starts == []


def test_a_clock_that_jumped_back_does_not_freeze_the_lane(limiter: Limiter, redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    now, _ = limiter.look("lane")
    client.hset("proofsheet:limiter:lane", "arrival", str(now + 600_000_000))

    reserved = limiter.reserve("lane", 1, per_minute=600)

    assert reserved.starts[0] - reserved.now < 1_000_000


def test_a_lost_valkey_is_said_and_not_guessed(limiter: Limiter, valkey: ValkeyServer) -> None:
    valkey.kill()

    with pytest.raises(RateLimiterUnavailable, match="cannot be asked"):
        limiter.reserve("lane", 1, per_minute=600)
