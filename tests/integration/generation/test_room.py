"""A disk that is nearly full stops the spending before it, and says what to do."""

import pytest

from app.core.errors import StorageError
from app.core.settings import Settings
from app.generation.control import resume_job
from app.generation.queries import attempts_of
from app.generation.room import disk_advice
from app.generation.run import generate_image
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from tests.fakes.openai_api import FakeOpenAI
from tests.integration.generation.situations import image_of
from tests.services.application import Team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob
from tests.services.s3 import Bucket

TOO_MUCH = 10**9


def wanting(settings: Settings, megabytes: int) -> Settings:
    return settings.model_copy(update={"min_free_mb": megabytes})


class TestFull:
    @pytest.fixture
    def settings(self, openai_settings: Settings) -> Settings:
        """More room is wanted than any disk has."""
        return wanting(openai_settings.model_copy(update={"lease_seconds": 30.0}), TOO_MUCH)

    def test_nothing_is_paid_and_no_image_is_burned(
        self, engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI
    ) -> None:
        job = openai_job(3)
        image_ids = engine.dispatched(job)

        assert [generate_image(image_id, engine.process_id, limiter_key="test") for image_id in image_ids] == [
            False
        ] * 3

        paused = engine.fresh(job)
        assert paused.state == JobState.PAUSED
        assert "Make room there, then resume" in (paused.pause_reason or "")
        assert studio().host_id in (paused.pause_reason or "")
        assert api.bill == []
        for image in engine.images(job):
            assert (image.state, image.attempt, image.dispatched_until) == (ImageState.QUEUED, 0, None)
            assert attempts_of(image.id) == []
        assert engine.dispatched(job) == [], "a paused job is not asked again and again"

    def test_resuming_without_room_stops_again(
        self, engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI, team: Team
    ) -> None:
        job = openai_job(1)
        engine.step(job)
        resume_job(job.id, workspace_id=team.workspace_id, actor=team.actor)

        engine.step(job)

        assert engine.fresh(job).state == JobState.PAUSED
        assert api.bill == []

    def test_with_room_again_the_job_goes_on_when_a_person_says_so(
        self, engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI, team: Team
    ) -> None:
        job = openai_job(2)
        engine.step(job)
        studio().settings.__dict__["min_free_mb"] = 0

        resume_job(job.id, workspace_id=team.workspace_id, actor=team.actor)

        assert engine.run(job).state == JobState.COMPLETED
        assert len(api.bill) == 2

    def test_a_job_that_was_cancelled_meanwhile_stays_so(self, engine: Engine, openai_job: MakeOpenAIJob) -> None:
        job = openai_job(1)
        (image_id,) = engine.dispatched(job)
        generate_image(image_id, engine.process_id, limiter_key="test")

        assert not generate_image(image_id, engine.process_id, limiter_key="test")
        assert image_of(image_id).state == ImageState.QUEUED

    def test_where_the_pictures_are_is_said_by_name(self, engine: Engine) -> None:
        assert "folder on the host" in disk_advice(studio())


class TestInABucket:
    @pytest.fixture
    def settings(self, openai_settings: Settings, moto_s3: Bucket) -> Settings:
        return wanting(openai_settings.model_copy(update={"storage_url": moto_s3.storage_url()}), TOO_MUCH)

    def test_the_spools_disk_counts_even_there(self, engine: Engine) -> None:
        assert "data folder" in disk_advice(studio())


def test_with_room_there_is_nothing_to_say(engine: Engine) -> None:
    assert disk_advice(studio()) == ""


def test_a_folder_that_cannot_be_looked_at_is_a_disk_without_room(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_store: object) -> int:
        raise StorageError("The media folder cannot be looked at: Input/output error.")

    monkeypatch.setattr(type(studio().storage), "room", gone)

    assert "Input/output error" in disk_advice(studio())
