"""Pages that could not be written are asked about again: all, by reason, or one; and what the writer costs and proposes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select

from app.accounts.models import Workspace
from app.audit.models import AuditEvent
from app.core.database import db, transaction
from app.core.errors import BadInput, NotThere
from app.generation.models import Job
from app.generation.studio import studio
from app.providers.pricing import WriterPrice
from app.publishing.ask_again import ask_again
from app.publishing.claim import MOST_WAITS, claim_time
from app.publishing.create_page import create_page
from app.publishing.models import Page
from app.publishing.panel import progress_of
from app.writing.interface import Brief, Failure, Tokens, Unwritten, Written
from tests.services.application import MakeJob, Team, make_team
from tests.services.completed import Publish, PublishPages, SetWriter, complete, page_ids, pages_of, written


class Failing:
    """Fails as the prompt says: “… timeout”, “… refused”; writes everything else."""

    model = "scripted"

    def write(self, brief: Brief) -> Written:
        reason = brief.prompt.split()[-1]
        if reason in set(Failure):
            raise Unwritten(Failure(reason), f"It failed: {reason}.")
        return written()


@pytest.fixture
def job(app: Flask, publish_pages: PublishPages) -> Job:
    """Two pages that timed out, one that was refused, and one that is public."""
    app.extensions["writer"] = Failing()
    pages = publish_pages(("a fox timeout", "a hare timeout", "an owl refused", "a bear in snow"))
    return db.session.get_one(Job, pages[0].job_id)


def states(job: Job) -> list[str]:
    return [page.state for page in pages_of(job.id)]


def test_failures_are_counted_by_reason(job: Job) -> None:
    failures = progress_of(job, limit=9).failures

    assert [(each.name, each.count) for each in failures] == [("timeout", 2), ("refused", 1)]
    assert failures[0].words == "The writer did not answer in time"


def test_those_of_one_reason_are_asked_about_again(job: Job, team: Team) -> None:
    assert ask_again(job.id, "timeout", workspace_id=team.workspace_id, actor=team.actor) == 2

    assert states(job) == ["processing", "processing", "needs_review", "published"]


def test_many_are_asked_about_in_as_many_statements_as_few(app: Flask, team: Team, publish_pages: PublishPages) -> None:
    app.extensions["writer"] = Failing()
    statements: list[str] = []
    counts = []
    for size in (2, 9):
        job_id = publish_pages(tuple(f"fox {number} timeout" for number in range(size)))[0].job_id
        with heard(db.engine, statements):
            assert ask_again(job_id, None, workspace_id=team.workspace_id, actor=team.actor) == size
        counts.append(len(statements))
        statements.clear()
        assert all(page.dispatched_until for page in pages_of(job_id))

    assert counts[0] == counts[1]


@contextmanager
def heard(engine: Engine, statements: list[str]) -> Iterator[None]:
    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def test_all_are_asked_about_again_and_a_second_click_does_nothing(job: Job, team: Team, set_writer: SetWriter) -> None:
    assert ask_again(job.id, None, workspace_id=team.workspace_id, actor=team.actor) == 3
    assert ask_again(job.id, None, workspace_id=team.workspace_id, actor=team.actor) == 0
    set_writer(written())
    for page in pages_of(job.id):
        create_page(page.id)

    assert states(job) == ["published"] * 4
    assert [page.failure for page in pages_of(job.id)] == [None] * 4
    asked = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "job.pages_asked_again")).all()
    assert [each.details for each in asked] == [{"pages": 3, "reason": "all"}]


def test_a_reason_that_there_is_not_and_a_foreign_job(job: Job, team: Team) -> None:
    with pytest.raises(BadInput):
        ask_again(job.id, "nonsense", workspace_id=team.workspace_id, actor=team.actor)
    with pytest.raises(NotThere):
        ask_again(job.id, None, workspace_id=make_team("rivals").workspace_id, actor=team.actor)


def test_the_step_is_seen_while_the_writer_works(make_job: MakeJob, publish: Publish, app: Flask) -> None:
    job, seen = make_job(2), []
    complete(job)
    publish(job)

    class Watching:
        model = "watching"

        def write(self, brief: Brief) -> Written:
            seen.append(progress_of(db.session.get_one(Job, job.id), limit=9).steps)
            db.session.rollback()
            return written()

    app.extensions["writer"] = Watching()
    create_page(page_ids(job.id)[0])

    assert seen == [{"writing": 1, "": 1}]
    assert pages_of(job.id)[0].step is None


def test_an_account_at_its_limit_is_waited_for_and_then_a_person_decides(
    make_job: MakeJob, publish: Publish, set_writer: SetWriter
) -> None:
    set_writer(Unwritten(Failure.LIMIT, "At its limit.", retry_after=2))
    job = make_job(1)
    complete(job)
    publish(job)

    def turn() -> Page:
        create_page(page_ids(job.id)[0])
        return pages_of(job.id)[0]

    for waits in range(1, MOST_WAITS + 1):
        page = turn()
        assert (page.state, page.waits, page.claimed_until, page.step) == ("processing", waits, None, None)
    assert (turn().state, turn().failure) == ("needs_review", "limit")


def test_what_writing_costs_is_kept_with_page_and_job_also_when_it_failed(
    set_writer: SetWriter, publish_pages: PublishPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    price = WriterPrice(Decimal("0.25"), Decimal(2), None)  # type: ignore[arg-type]
    monkeypatch.setattr(studio().configured, "writer_prices", {studio().settings.writer_model: price})
    set_writer(Unwritten(Failure.REFUSED, "It refused.", tokens=Tokens(1_000_000, 500_000)))

    pages = publish_pages(2)

    assert [page.writing_cost for page in pages] == [Decimal("1.25")] * 2
    job = db.session.get_one(Job, pages[0].job_id, populate_existing=True)
    assert (job.writing_cost, job.actual_cost) == (Decimal("2.5"), Decimal(0))
    assert progress_of(job, limit=1).writing_cost == Decimal("2.5")


def test_an_answer_that_another_attempt_has_overtaken_is_still_paid_for(
    set_writer: SetWriter, make_job: MakeJob, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    price = WriterPrice(Decimal("0.25"), Decimal(2), None)  # type: ignore[arg-type]
    monkeypatch.setattr(studio().configured, "writer_prices", {studio().settings.writer_model: price})
    job = make_job(1)
    complete(job)
    publish(job)
    [page_id] = page_ids(job.id)
    writer = set_writer(written(tokens=Tokens(1_000_000, 500_000)))

    def overtaken(_brief: Brief) -> Written:
        with transaction() as session:
            session.get_one(Page, page_id).attempt += 1
        return writer.answer  # type: ignore[return-value]

    monkeypatch.setattr(writer, "write", overtaken)
    create_page(page_id)

    page = pages_of(job.id)[0]
    assert (page.state, page.title, page.writing_cost) == ("processing", "", Decimal("1.25"))
    assert db.session.get_one(Job, job.id, populate_existing=True).writing_cost == Decimal("1.25")


def test_a_claim_lasts_for_as_long_as_the_writer_may_take(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = claim_time()
    slower = studio().settings.model_copy(update={"writer_seconds": studio().settings.writer_seconds + 30})
    monkeypatch.setattr("app.publishing.claim.studio", lambda: replace(studio(), settings=slower))

    assert claim_time() - usual == timedelta(seconds=30)


def test_pages_are_written_in_the_language_of_the_workspace(
    team: Team, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    with transaction() as session:
        session.get_one(Workspace, team.workspace_id).writing_language = "de"
    writer = set_writer(written("Ein stiller Leuchtturm am Meer"))

    page = publish_pages(1)[0]

    assert (page.language, writer.briefs[0].language, page.slug) == ("de", "de", "ein-stiller-leuchtturm-am-meer")


def test_the_first_messages_are_sent_at_once_and_the_others_as_the_queue_empties(
    make_job: MakeJob, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.publishing.publish.AT_ONCE", 2)
    job = make_job(5)
    complete(job)

    publish(job)

    assert [page.dispatched_until is not None for page in pages_of(job.id)].count(True) == 2
