"""A process that stands still for longer than its lease is taken for dead, and then goes on as if nothing had been."""

import signal
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.core.database import db
from app.core.settings import Settings
from app.generation.models import Asset, Attempt, Image, Job
from app.generation.queries import attempts_of
from app.generation.rerun import rerun_image
from app.generation.states import ImageState
from app.processes.guard import Guard
from tests.chaos.conftest import fresh, wait_for_end
from tests.fakes.openai_api import FakeOpenAI
from tests.integration.generation.situations import image_of
from tests.services.application import Team
from tests.services.invariants import check_invariants
from tests.services.provider import MakeOpenAIJob
from tests.services.waiting import wait_until
from tests.services.workers import Workers


@pytest.fixture
def second_host(settings: Settings, guard: Guard) -> Iterator[Workers]:
    """Another `generate` process of the same installation."""
    made = Workers(settings, guard)
    yield made
    made.kill()


def images_that_are(state: ImageState, job: Job) -> list[Image]:
    db.session.rollback()
    return list(db.session.scalars(select(Image).where(Image.job_id == job.id, Image.state == state)))


def test_a_frozen_process_sends_nothing_twice_and_overwrites_no_newer_work(
    workers: Workers, second_host: Workers, openai_job: MakeOpenAIJob, api: FakeOpenAI, team: Team
) -> None:
    api.set(latency=3.0)
    workers.start()
    job = openai_job(40)
    wait_until(lambda: len(api.calls) == 24, what="all slots to be calling")

    workers.signal_group("generate", signal.SIGSTOP)
    wait_until(lambda: fresh(job).unknown_count >= 10, within=60, what="the frozen calls to be given up")
    second_host.start("generate")
    again = images_that_are(ImageState.UNKNOWN, job)[0]
    rerun_image(again.id, workspace_id=team.workspace_id, actor=team.actor, may_bill_twice=True)
    wait_until(lambda: image_of(again.id).state == ImageState.COMPLETED, within=60, what="the second run to complete")
    newer = image_of(again.id)
    workers.signal_group("generate", signal.SIGCONT)

    wait_until(lambda: fresh(job).unknown_count == 0, within=60, what="the late pictures to be kept")
    ended = wait_for_end(job)
    assert ended.completed_count == 40
    assert (image_of(again.id).asset_id, image_of(again.id).attempt) == (newer.asset_id, 2)
    late, asked_for = attempts_of(again.id)
    assert late.asset_id != asked_for.asset_id == newer.asset_id
    check_invariants(job, api.bill, asked={again.prompt_sent: 1})
    assert both_are_kept(api, again)


def both_are_kept(api: FakeOpenAI, again: Image) -> bool:
    """The two pictures of the one image that a person paid for twice."""
    twice = [entry for entry in api.bill if entry["prompt"] == again.prompt_sent]
    kept = db.session.scalars(select(Asset.sha256).join(Attempt, Attempt.asset_id == Asset.id)).all()
    return len(twice) == 2 and all(kept.count(entry["sha256"]) == 1 for entry in twice)
