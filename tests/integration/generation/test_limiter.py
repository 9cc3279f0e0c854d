"""The shared pace, on a real Valkey."""

from itertools import pairwise

import pytest
import redis

from app.core.errors import RateLimiterUnavailable
from app.generation.limiter import HORIZON_SECONDS, USE, Entered, Limiter
from tests.services.valkey import ValkeyServer

INTERVAL = 60e6 / 600 / USE
"""Micro-seconds between two starts at 600 a minute."""


@pytest.fixture
def limiter(redis_url: str) -> Limiter:
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    return Limiter(lambda: client)


def current(limiter: Limiter, per_minute: float = 600) -> float:
    return limiter.read("lane", per_minute=per_minute).current_per_minute


def test_starts_are_one_emission_interval_apart(limiter: Limiter) -> None:
    reserved = limiter.reserve("lane", 10, per_minute=600)

    assert all(abs(late - early - INTERVAL) <= 1 for early, late in pairwise(reserved.starts))
    assert reserved.starts[0] == reserved.now


def test_no_start_lies_beyond_the_horizon(limiter: Limiter) -> None:
    reserved = limiter.reserve("lane", 1000, per_minute=600)

    assert reserved.starts[-1] <= reserved.now + HORIZON_SECONDS * 1e6
    assert len(reserved.starts) == 20


def test_a_second_reservation_continues_where_the_first_ended(limiter: Limiter) -> None:
    first = limiter.reserve("lane", 3, per_minute=600)
    second = limiter.reserve("lane", 3, per_minute=600)

    assert second.starts[0] - first.starts[-1] == pytest.approx(INTERVAL, abs=2)


def test_starts_that_nobody_needs_are_given_again(limiter: Limiter) -> None:
    first = limiter.reserve("lane", 5, per_minute=600)

    assert limiter.give_back("lane", first.starts[2:], epoch=first.epoch)

    assert limiter.reserve("lane", 1, per_minute=600).starts == first.starts[2:3]


def test_starts_behind_which_others_were_given_cannot_be_given_back(limiter: Limiter) -> None:
    first = limiter.reserve("lane", 5, per_minute=600)
    second = limiter.reserve("lane", 1, per_minute=600)

    assert not limiter.give_back("lane", first.starts[2:], epoch=first.epoch)

    assert limiter.reserve("lane", 1, per_minute=600).starts[0] > second.starts[0]


def test_lanes_do_not_share_their_pace(limiter: Limiter) -> None:
    limiter.reserve("one", 5, per_minute=600)

    other = limiter.reserve("other", 1, per_minute=600)

    assert other.starts == [other.now]


def test_a_penalty_moves_the_next_start_and_voids_the_given_ones(limiter: Limiter) -> None:
    before = limiter.reserve("lane", 1, per_minute=600)

    limiter.penalise("lane", 1.5)

    after = limiter.reserve("lane", 1, per_minute=600)
    assert after.epoch == before.epoch + 1
    assert after.starts[0] - after.now == pytest.approx(1.55e6, abs=0.2e6)


def test_a_penalty_does_not_wait_for_the_starts_that_it_has_made_void(limiter: Limiter) -> None:
    limiter.reserve("lane", 100, per_minute=600)

    limiter.penalise("lane", 0.2)

    after = limiter.reserve("lane", 1, per_minute=600)
    assert after.starts[0] - after.now == pytest.approx(0.25e6, abs=0.2e6)


def test_a_penalty_longer_than_the_horizon_gives_no_start(limiter: Limiter) -> None:
    limiter.penalise("lane", 60)

    assert limiter.reserve("lane", 5, per_minute=600).starts == []


def test_after_a_penalty_one_call_goes_first_and_the_others_do_not_bunch(limiter: Limiter) -> None:
    limiter.penalise("lane", 1.0)

    starts = limiter.reserve("lane", 5, per_minute=600).starts
    gaps = [late - early for early, late in pairwise(starts)]
    assert gaps[0] > 1.2 * max(gaps[1:])
    assert min(gaps) >= INTERVAL - 1


def test_of_calls_that_are_refused_together_only_the_first_lowers_the_pace(limiter: Limiter) -> None:
    epoch = limiter.reserve("lane", 5, per_minute=600).epoch
    limiter.penalise("lane", 0.5, epoch=epoch)
    lowered = limiter.read("lane", per_minute=600)

    others = [limiter.penalise("lane", 0.5, epoch=epoch) for _ in range(4)]

    assert lowered.current_per_minute == pytest.approx(0.9 * 600 * USE)
    assert current(limiter) == pytest.approx(lowered.current_per_minute)
    assert not any(penalty.begun for penalty in others)


def test_of_calls_that_are_refused_together_the_longest_wait_holds(limiter: Limiter) -> None:
    epoch = limiter.reserve("lane", 5, per_minute=600).epoch
    limiter.penalise("lane", 0.5, epoch=epoch)
    between = limiter.reserve("lane", 5, per_minute=600)

    limiter.penalise("lane", 8, epoch=epoch)

    reading = limiter.read("lane", per_minute=600)
    assert reading.penalty_seconds == pytest.approx(8, abs=0.3)
    assert reading.epoch > between.epoch


def test_a_refusal_without_a_wait_waits_twice_as_long_each_time(limiter: Limiter) -> None:
    limiter.reserve("lane", 1, per_minute=600)

    waits = [limiter.penalise("lane", None).seconds for _ in range(8)]

    assert waits == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60], abs=0.1)


