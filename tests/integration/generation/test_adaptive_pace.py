"""The pace finds the provider's limit by itself: the real limiter in simulated time, against both kinds of limit."""

from collections.abc import Callable

import pytest

from tests.fakes.openai_api.limits import Limit, SlidingWindow, TokenBucket
from tests.integration.generation.simulation import KEY, Simulation, Wait

FULL = 300
MakeLimit = Callable[[float], Limit]


def _ten_seconds(per_minute: float) -> Limit:
    return SlidingWindow(round(per_minute / 6), 10)


LIMITS: dict[str, MakeLimit] = {
    "a window of ten seconds": _ten_seconds,
    "a window of a minute": lambda per_minute: SlidingWindow(round(per_minute), 60),
    "a bucket of two": lambda per_minute: TokenBucket(per_minute, 2),
    "a bucket of five": lambda per_minute: TokenBucket(per_minute, 5),
    "a bucket of twenty": lambda per_minute: TokenBucket(per_minute, 20),
}
each_limit = pytest.mark.parametrize("make", LIMITS.values(), ids=LIMITS.keys())


@each_limit
def test_at_the_true_limit_it_is_used_without_a_refusal(redis_url: str, make: MakeLimit) -> None:
    simulation = Simulation(redis_url, per_minute=FULL, limit=make(FULL))

    simulation.run(190)

    assert simulation.use(10, 190, FULL) >= 97
    assert simulation.refused == []


@each_limit
@pytest.mark.parametrize("share", [0.5, 0.6, 0.95])
def test_a_limit_that_falls_unannounced_is_found_within_two_minutes(
    redis_url: str, make: MakeLimit, share: float
) -> None:
    simulation = Simulation(redis_url, per_minute=FULL, limit=make(FULL))
    simulation.run(60)

    simulation.limit = make(FULL * share)
    simulation.run(420)

    assert simulation.use(180, 480, FULL * share) >= 95
    assert simulation.refusals(60, 180) <= 12
    assert simulation.refusals(180, 480) <= 8


@each_limit
def test_a_limit_that_comes_back_is_used_again_within_five_minutes(redis_url: str, make: MakeLimit) -> None:
    simulation = Simulation(redis_url, per_minute=FULL, limit=make(FULL / 2))
    simulation.run(120)

    simulation.limit = make(FULL)
    simulation.run(360)

    assert simulation.use(420, 480, FULL) >= 97
    assert simulation.refusals(460, 480) == 0


@pytest.mark.parametrize("wait", ["whole seconds", "none"])
@pytest.mark.parametrize("make", [LIMITS["a window of ten seconds"], LIMITS["a bucket of five"]])
def test_it_is_found_although_the_provider_names_no_good_wait(redis_url: str, make: MakeLimit, wait: Wait) -> None:
    simulation = Simulation(redis_url, per_minute=FULL, limit=make(FULL), wait=wait)
    simulation.run(60)

    simulation.limit = make(FULL / 2)
    simulation.run(420)

    assert simulation.use(180, 480, FULL / 2) >= 94
    assert simulation.refusals(60, 480) <= 24


def test_a_limit_that_the_provider_names_is_taken_at_its_first_refusal(redis_url: str) -> None:
    simulation = Simulation(redis_url, per_minute=FULL, limit=_ten_seconds(FULL), tells=lambda: FULL / 2)
    simulation.run(60)

    simulation.limit = _ten_seconds(FULL / 2)
    simulation.run(120)

    assert simulation.use(80, 180, FULL / 2) >= 97
    assert simulation.refusals(60, 180) <= 2


def test_another_configured_limit_forgets_what_was_learned(redis_url: str) -> None:
    simulation = Simulation(redis_url, per_minute=FULL, limit=_ten_seconds(FULL / 3))
    simulation.run(60)

    simulation.limit = _ten_seconds(2 * FULL)
    simulation.per_minute = 2 * FULL
    simulation.run(60)

    assert simulation.use(70, 120, 2 * FULL) >= 97


@pytest.mark.parametrize("wait", ["exact", "whole seconds"])
def test_after_a_wait_the_provider_refuses_at_most_three_more(redis_url: str, wait: Wait) -> None:
    simulation = Simulation(redis_url, per_minute=600, limit=_ten_seconds(600), wait=wait)
    simulation.run(30)

    closed = SlidingWindow(0, 5)
    simulation.limit = closed
    simulation.run(0.5)
    end = simulation.refused[0] + 5
    simulation.run(end - simulation.now)
    simulation.limit = _ten_seconds(600)
    simulation.run(30)

    assert len(simulation.refused) <= 4
    assert simulation.use(end + 12, end + 25, 600) >= 95


def test_a_lane_without_work_does_not_take_its_silence_for_a_low_limit(redis_url: str) -> None:
    simulation = Simulation(redis_url, per_minute=FULL, limit=TokenBucket(FULL, 5))
    simulation.run(30)
    epoch = simulation.limiter.look(KEY)[1]
    simulation.limiter.penalise(KEY, 0.2, epoch=epoch)
    simulation.pause(12)
    simulation.run(2)
    simulation.limiter.penalise(KEY, 2.0, epoch=epoch + 1)

    assert simulation.limiter.read(KEY, per_minute=FULL).current_per_minute >= 0.8 * FULL
