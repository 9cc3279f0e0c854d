"""A store that goes away while images are made: everything paid for waits on the local disk, and nothing is paid twice."""

from dataclasses import replace
from hashlib import sha256
from uuid import UUID

import pytest
from flask import current_app
from sqlalchemy import select

from app.core.database import db
from app.core.errors import TimeStampDown
from app.core.settings import Settings
from app.generation.models import Asset, Job
from app.generation.originals import spool_path
from app.generation.run import generate_image
from app.generation.spool import drain_spool
from app.generation.states import ImageState, JobState
from app.generation.store import store_image
from app.generation.studio import studio
from app.generation.sweep import sweep
from app.storage import breaker
from tests.fakes.openai_api import FakeOpenAI
from tests.integration.generation.situations import set_image
from tests.services.bad_line import BadLine, lost
from tests.services.engine import Engine
from tests.services.invariants import check_invariants
from tests.services.provider import MakeOpenAIJob
from tests.services.s3 import Bucket, RcloneServer


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that came back is used at once."""
    monkeypatch.setattr(breaker, "REST_SECONDS", 0.0)


@pytest.fixture
def settings(openai_settings: Settings, rclone_s3: Bucket) -> Settings:
    return openai_settings.model_copy(update={"lease_seconds": 30.0, "storage_url": rclone_s3.storage_url("studio")})


def assets() -> list[Asset]:
    db.session.rollback()
    return list(db.session.scalars(select(Asset).order_by(Asset.id)))


def generate(engine: Engine, job: Job) -> list[UUID]:
    """Let every due image be made and kept, and go no further."""
    due = engine.dispatched(job)
    for image_id in due:
        assert generate_image(image_id, engine.process_id, limiter_key="test")
    return due


def store_all(engine: Engine, job: Job) -> list[bool]:
    """Try to complete every image, whatever wait it is in."""
    images = engine.images(job)
    for image in images:
        set_image(image.id, not_before=None)
    return [store_image(image.id, engine.process_id) for image in images]


def spooled() -> list[str]:
    folder = studio().settings.data_dir / "spool"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_an_outage_while_images_are_made_loses_nothing_and_pays_for_nothing_twice(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI, rclone_server: RcloneServer
) -> None:
    job = openai_job(3)
    rclone_server.kill()

    generate(engine, job)
    assert store_all(engine, job) == [False] * 3
    sweep()

    assert {image.state for image in engine.images(job)} == {ImageState.STORING}
    assert spooled() == sorted(asset.key for asset in assets())
    assert [sha256(spool_path(asset.key).read_bytes()).hexdigest() for asset in assets()] == [
        asset.sha256 for asset in assets()
    ]
    assert len(api.bill) == 3

    rclone_server.start()
    assert drain_spool() == 3
    assert spooled() == []
    assert store_all(engine, job) == [True] * 3

    assert engine.fresh(job).state == JobState.COMPLETED
    assert sorted(entry["sha256"] for entry in api.bill) == sorted(
        sha256(studio().storage.get(asset.key)).hexdigest() for asset in assets()
    )
    check_invariants(job, api.bill)


def test_an_outage_between_the_original_and_its_variants_only_delays(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI, rclone_server: RcloneServer
) -> None:
    job = openai_job(2)
    generate(engine, job)
    assert spooled() == []
    rclone_server.kill()

    assert store_all(engine, job) == [False] * 2
    sweep()
    rclone_server.start()
    assert store_all(engine, job) == [True] * 2

    assert engine.fresh(job).state == JobState.COMPLETED
    assert len(api.bill) == 2
    check_invariants(job, api.bill)


def test_a_sweep_without_a_store_still_does_the_rest_of_its_round(
    engine: Engine, openai_job: MakeOpenAIJob, rclone_server: RcloneServer
) -> None:
    waiting, abandoned = openai_job(1), openai_job(1)
    rclone_server.kill()
    generate(engine, waiting)
    (image_id,) = engine.dispatched(abandoned)
    set_image(image_id, dispatched_until=engine.images(abandoned)[0].created_at)

    assert sweep().marks_cleared == 1
    assert engine.fresh(waiting).storing_count == 1


class TestOnABadLine:
    """The store does what it is asked, and nobody hears of it."""

    @pytest.fixture
    def settings(self, openai_settings: Settings, rclone_s3: Bucket, bad_line: BadLine) -> Settings:
        url = rclone_s3.storage_url("studio", endpoint_url=bad_line.endpoint)
        return openai_settings.model_copy(update={"lease_seconds": 30.0, "storage_url": url})

    def test_an_original_that_was_stored_and_spooled_too_is_one_original(
        self, engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI, bad_line: BadLine
    ) -> None:
        job = openai_job(1)
        bad_line.break_answers(lost, times=3)
        generate(engine, job)
        (key,) = [asset.key for asset in assets()]
        assert spooled() == [key]
        assert studio().storage.exists(key)

        assert store_all(engine, job) == [True]

        assert [stored.key for stored in studio().storage.keys("originals/")] == [key]
        assert spooled() == []
        check_invariants(job, api.bill)

    def test_variants_that_were_stored_unheard_are_stored_again(
        self, engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI, bad_line: BadLine
    ) -> None:
        job = openai_job(1)
        generate(engine, job)
        bad_line.break_answers(lost, times=4)

        assert store_all(engine, job) == [False]
        assert store_all(engine, job) == [True]

        assert len(list(studio().storage.keys("variants/"))) == 4
        check_invariants(job, api.bill)


def test_a_picture_waits_while_the_service_that_signatures_get_their_time_from_is_down(
    engine: Engine, openai_job: MakeOpenAIJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Signer:
        def sign_variants(self, *_: object) -> None:
            raise TimeStampDown("The time-stamping service does not answer.")

    job = openai_job(1)
    generate(engine, job)
    with monkeypatch.context() as down:
        down.setitem(current_app.extensions, "studio", replace(studio(), signer=Signer()))  # type: ignore[arg-type]
        assert store_all(engine, job) == [False]
        [image] = engine.images(job)
        assert (image.state, image.error_message) == (ImageState.STORING, "The time-stamping service does not answer.")
        assert image.not_before is not None

    assert store_all(engine, job) == [True]
