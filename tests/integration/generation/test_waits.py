"""How long an image waits after a fault that passes, and how often it is tried."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.core.database import db_now
from app.core.errors import ErrorClass, ProviderError
from app.generation.call import mark_sent
from app.generation.models import Job
from app.generation.settle import backoff_seconds, settle_failure
from app.generation.states import ImageState
from tests.integration.generation.situations import claimed, image_of
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob


def fault(*, retry_after: float | None = None, rate_limited: bool = False) -> ProviderError:
    return ProviderError(
        ErrorClass.TRANSIENT, "The server had an error.", retry_after=retry_after, rate_limited=rate_limited
    )


@pytest.mark.parametrize(("failures", "seconds"), [(0, 1), (1, 1), (2, 2), (3, 4), (4, 8)])
def test_the_wait_doubles_with_up_to_a_quarter_of_jitter(failures: int, seconds: float) -> None:
    waits = [backoff_seconds(failures) for _ in range(200)]

    assert seconds <= min(waits) < max(waits) <= seconds * 1.25


def test_a_fault_that_passes_is_retried_twice_after_one_and_two_seconds(
    engine: Engine, openai_job: MakeOpenAIJob
) -> None:
    job, waits = openai_job(1), []
    for _ in range(3):
        waits.append(waited(engine, job, fault()))
        engine.end_waits()

    (image,) = engine.images(job)
    assert (image.state, image.attempt, image.transient_failures) == (ImageState.FAILED, 3, 3)
    first, second, third = waits
    assert first
    assert first.may_be(1, 1.25)
    assert second
    assert second.may_be(2, 2.5)
    assert third is None


@pytest.mark.parametrize("seconds", [0.25, 7.0, 90.0])
def test_the_time_that_the_provider_names_goes_before_ours(
    engine: Engine, openai_job: MakeOpenAIJob, seconds: float
) -> None:
    wait = waited(engine, openai_job(1), fault(retry_after=seconds))

    assert wait
    assert wait.may_be(seconds, seconds)


def test_a_rate_limit_is_waited_for_as_often_as_it_takes(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    for _ in range(5):
        waited(engine, job, fault(retry_after=2.0, rate_limited=True))
        engine.end_waits()

    (image,) = engine.images(job)
    assert (image.state, image.attempt, image.transient_failures) == (ImageState.QUEUED, 5, 0)


@dataclass(frozen=True)
class Wait:
    """Seconds that an image was told to wait: known as well as the moment from which it waits."""

    least: float
    most: float

    def may_be(self, least: float, most: float) -> bool:
        return self.least <= most and least <= self.most


def waited(engine: Engine, job: Job, error: ProviderError) -> Wait | None:
    """Let the job's image fail so; how long until it may be tried again, None when it may not."""
    call = claimed(engine, job)
    assert mark_sent(call)
    before = db_now()
    settle_failure(call, error)
    after, image = db_now(), image_of(call.image_id)
    if image.not_before is None or image.state != ImageState.QUEUED:
        return None
    second = timedelta(seconds=1)
    return Wait((image.not_before - after) / second, (image.not_before - before) / second)
