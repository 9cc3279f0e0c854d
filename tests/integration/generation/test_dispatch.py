"""Starts are given away once, within the slots, at the pace of the limit."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import redis
from flask import Flask
from sqlalchemy import func, select, update

from app.core.database import db, db_now, transaction
from app.core.settings import Settings
from app.generation.call import claim
from app.generation.dispatch import dispatch, withdraw
from app.generation.heartbeat import calls_at_once
from app.generation.lanes import lanes
from app.generation.models import Image, Job, Process
from app.generation.states import ImageState
from app.generation.studio import studio
from app.generation.sweep import sweep
from tests.integration.generation.situations import image_of, in_threads, set_image
from tests.services.application import MakeJob
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
