"""A hundred kept pictures become a hundred pages, whatever dies on the way, whatever is clicked, whatever the writer answers."""

import signal
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.core.database import db, db_now, transaction
from app.core.settings import Settings
from app.generation.models import Job
from app.publishing.edit_page import After, Text, edit_page
from app.publishing.models import Page
from app.publishing.publish import publish_kept
from app.publishing.states import PageState
from app.publishing.tags import ensure_tags
from tests.fakes.openai_api import FakeOpenAI
from tests.services.application import MakeJob, Team
from tests.services.completed import complete, pages_of
from tests.services.waiting import wait_until
from tests.services.workers import Workers

PAGES = 100
WRITING = "/v1/chat/completions"
BROKEN = {
    "writer-hang": "timeout",
    "writer-refusal": "refused",
    "writer-partial": "incomplete",
    "writer-incomplete": "cut_short",
    "writer-nonsense": "incomplete",
    "writer-html": "unusable",
}
"""How a call goes wrong, and what the page then says."""


@pytest.fixture
def settings(openai_settings: Settings, tmp_path: Path) -> Settings:
    return openai_settings.model_copy(update={"writer_seconds": 2.0})


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


def make_kept(make_job: MakeJob, prompts: tuple[str, ...], *, count: int = 1) -> Job:
    ensure_tags()
    job = make_job(prompts, count)
    complete(job)
    return job


def click(job: Job, team: Team) -> int:
    return publish_kept(job.id, workspace_id=team.workspace_id, actor=team.actor, user_id=team.editor).created


def count(job_id: UUID, *states: PageState) -> int:
    db.session.rollback()
    query = select(func.count()).where(Page.job_id == job_id, Page.state.in_(states))
    return db.session.execute(query).scalar_one()


def waits_for(job: Job, pages: int) -> Callable[[], bool]:
    written = tuple(state for state in PageState if state != PageState.PROCESSING)
    return lambda: count(job.id, *written) >= pages


def let_claims_lapse(job: Job) -> None:
    """Nobody is alive: what the dead had claimed and what was on its way to them is offered again."""
    with transaction() as session:
        past = db_now() - timedelta(seconds=1)
        waiting = update(Page).where(Page.job_id == job.id, Page.state == PageState.PROCESSING)
        session.execute(waiting.where(Page.claimed_until.is_not(None)).values(claimed_until=past))
        session.execute(waiting.where(Page.dispatched_until.is_not(None)).values(dispatched_until=past))


def test_workers_are_killed_three_times_and_the_button_is_pressed_five_times(
    workers: Workers, make_job: MakeJob, team: Team, api: FakeOpenAI
) -> None:
    """Two variations of each prompt, so that pages also want the same address."""
    job = make_kept(make_job, tuple(f"a harbour, number {number}" for number in range(PAGES // 2)), count=2)
    api.set(writing_latency=0.2)
    workers.start("worker", "scheduler")

    clicks = [click(job, team)]
    for done in (10, 35, 60):
        wait_until(waits_for(job, done), within=120, what=f"{done} pages")
        clicks.append(click(job, team))
        workers.kill("worker")
        let_claims_lapse(job)
        workers.start("worker")
    clicks.append(click(job, team))
    wait_until(waits_for(job, PAGES), within=180, what="all pages")

    pages = pages_of(job.id)
    assert clicks == [PAGES, 0, 0, 0, 0]
    assert Counter(page.state for page in pages) == {PageState.PUBLISHED: PAGES}
    assert len({page.image_id for page in pages}) == len({page.slug for page in pages}) == len(pages) == PAGES


def test_thirty_of_a_hundred_calls_fail_and_no_page_is_lost(
    workers: Workers, make_job: MakeJob, team: Team, api: FakeOpenAI
) -> None:
    kinds = [kind for kind in BROKEN for _ in range(5)]
    prompts = [f"[{kind}] a fox, number {number}" for number, kind in enumerate(kinds)]
    prompts += [f"a hare in the snow, number {number}" for number in range(PAGES - len(prompts))]
    job = make_kept(make_job, tuple(prompts))
    workers.start("worker", "scheduler")

    click(job, team)
    wait_until(waits_for(job, PAGES), within=180, what="all pages")

    pages = pages_of(job.id)
    assert Counter(page.state for page in pages) == {PageState.PUBLISHED: 70, PageState.NEEDS_REVIEW: 30}
    failed = [page for page in pages if page.state == PageState.NEEDS_REVIEW]
    assert [page.failure for page in failed] == [BROKEN[kind] for kind in kinds]
    assert all(page.review_reason and page.title and page.slug for page in failed)
    assert len([call for call in api.calls if call["path"] == WRITING]) == PAGES
    done = edit_page(
        failed[0].id,
        Text("A Fox That a Person Has Described", "It stands in the snow.", []),
        After.COMPLETE,
        workspace_id=team.workspace_id,
        actor=team.actor,
    )
    assert done.state == PageState.PUBLISHED
    assert count(job.id, PageState.PUBLISHED) == 71


def test_a_writer_that_stands_still_longer_than_its_claim_overwrites_nothing(
    workers: Workers, make_job: MakeJob, team: Team, api: FakeOpenAI
) -> None:
    job = make_kept(make_job, tuple(f"a bear, number {number}" for number in range(6)))
    api.set(writing_latency=1.0)
    workers.start("worker", "scheduler")
    click(job, team)
    wait_until(lambda: count(job.id, PageState.PROCESSING) == 6 and _claimed(job), within=30, what="claims")

    workers.signal_group("worker", signal.SIGSTOP)
    with transaction() as session:
        session.execute(update(Page).where(Page.job_id == job.id).values(attempt=Page.attempt + 1, claimed_until=None))
    workers.signal_group("worker", signal.SIGCONT)
    wait_until(waits_for(job, 6), within=90, what="all pages")

    assert Counter(page.state for page in pages_of(job.id)) == {PageState.PUBLISHED: 6}
    assert {page.attempt for page in pages_of(job.id)} == {3}


def _claimed(job: Job) -> bool:
    query = select(func.count()).where(Page.job_id == job.id, Page.claimed_until.is_not(None))
    return db.session.execute(query).scalar_one() == 6
