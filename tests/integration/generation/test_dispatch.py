"""Starts are given away once, within the slots, at the pace of the limit."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import redis
from flask import Flask
from sqlalchemy import func, select, update

from app.core.database import db, db_now, new_id, transaction
from app.core.settings import Settings
from app.generation.call import claim
from app.generation.dispatch import dispatch, withdraw
from app.generation.heartbeat import calls_at_once
from app.generation.lanes import lanes
from app.generation.limiter import Limiter, Reserved
from app.generation.models import Image, Job
from app.generation.process_models import Process
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from app.generation.sweep import sweep
from app.generation.switches import account_of, pause_account, resume_provider
from tests.integration.generation.situations import image_of, in_threads, set_image
from tests.services.application import MakeJob, Team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob
from tests.services.valkey import ValkeyServer

pytestmark = pytest.mark.usefixtures("engine")


def messages(settings: Settings) -> list[dict[str, Any]]:
    """What waits in the queue `generate`."""
    with redis.Redis.from_url(settings.redis_url or "") as client:
        return [json.loads(text) for text in client.hvals("proofsheet:generate.msgs")]


def marked(job: Job) -> set[UUID]:
    db.session.rollback()
    query = select(Image.id).where(Image.job_id == job.id, Image.dispatched_until.is_not(None))
    return set(db.session.scalars(query))


def images_of(job: Job) -> list[UUID]:
    db.session.rollback()
    return list(db.session.scalars(select(Image.id).where(Image.job_id == job.id).order_by(Image.position)))


def slots() -> int:
    """Calls that may be in flight: the lane's slots, as far as there are threads for them."""
    lane = next(lane for lane in lanes(studio()) if "openai/gpt-image-2.5-flare" in lane.models)
    return min(lane.slots, calls_at_once(studio().settings.lease_seconds))


def test_each_marked_image_has_one_message_with_its_own_start(
    app: Flask, settings: Settings, openai_job: MakeOpenAIJob
) -> None:
    job = openai_job(5)

    assert dispatch() == 5

    sent = messages(settings)
    assert {UUID(message["args"][0]) for message in sent} == marked(job)
    assert len({message["options"]["start"] for message in sent}) == 5


