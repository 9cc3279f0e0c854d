"""A provider that refuses our account is not asked again, in any workspace, until a person says so."""

import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.core.database import db, transaction
from app.core.errors import BadInput, Conflict
from app.generation.call import claim
from app.generation.control import pause_job, resume_job
from app.generation.model_switches import disable_model
from app.generation.models import Job
from app.generation.provider_models import ProviderPause
from app.generation.run import generate_image
from app.generation.settle import pause_provider
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from app.generation.sweep import sweep
from app.generation.switches import Resumed, account_of, paused_accounts, paused_sentence, resume_provider
from tests.fakes.openai_api import FakeOpenAI
from tests.integration.generation.situations import counters_equal_rows, image_of
from tests.services.application import MakeJob, Team, make_team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob

REASON = "The account has no credit left. Add some, then resume."
MODEL = "openai/gpt-image-2.5-flare"


def refuse(reason: str = REASON) -> None:
    pause_provider("openai", reason)


def pauses() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(row.account, row.reason) for row in db.session.scalars(select(ProviderPause))]


def actions() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


@pytest.mark.parametrize("marker", ["quota", "auth"])
def test_a_refusal_pauses_the_account_and_every_job_of_the_provider_in_every_workspace(
    engine: Engine, openai_job: MakeOpenAIJob, make_job: MakeJob, api: FakeOpenAI, marker: str
) -> None:
    theirs = openai_job(("a harbour",), of=make_team("rivals"))
    demo = make_job(1)
    job = openai_job((f"first [{marker}]", "second"))
    for image_id in engine.dispatched(job)[:1]:
        generate_image(image_id, engine.process_id, limiter_key="test")

    ((account, reason),) = pauses()
    assert account == account_of("openai")
    assert paused_accounts() == {account}
    for each in (engine.fresh(job), engine.fresh(theirs)):
        assert (each.state, each.paused_for) == (JobState.PAUSED, account)
        assert reason in (each.pause_reason or "")
        assert each.failed_count == each.unknown_count == 0
    assert engine.fresh(demo).state == JobState.QUEUED


def test_the_first_reason_stays_however_many_calls_fail(openai_job: MakeOpenAIJob) -> None:
    openai_job(1)
    refuse()
    refuse("Something else.")
    assert [reason for _, reason in pauses()] == [REASON]


def test_while_the_account_is_paused_no_start_is_given_and_nothing_is_claimed(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI
) -> None:
    job = openai_job(2)
    (first, second) = engine.dispatched(job)
    with transaction() as session:
        session.add(ProviderPause(account=account_of("openai"), provider="openai", reason=REASON))
    studio().forget()

    assert claim(first, engine.process_id) is None
    assert image_of(first).state == image_of(second).state == ImageState.QUEUED
    assert image_of(first).attempt == 0
    assert counters_equal_rows(job.id)
    assert engine.dispatched(openai_job(1)) == []
    assert api.calls == []


def test_a_new_job_of_a_paused_provider_begins_paused_and_says_why(
    engine: Engine, openai_job: MakeOpenAIJob, make_job: MakeJob
) -> None:
    refuse()
    assert paused_sentence(MODEL) == f"The provider is paused: {REASON}"
    assert paused_sentence("demo/painter") is None
    job = engine.fresh(openai_job(1))
    assert (job.state, job.pause_reason) == (JobState.PAUSED, f"The provider is paused: {REASON}")
    assert engine.fresh(make_job(1)).state == JobState.QUEUED


def test_a_job_that_slipped_through_is_paused_by_the_sweep(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    with transaction() as session:
        session.add(ProviderPause(account=account_of("openai"), provider="openai", reason=REASON))
    assert sweep().jobs_paused == 1
    assert engine.fresh(job).pause_reason == f"The provider is paused: {REASON}"


def test_resuming_the_provider_resumes_what_it_paused_and_leaves_what_a_person_paused(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    by_hand, by_refusal, other = openai_job(1), openai_job(2), openai_job(1)
    pause_job(by_hand.id, workspace_id=team.workspace_id, actor=team.actor)
    refuse()

    assert resume_provider("openai", team.actor) == Resumed(lifted=1, jobs=2)
    assert pauses() == []
    assert paused_accounts() == frozenset()
    assert [engine.fresh(job).state for job in (by_hand, by_refusal, other)] == [
        JobState.PAUSED,
        JobState.RUNNING,
        JobState.RUNNING,
    ]
    assert engine.run(by_refusal).state == JobState.COMPLETED
    assert actions().count("provider.resumed") == 1


def test_two_clicks_resume_once(engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    job = openai_job(1)
    refuse()
    resume_provider("openai", team.actor)
    revision = engine.fresh(job).revision
    assert resume_provider("openai", team.actor) == Resumed(lifted=0, jobs=0)
    assert engine.fresh(job).revision == revision


def test_whoever_resumes_a_job_says_that_the_account_works_again(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    """The others wait: should the account still be refused, one call finds that out and not a hundred."""
    job, other = openai_job(1), openai_job(1)
    refuse()
    resume_job(job.id, workspace_id=team.workspace_id, actor=team.actor)

    assert pauses() == []
    assert (engine.fresh(job).paused_for, engine.fresh(other).state) == (None, JobState.PAUSED)
    assert {"provider.resumed", "job.resumed"} <= set(actions())
    assert engine.run(job).state == JobState.COMPLETED
    assert resume_provider("openai", team.actor) == Resumed(lifted=0, jobs=1)


def test_a_job_that_is_resumed_too_early_pauses_again_and_burns_nothing(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = engine.run(openai_job(("first [quota]", "second")))
    resume_job(job.id, workspace_id=team.workspace_id, actor=team.actor)
    again = engine.run(job)
    assert (again.state, again.failed_count) == (JobState.PAUSED, 0)
    assert len(pauses()) == 1


def test_another_key_is_another_account(engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    with transaction() as session:
        session.add(ProviderPause(account="openai:0123456789abcdef", provider="openai", reason=REASON))
    studio().forget()
    assert engine.run(openai_job(1)).state == JobState.COMPLETED
    assert resume_provider("openai", team.actor).lifted == 1


def test_a_provider_nobody_knows_cannot_be_resumed(app: object, team: Team) -> None:
    with pytest.raises(BadInput, match=r"There is no provider 'opnai'\. Known are demo, openai"):
        resume_provider("opnai", team.actor)


def test_a_job_whose_model_is_switched_off_is_not_resumed(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = openai_job(1)
    disable_model(MODEL, "too dear", team.actor)
    sweep()
    with pytest.raises(Conflict, match=r"switched off: too dear"):
        resume_job(job.id, workspace_id=team.workspace_id, actor=team.actor)


def test_a_model_that_cannot_be_used_pauses_its_job_and_not_the_account(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    """Found out at the last moment, when the image is claimed already."""
    job = openai_job(2)
    images = engine.dispatched(job)
    disable_model(MODEL, "too dear", team.actor)
    for image_id in images:
        generate_image(image_id, engine.process_id, limiter_key="test")
    paused: Job = engine.fresh(job)
    assert (paused.state, paused.paused_for) == (JobState.PAUSED, MODEL)
    assert paused.queued_count == 2
    assert pauses() == []
