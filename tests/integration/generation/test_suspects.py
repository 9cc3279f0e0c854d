"""A picture that kills the process that stores it must not take innocent ones along."""

from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.database import db, new_id
from app.core.settings import Settings
from app.generation.models import Image, Job
from app.generation.run import generate_image
from app.generation.states import ImageState
from app.generation.store import _claim, store_image
from app.generation.sweep import sweep
from tests.integration.generation.situations import image_of, set_image
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob


@pytest.fixture
def settings(openai_settings: Settings) -> Settings:
    return openai_settings


def storing(engine: Engine, job: Job) -> list[UUID]:
    """All images of the job, with their originals kept."""
    for image_id in engine.dispatched(job):
        generate_image(image_id, engine.process_id, limiter_key="test")
    return [image.id for image in engine.images(job) if image.state == ImageState.STORING]


def sent() -> set[UUID]:
    """The storing images whose message is under way."""
    db.session.rollback()
    return set(db.session.scalars(select(Image.id).where(Image.dispatched_until.is_not(None))))


def test_pictures_whose_processes_died_twice_are_stored_one_at_a_time(
    engine: Engine, openai_job: MakeOpenAIJob
) -> None:
    images = storing(engine, openai_job(5))
    for image_id in images:
        set_image(image_id, dispatched_until=None, crashes=2 if image_id in images[:3] else 1)

    assert sweep().storing_sent == 3
    assert len(sent() & set(images[:3])) == 1
    assert sweep().storing_sent == 0

    [suspect] = sent() & set(images[:3])
    assert store_image(suspect, engine.process_id)
    assert sweep().storing_sent == 1
    assert len(sent() & set(images[:3])) == 1


def test_deaths_before_the_picture_came_are_not_held_against_it(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    [image_id] = engine.dispatched(job)
    set_image(image_id, crashes=2)

    generate_image(image_id, engine.process_id, limiter_key="test")
    _claim(image_id, new_id())
    sweep()

    assert (image_of(image_id).state, image_of(image_id).crashes) == (ImageState.STORING, 1)
