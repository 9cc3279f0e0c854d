"""Two hosts, each with its data folder, sharing database and store: each brings what it has on its disk."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import update

from app.core.database import db_now, transaction
from app.generation.models import Asset
from app.generation.postpone import GIVEN_UP_AFTER
from app.generation.rerun import rerun_image
from app.generation.spool import drain_spool
from app.generation.states import ImageState, JobState
from app.generation.store import store_image
from app.generation.studio import studio
from tests.fakes.openai_api import FakeOpenAI
from tests.integration.generation.situations import image_of, set_image, store_down
from tests.services.application import Team
from tests.services.engine import Engine
from tests.services.invariants import check_invariants
from tests.services.provider import MakeOpenAIJob


def test_only_the_host_that_has_the_pictures_can_bring_them(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI, other_host: Flask
) -> None:
    job = openai_job(2)
    with store_down():
        engine.step(job)
    images = engine.images(job)
    for image in images:
        set_image(image.id, not_before=None)

    with other_host.app_context():
        assert drain_spool() == 0
        assert [store_image(image.id, engine.process_id) for image in images] == [False, False]
    assert {image_of(image.id).state for image in images} == {ImageState.STORING}

    drain_spool()
    with other_host.app_context():
        for image in images:
            set_image(image.id, not_before=None)
            assert store_image(image.id, engine.process_id)
    assert engine.fresh(job).state == JobState.COMPLETED
    check_invariants(job, api.bill)


def test_an_image_says_which_host_it_waits_for_until_it_is_there(
    engine: Engine, openai_job: MakeOpenAIJob, other_host: Flask
) -> None:
    job = openai_job(1)
    with store_down():
        engine.step(job)
    (image,) = engine.images(job)
    set_image(image.id, not_before=None)
    revision = engine.fresh(job).revision

    with other_host.app_context():
        store_image(image.id, engine.process_id)

    waiting_for = image_of(image.id)
    assert f"on the disk of the host {studio().host_id}" in (waiting_for.error_message or "")
    assert waiting_for.revision > revision
    set_image(image.id, not_before=None)
    assert engine.run(job).state == JobState.COMPLETED
    assert image_of(image.id).error_message is None


def test_a_host_that_never_comes_back_lets_its_jobs_end_and_its_pictures_can_be_stored_when_it_does(
    engine: Engine, openai_job: MakeOpenAIJob, other_host: Flask, team: Team
) -> None:
    job = openai_job(1)
    with store_down():
        engine.step(job)
    (image,) = engine.images(job)
    set_image(image.id, not_before=None)
    with transaction() as session:
        session.execute(update(Asset).values(created_at=db_now() - GIVEN_UP_AFTER - timedelta(minutes=1)))

    with other_host.app_context():
        store_image(image.id, engine.process_id)
    assert image_of(image.id).state == ImageState.STORING, "the host lives"
    engine.heartbeat.stop()
    set_image(image.id, not_before=None)
    with other_host.app_context():
        store_image(image.id, engine.process_id)

    failed = image_of(image.id)
    assert (failed.state, failed.error_type) == (ImageState.FAILED, "storage")
    assert studio().host_id in (failed.error_message or "")
    assert engine.fresh(job).state == JobState.FAILED

    drain_spool()
    rerun_image(image.id, workspace_id=team.workspace_id, actor=team.actor)
    assert store_image(image.id, engine.process_id)
    assert engine.fresh(job).state == JobState.COMPLETED