def test_a_pace_is_not_lowered_again_while_not_even_the_first_call_is_let_in(limiter: Limiter) -> None:
    limiter.reserve("lane", 1, per_minute=600)
    limiter.penalise("lane", 0.2)
    lowered = current(limiter)

    for _ in range(5):
        limiter.penalise("lane", 0.2)

    assert current(limiter) == pytest.approx(lowered)


def test_a_start_is_made_at_its_moment_and_not_before(limiter: Limiter) -> None:
    reserved = limiter.reserve("lane", 5, per_minute=600)

    assert _made(limiter.enter("lane", reserved.starts[0], reserved.epoch))
    assert limiter.enter("lane", reserved.starts[4], reserved.epoch).at == reserved.starts[4]


def test_starts_that_are_found_late_are_exchanged_and_stay_apart(limiter: Limiter) -> None:
    reserved = limiter.reserve("lane", 5, per_minute=600)
    late = [start - 3_000_000 for start in reserved.starts]

    moments = [limiter.enter("lane", start, reserved.epoch).at or 0 for start in late]

    assert moments[0] == pytest.approx(reserved.starts[-1] + INTERVAL, abs=2)
    assert all(after - before == pytest.approx(INTERVAL, abs=2) for before, after in pairwise(moments))


def test_a_start_that_is_a_little_late_is_made(limiter: Limiter) -> None:
    reserved = limiter.reserve("lane", 1, per_minute=600)

    assert _made(limiter.enter("lane", reserved.starts[0] - 50_000, reserved.epoch))


def test_a_start_from_before_a_penalty_is_exchanged_for_one_behind_it(limiter: Limiter) -> None:
    reserved = limiter.reserve("lane", 1, per_minute=600)
    limiter.penalise("lane", 1.0)

    entered = limiter.enter("lane", reserved.starts[0], reserved.epoch)

    assert entered.at is not None
    assert entered.at - entered.now == pytest.approx(1.05e6, abs=0.2e6)
    assert entered.epoch == reserved.epoch + 1


@pytest.mark.parametrize(("seconds", "penalty"), [(-11.0, 0.0), (600.0, 0.0), (0.0, 30.0)])
def test_a_start_that_makes_no_sense_any_more_is_void(limiter: Limiter, seconds: float, penalty: float) -> None:
    reserved = limiter.reserve("lane", 1, per_minute=600)
    if penalty:
        limiter.penalise("lane", penalty)

    assert limiter.enter("lane", reserved.now + round(seconds * 1e6), reserved.epoch).at is None


def test_without_a_pace_no_start_is_made(limiter: Limiter, valkey: ValkeyServer) -> None:
    reserved = limiter.reserve("lane", 1, per_minute=600)

    valkey.empty()

    assert limiter.enter("lane", reserved.starts[0], reserved.epoch).at is None


def _made(entered: Entered) -> bool:
    return entered.at == entered.now


@pytest.mark.parametrize("per_minute", [1200, 300])
def test_another_configured_limit_holds_from_the_next_reservation_on(limiter: Limiter, per_minute: float) -> None:
    limiter.reserve("lane", 100, per_minute=600)
    limiter.penalise("lane", 0.0)

    starts = limiter.reserve("lane", 5, per_minute=per_minute).starts

    assert starts[4] - starts[3] == pytest.approx(60e6 / per_minute / USE, abs=2)


def test_a_limit_that_the_provider_names_holds_at_once_and_is_forgotten_for_a_higher_one(limiter: Limiter) -> None:
    limiter.reserve("lane", 1, per_minute=600)
    limiter.note("lane", told=200)
    lower = limiter.read("lane", per_minute=600)
    limiter.note("lane", told=10_000)

    assert (lower.told_per_minute, lower.current_per_minute) == (200, pytest.approx(200 * USE))
    assert current(limiter) == pytest.approx(600 * USE)


def test_a_refusal_that_names_the_limit_sets_the_pace(limiter: Limiter) -> None:
    epoch = limiter.reserve("lane", 1, per_minute=600).epoch

    limiter.penalise("lane", 0.0, epoch=epoch, told=250)

    assert current(limiter) == pytest.approx(250 * USE)


def test_a_clock_that_jumped_back_does_not_freeze_the_lane(limiter: Limiter, redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    now, _ = limiter.look("lane")
    client.hset("proofsheet:limiter:lane", "arrival", str(now + 600_000_000))

    reserved = limiter.reserve("lane", 1, per_minute=600)

    assert reserved.starts[0] - reserved.now < 1_000_000


def test_a_penalty_that_no_provider_would_give_is_not_believed(limiter: Limiter, redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    now, _ = limiter.look("lane")
    client.hset("proofsheet:limiter:lane", "penalty_until", str(now + 400 * 86_400 * 1_000_000))

    assert limiter.reserve("lane", 1, per_minute=600).starts


def test_what_the_limiter_does_can_be_read(limiter: Limiter) -> None:
    reserved = limiter.reserve("lane", 3, per_minute=600)
    limiter.enter("lane", reserved.starts[0], reserved.epoch)
    limiter.penalise("lane", 5, epoch=reserved.epoch)

    reading = limiter.read("lane", per_minute=600)

    assert (reading.epoch, reading.starts, reading.refusals) == (1, 1, 1)
    assert reading.penalty_seconds == pytest.approx(5, abs=0.3)
    assert reading.next_start - reading.now == pytest.approx(reading.penalty_seconds * 1e6)
    assert reading.last_refusal is not None


def test_a_lost_valkey_is_said_and_not_guessed(limiter: Limiter, valkey: ValkeyServer) -> None:
    valkey.kill()

    with pytest.raises(RateLimiterUnavailable, match="cannot be asked"):
        limiter.reserve("lane", 1, per_minute=600)