def test_starts_follow_the_order_of_the_job(app: Flask, settings: Settings, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(5)
    dispatch()

    by_start = sorted(messages(settings), key=lambda message: message["options"]["start"])
    order = db.session.scalars(select(Image.id).where(Image.job_id == job.id).order_by(Image.position))
    assert [UUID(message["args"][0]) for message in by_start] == list(order)


def test_dispatches_side_by_side_never_give_away_more_than_the_slots(
    app: Flask, settings: Settings, openai_job: MakeOpenAIJob
) -> None:
    job = openai_job(100)

    given = in_threads(app, *[dispatch] * 6)

    assert sum(given) == len(marked(job)) == len(messages(settings)) <= slots()
    assert len({message["args"][0] for message in messages(settings)}) == sum(given)


def test_calls_in_flight_use_slots(app: Flask, engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(60)
    for image_id in engine.dispatched(job):
        claim(image_id, engine.process_id)

    for _ in range(3):
        dispatch()

    assert engine.fresh(job).generating_count + len(marked(job)) <= slots()


def test_lanes_share_the_threads_there_are(
    app: Flask, engine: Engine, openai_job: MakeOpenAIJob, make_job: MakeJob
) -> None:
    jobs = [openai_job(60), make_job(60)]

    dispatch()

    assert sum(len(marked(job)) for job in jobs) <= calls_at_once(30) == 24


def test_threads_that_become_free_go_to_the_lane_with_the_fewest(
    app: Flask, engine: Engine, openai_job: MakeOpenAIJob, make_job: MakeJob
) -> None:
    first = openai_job(60)
    while starts := engine.dispatched(first):
        for image_id in starts:
            claim(image_id, engine.process_id)
    second = make_job(60)
    held = [image.id for image in engine.images(first) if image.state == ImageState.GENERATING][:6]
    for image_id in held:
        set_image(image_id, state=ImageState.FAILED, finished_at=db_now(), claimed_by=None)

    dispatch()

    assert len(marked(second)) == len(held)
    assert marked(first) == set()


def test_calls_of_dead_processes_hold_neither_slots_nor_threads(
    app: Flask, engine: Engine, openai_job: MakeOpenAIJob
) -> None:
    job = openai_job(60)
    for image_id in engine.dispatched(job):
        claim(image_id, new_id())

    assert dispatch() == slots()


def test_nothing_is_given_a_start_while_nobody_could_take_it(
    app: Flask, engine: Engine, openai_job: MakeOpenAIJob
) -> None:
    openai_job(3)
    with transaction() as session:
        session.execute(update(Process).values(beat_at=db_now() - timedelta(minutes=1)))

    assert dispatch() == 0


def test_nothing_is_marked_while_the_limiter_cannot_be_asked(
    app: Flask, openai_job: MakeOpenAIJob, valkey: ValkeyServer
) -> None:
    job = openai_job(3)
    valkey.kill()

    assert dispatch() == 0
    assert marked(job) == set()


def test_a_penalty_stops_all_starts(app: Flask, openai_job: MakeOpenAIJob) -> None:
    openai_job(3)
    (lane,) = [lane for lane in lanes(studio()) if "openai/gpt-image-2.5-flare" in lane.models]
    studio().limiter.penalise(lane.key, 30)

    assert dispatch() == 0


def test_a_message_that_never_came_is_sent_again_when_its_mark_has_expired(
    app: Flask, openai_job: MakeOpenAIJob, settings: Settings, valkey: ValkeyServer
) -> None:
    job = openai_job(2)
    dispatch()
    valkey.empty()
    assert dispatch() == 0
    for image_id in marked(job):
        set_image(image_id, dispatched_until=db_now() - timedelta(seconds=1))

    assert sweep().marks_cleared == 2
    assert dispatch() == 2
    assert len(messages(settings)) == 2


def test_a_withdrawn_start_is_given_away_again(app: Flask, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    dispatch()
    (image_id,) = marked(job)

    withdraw(image_id, image_of(image_id).dispatched_until)

    assert dispatch() == 1


def test_an_old_message_does_not_withdraw_a_newer_start(app: Flask, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    dispatch()
    (image_id,) = marked(job)
    old = image_of(image_id).dispatched_until
    set_image(image_id, dispatched_until=None)
    dispatch()

    withdraw(image_id, old)

    assert image_of(image_id).dispatched_until is not None


@pytest.mark.parametrize("state", [ImageState.GENERATING, ImageState.STORING])
def test_withdrawing_leaves_images_alone_that_moved_on(
    engine: Engine, openai_job: MakeOpenAIJob, state: ImageState
) -> None:
    job = openai_job(1)
    (image_id,) = engine.dispatched(job)
    mark = image_of(image_id).dispatched_until
    set_image(image_id, state=state, claimed_by=engine.process_id)

    withdraw(image_id, mark)

    assert image_of(image_id).dispatched_until == mark


def test_a_large_job_is_dispatched_without_reading_all_of_it(app: Flask, openai_job: MakeOpenAIJob) -> None:
    openai_job(1000, count=2)

    assert dispatch() == slots()
    assert db.session.scalar(select(func.count()).where(Image.dispatched_until.is_not(None))) == slots()


def test_a_lane_whose_account_is_paused_gets_no_start(
    app: Flask, openai_job: MakeOpenAIJob, make_job: MakeJob, team: Team
) -> None:
    demo, rerouted = make_job(2), make_job(2)
    account = account_of("openai")
    pause_account(account, "openai", "The key was refused.")
    first = images_of(rerouted)[0]
    set_image(first, model="openai/gpt-image-2.5-flare", rerouted=True)

    assert dispatch() == 3
    assert len(marked(demo)) == 2
    assert first not in marked(rerouted)

    resume_provider("openai", team.actor)
    dispatch()
    assert first in marked(rerouted)


def test_an_image_sent_to_another_model_starts_at_the_pace_of_that_model(
    app: Flask, settings: Settings, openai_job: MakeOpenAIJob
) -> None:
    job = openai_job(2)
    first = images_of(job)[0]
    set_image(first, model="demo/painter", rerouted=True)

    dispatch()

    lanes_of = {UUID(message["args"][0]): message["options"]["limiter_key"] for message in messages(settings)}
    assert lanes_of.pop(first).startswith("demo:")
    assert [key.partition(":")[0] for key in lanes_of.values()] == ["openai"]


def test_starts_that_nobody_needs_go_back_to_the_limiter(
    app: Flask, openai_job: MakeOpenAIJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job is cancelled between the look at what waits and the marks."""
    job = openai_job(10)
    (lane,) = [lane for lane in lanes(studio()) if "openai/gpt-image-2.5-flare" in lane.models]
    reserve = Limiter.reserve

    def cancel_and_reserve(limiter: Limiter, key: str, room: int, *, per_minute: float) -> Reserved:
        with transaction() as session:
            session.execute(update(Job).where(Job.id == job.id).values(state=JobState.CANCELLING))
        return reserve(limiter, key, room, per_minute=per_minute)

    monkeypatch.setattr(Limiter, "reserve", cancel_and_reserve)

    assert dispatch() == 0
    assert marked(job) == set()
    again = reserve(studio().limiter, lane.key, 1, per_minute=lane.per_minute)
    assert again.starts[0] - again.now <= 2 * 60_000_000 / lane.per_minute


def test_an_image_sent_away_from_a_model_that_is_stopped_starts_all_the_same(
    app: Flask, openai_job: MakeOpenAIJob
) -> None:
    job = openai_job(1)
    (image_id,) = images_of(job)
    set_image(image_id, model="demo/painter", rerouted=True)
    pause_account(account_of("openai"), "openai", "The key was refused.")

    assert sweep().jobs_paused == 0
    assert dispatch() == 1
    assert marked(job) == {image_id}
