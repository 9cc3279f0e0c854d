"""As many calls run at once as the limit needs by the latency that is measured, whoever measured it."""

import pytest
import redis
from flask import Flask

from app.audit.record import Actor
from app.core.errors import RateLimiterUnavailable
from app.generation.lanes import Lane, lanes, slots_for
from app.generation.latency import ENOUGH, Latencies, p95
from app.generation.limiter import Limiter
from app.generation.model_switches import set_limit
from app.generation.pace import Pace, paces
from app.generation.studio import studio
from tests.fakes.openai_api import FakeOpenAI, SlidingWindow
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob
from tests.services.valkey import ValkeyServer

MODEL = "openai/gpt-image-2.5-flare"
CATALOGUE = 25.0


def lane() -> Lane:
    (found,) = [lane for lane in lanes(studio()) if MODEL in lane.models]
    return found


@pytest.mark.parametrize(
    ("latencies", "percentile"),
    [([], None), ([3.0], 3.0), (list(range(1, 101)), 95), ([*[1.0] * 95, *[9.0] * 5], 1.0), ([*[1.0] * 9, 9.0], 9.0)],
)
def test_the_percentile_is_one_of_the_values(latencies: list[float], percentile: float | None) -> None:
    assert p95(latencies) == percentile


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        ([], CATALOGUE),
        ([2.0] * (ENOUGH - 1), CATALOGUE),
        ([40.0], 40.0),
        ([2.0] * ENOUGH, 4.0),
        ([20.0] * ENOUGH, CATALOGUE),
        ([60.0] * ENOUGH, 60.0),
        ([2.0] * 180 + [60.0] * 2, 60.0),
    ],
)
def test_what_is_measured_counts_with_room_for_slower_calls(measured: list[float], expected: float) -> None:
    assert Latencies(lambda _key: measured).expected("lane", CATALOGUE) == expected


def test_what_cannot_be_asked_is_taken_from_the_catalogue() -> None:
    def unavailable(_key: str) -> list[float]:
        raise RateLimiterUnavailable("The limiter cannot be asked: ConnectionError.")

    latencies = Latencies(unavailable)

    assert latencies.expected("lane", CATALOGUE) == CATALOGUE
    assert latencies.measured("lane") is None


def test_a_process_asks_only_now_and_then() -> None:
    asked: list[str] = []
    latencies = Latencies(lambda key: asked.append(key) or [1.0])

    for _ in range(5):
        latencies.expected("lane", CATALOGUE)

    assert asked == ["lane"]


def test_the_last_two_hundred_calls_of_all_processes_count(redis_url: str) -> None:
    clients = [redis.Redis.from_url(redis_url, decode_responses=True) for _ in range(2)]
    one, other = Limiter(lambda: clients[0]), Limiter(lambda: clients[1])

    for number in range(150):
        one.note("lane", latency_seconds=number)
        other.note("lane", latency_seconds=number + 0.5)

    assert other.latencies("lane") == one.latencies("lane")
    assert one.latencies("lane")[0] == 50.0
    assert len(one.latencies("lane")) == 200


def test_slots_follow_the_measured_latency_within_their_bound(app: Flask) -> None:
    model = studio().catalogue.model(MODEL)
    for _ in range(ENOUGH):
        studio().limiter.note(lane().key, latency_seconds=0.4)
    studio().limiter.latency = Latencies(studio().limiter.latencies)

    assert lane().slots == min(model.max_in_flight, slots_for(lane().per_minute, 0.8, 1000))
    assert slots_for(300, 12.0, 1000) == 84
    assert slots_for(300, 12.0, 50) == 50


@pytest.mark.parametrize("per_minute", [120, 6000])
def test_a_limit_that_staff_set_holds_for_pace_and_slots_at_once(app: Flask, per_minute: float) -> None:
    before = lane()
    studio().limiter.reserve(before.key, 1, per_minute=before.per_minute)
    studio().limiter.penalise(before.key, 0.0)

    set_limit("openai", per_minute, Actor(None, "cli"))

    model = studio().catalogue.model(MODEL)
    assert the_pace().configured_per_minute == lane().per_minute == per_minute
    assert the_pace().current_per_minute == pytest.approx(0.98 * per_minute)
    assert lane().slots == slots_for(per_minute, model.latency_seconds, model.max_in_flight)


def test_losing_the_measured_latency_falls_back_to_the_catalogue(app: Flask, valkey: ValkeyServer) -> None:
    before = lane().slots
    for _ in range(ENOUGH):
        studio().limiter.note(lane().key, latency_seconds=0.1)

    valkey.empty()
    studio().limiter.latency = Latencies(studio().limiter.latencies)

    assert lane().slots == before


def test_every_successful_call_is_measured(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    engine.run(openai_job(("one", "two", "three [policy]")))

    latencies = studio().limiter.latencies(lane().key)
    assert len(latencies) == 2
    assert all(0 <= seconds < 30 for seconds in latencies)


def test_a_picture_is_safe_without_valkey(engine: Engine, openai_job: MakeOpenAIJob, valkey: ValkeyServer) -> None:
    job = openai_job(1)
    (image_id,) = engine.dispatched(job)
    valkey.kill()

    engine.make(image_id)
    valkey.start()

    assert engine.run(job).completed_count == 1


def test_a_limit_in_the_answers_lowers_the_pace_and_raises_it_again(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI
) -> None:
    api.set(limit=SlidingWindow(100), tells_limit=True)
    engine.run(openai_job(2))
    lowered = the_pace()
    api.set(limit=SlidingWindow(100_000))
    engine.run(openai_job(1))

    assert (lowered.told_per_minute, lowered.current_per_minute) == (100, pytest.approx(98))
    assert the_pace().current_per_minute == pytest.approx(0.98 * lowered.configured_per_minute)


def the_pace() -> Pace:
    (found,) = [pace for pace in paces() if MODEL in pace.models]
    return found


def test_a_refused_call_lowers_the_pace_of_its_lane_once(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI
) -> None:
    api.script("429", times=3)
    job = openai_job(3)
    key, epoch = lane().key, studio().limiter.look(lane().key)[1]

    for image_id in engine.dispatched(job):
        engine.make(image_id, limiter_key=key, epoch=epoch)

    pace = the_pace()
    assert (pace.refusals_last_minute, pace.epoch) == (3, epoch + 1)
    full = 0.98 * pace.configured_per_minute
    assert pace.current_per_minute is not None
    assert 0.899 * full < pace.current_per_minute < full, "lowered once, and growing again since"
    assert pace.waits_seconds is not None
    assert pace.last_refusal_seconds is not None


def test_the_pace_can_be_read_without_valkey(app: Flask, openai_job: MakeOpenAIJob, valkey: ValkeyServer) -> None:
    openai_job(1)
    valkey.kill()

    pace = the_pace()

    assert (pace.provider, pace.in_flight, pace.current_per_minute) == ("openai", 0, None)
    assert pace.slots > 0
    valkey.start()


def test_a_lane_without_calls_shows_its_full_pace(app: Flask) -> None:
    pace = the_pace()

    assert (pace.starts_last_minute, pace.refusals_last_minute, pace.last_refusal_seconds) == (0, 0, None)
    assert pace.current_per_minute == pytest.approx(0.98 * pace.configured_per_minute)
    assert pace.p95_latency_seconds is None
    assert pace.models == lane().models
