"""A call starts at the moment it was given, or not at all; then its image is free for the next dispatch."""

from uuid import UUID

import pytest
import redis
from structlog.testing import capture_logs

from app.core.queue import ActorName, enqueue
from app.generation.states import ImageState
from tests.actors.conftest import LANE, Bench
from tests.integration.generation.situations import image_of
from tests.services.application import MakeJob
from tests.services.engine import Engine
from tests.services.valkey import ValkeyServer
from tests.services.waiting import wait_until


def test_a_call_waits_for_its_start(bench: Bench, engine: Engine, make_job: MakeJob) -> None:
    before = bench.limiter.look(LANE)[0]

    image_id = bench.send(make_job(1), engine, seconds=0.7)

    wait_until(lambda: image_id in bench.ran, what="the call")
    assert bench.ran[image_id] - before >= 0.7e6


@pytest.mark.parametrize("seconds", [0.0, -5.0])
def test_a_start_that_has_passed_is_made_as_soon_as_one_is_free(
    bench: Bench, engine: Engine, make_job: MakeJob, seconds: float
) -> None:
    image_id = bench.send(make_job(1), engine, seconds=seconds)

    wait_until(lambda: image_id in bench.ran, what="the call")


@pytest.mark.parametrize("seconds", [-11.0, 600.0])
def test_a_start_that_is_long_past_or_far_off_is_void(
    bench: Bench, engine: Engine, make_job: MakeJob, seconds: float
) -> None:
    image_id = bench.send(make_job(1), engine, seconds=seconds)

    bench.wait_until_withdrawn(image_id)
    assert bench.ran == {}
    assert image_of(image_id).state == ImageState.QUEUED


def test_a_start_that_is_far_off_is_given_up_with_a_word(bench: Bench, engine: Engine, make_job: MakeJob) -> None:
    with capture_logs() as lines:
        image_id = bench.send(make_job(1), engine, seconds=600)
        bench.wait_until_withdrawn(image_id)

    assert [line["log_level"] for line in lines if line["event"] == "start_given_up"] == ["warning"]


@pytest.mark.parametrize("seconds", [600.0, -600.0])
def test_calls_are_made_after_the_limiters_clock_was_set(
    bench: Bench, engine: Engine, make_job: MakeJob, seconds: float
) -> None:
    before = bench.send(make_job(1), engine, seconds=0)
    wait_until(lambda: before in bench.ran, what="a call by the old clock")

    bench.clock.ahead = seconds
    after = bench.send(make_job(1), engine, seconds=0.2)

    wait_until(lambda: after in bench.ran, what="a call by the new clock")


def test_a_penalty_voids_the_starts_that_were_given_before(bench: Bench, engine: Engine, make_job: MakeJob) -> None:
    image_id = bench.send(make_job(1), engine, seconds=0.8)
    bench.wait_until_taken()

    bench.limiter.penalise(LANE, 30)

    bench.wait_until_withdrawn(image_id)
    assert bench.ran == {}


def test_a_start_that_a_short_penalty_has_voided_is_exchanged_for_one_behind_it(
    bench: Bench, engine: Engine, make_job: MakeJob
) -> None:
    image_id = bench.send(make_job(1), engine, seconds=0.5)
    bench.wait_until_taken()
    before, epoch = bench.limiter.look(LANE)

    bench.limiter.penalise(LANE, 1.2)

    wait_until(lambda: image_id in bench.ran, what="the call")
    assert bench.ran[image_id] - before >= 1.2e6
    assert bench.epochs[image_id] == epoch + 1


def test_the_thread_works_on_after_a_message_it_has_skipped(bench: Bench, engine: Engine, make_job: MakeJob) -> None:
    skipped = bench.send(make_job(1), engine, seconds=-60)
    bench.wait_until_withdrawn(skipped)

    image_id = bench.send(make_job(1), engine, seconds=0)

    wait_until(lambda: image_id in bench.ran, what="the next call")
    assert skipped not in bench.ran


def test_without_the_limiter_no_call_is_made(
    bench: Bench, engine: Engine, make_job: MakeJob, valkey: ValkeyServer
) -> None:
    image_id = bench.send(make_job(1), engine, seconds=1.0)
    bench.wait_until_taken()

    valkey.kill()

    bench.wait_until_withdrawn(image_id)
    assert bench.ran == {}
    valkey.start()


def test_a_process_that_is_told_to_stop_gives_its_waiting_starts_back(
    bench: Bench, engine: Engine, make_job: MakeJob
) -> None:
    image_id = bench.send(make_job(1), engine, seconds=2.9)
    wait_until(lambda: being_waited_for(bench), what="the worker to wait for the start")

    bench.worker.stop()

    assert bench.ran == {}
    assert image_of(image_id).dispatched_until is None


def being_waited_for(bench: Bench) -> bool:
    with redis.Redis.from_url(bench.settings.redis_url or "") as client:
        queued, unacknowledged = client.llen("proofsheet:generate"), client.keys("proofsheet:__acks__*generate")
        return queued == 0 and bool(unacknowledged) and bench.worker.work_queue.empty()


@pytest.mark.parametrize("options", [{"start": "soon"}, {"epoch": None}, {"limiter_key": None}, {"mark": "yesterday"}])
def test_a_message_that_makes_no_sense_makes_no_call(
    bench: Bench, engine: Engine, make_job: MakeJob, options: dict[str, object]
) -> None:
    bench.send(make_job(1), engine, **{"seconds": -60, **options})
    after = bench.send(make_job(1), engine, seconds=0)

    wait_until(lambda: after in bench.ran, what="the message behind it")
    assert list(bench.ran) == [after]


def test_a_message_without_options_makes_no_call(bench: Bench, engine: Engine, make_job: MakeJob) -> None:
    enqueue(ActorName.GENERATE_IMAGE, UUID(int=7))
    after = bench.send(make_job(1), engine, seconds=0)

    wait_until(lambda: after in bench.ran, what="the message behind it")
    assert list(bench.ran) == [after]


def test_an_old_message_leaves_a_newer_start_alone(bench: Bench, engine: Engine, make_job: MakeJob) -> None:
    job = make_job(1)
    bench.send(job, engine, seconds=-60, mark="2020-01-01T00:00:00+00:00")

    after = bench.send(make_job(1), engine, seconds=0)

    wait_until(lambda: after in bench.ran, what="the message behind it")
    assert engine.images(job)[0].dispatched_until is not None
