"""The database goes away in the middle of a step, before or after its commit was made: nobody knows which."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from app.core.settings import Settings
from app.generation import run, store
from app.generation.models import AttemptOutcome
from app.generation.queries import attempts_of
from app.generation.run import generate_image
from app.generation.states import ImageState
from app.generation.store import store_image
from app.generation.sweep import sweep
from tests.fakes.openai_api import FakeOpenAI
from tests.integration.generation.situations import image_of
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob

GONE = OperationalError("SELECT 1", {}, Exception("server closed the connection unexpectedly"))


@pytest.fixture
def settings(openai_settings: Settings) -> Settings:
    return openai_settings


def gone_after(step: Callable[..., Any]) -> Callable[..., Any]:
    """The step is made, and its answer is lost."""

    def made(*arguments: Any) -> Any:
        step(*arguments)
        raise GONE

    return made


def gone_before(_step: Callable[..., Any]) -> Callable[..., Any]:
    """The step is not made."""

    def not_made(*_arguments: Any) -> Any:
        raise GONE

    return not_made


@pytest.mark.parametrize("gone", [gone_before, gone_after])
@pytest.mark.parametrize("step", ["claim", "mark_sent"])
def test_a_call_is_given_back_and_made_later(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI, monkeypatch: pytest.MonkeyPatch, *, step: str, gone: Any
) -> None:
    job = openai_job(1)
    [image_id] = engine.dispatched(job)
    with monkeypatch.context() as broken:
        broken.setattr(run, step, gone(getattr(run, step)))
        assert not generate_image(image_id, engine.process_id, limiter_key="test")

    assert image_of(image_id).state == ImageState.QUEUED
    assert {attempt.outcome for attempt in attempts_of(image_id)} <= {AttemptOutcome.WITHDRAWN}
    assert api.calls == []
    if step == "claim" and gone is gone_before:
        return  # its message may come again until the mark expires
    assert engine.run(job).completed_count == 1


@pytest.mark.parametrize("gone", [gone_before, gone_after])
@pytest.mark.parametrize("step", ["_claim", "_complete"])
def test_a_picture_is_stored_by_the_next_message(
    engine: Engine, openai_job: MakeOpenAIJob, monkeypatch: pytest.MonkeyPatch, *, step: str, gone: Any
) -> None:
    job = openai_job(1)
    [image_id] = engine.dispatched(job)
    generate_image(image_id, engine.process_id, limiter_key="test")
    with monkeypatch.context() as broken:
        broken.setattr(store, step, gone(getattr(store, step)))
        assert not store_image(image_id, engine.process_id)

    image = image_of(image_id)
    assert image.claimed_by is None
    if image.state == ImageState.STORING:
        sweep()
        assert store_image(image_id, engine.process_id)
    assert engine.fresh(job).completed_count == 1
