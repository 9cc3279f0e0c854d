"""Which fallback prompt takes the place of a refused one, and what the image says about it."""

import pytest
from sqlalchemy import select

from app.accounts.models import Workspace
from app.audit.models import AuditEvent
from app.core.database import db
from app.core.errors import BadInput
from app.generation.fallbacks import FallbackSource, set_workspace_fallback, whose_fallback
from app.generation.models import Image
from app.generation.rerun import rerun_image
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from tests.integration.generation.situations import image_of
from tests.services.application import Team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob

REFUSED = "a fight [policy]"
TEXTS = {source: f"a calm lake, as the {source} says" for source in FallbackSource}


@pytest.fixture
def site_fallback(app, monkeypatch: pytest.MonkeyPatch):
    """Give the site a fallback prompt."""

    def put(text: str) -> None:
        object.__setattr__(studio(), "settings", studio().settings.model_copy(update={"fallback_prompt": text}))

    return put


@pytest.mark.parametrize("source", list(FallbackSource))
def test_the_nearest_fallback_is_used(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, site_fallback, source: FallbackSource
) -> None:
    """Each is there together with all that come after it."""
    there = {each: TEXTS[each] for each in list(FallbackSource)[list(FallbackSource).index(source) :]}
    site_fallback(there.get(FallbackSource.SITE, ""))
    set_workspace_fallback(team.workspace_id, there.get(FallbackSource.WORKSPACE, ""), team.actor)
    job = openai_job(
        (REFUSED,),
        fallback_prompt=there.get(FallbackSource.JOB, ""),
        prompt_fallbacks=(there.get(FallbackSource.PROMPT, ""),),
    )

    assert engine.run(job).state == JobState.COMPLETED
    (image,) = engine.images(job)
    assert (image.prompt_sent, image.used_fallback, image.fallback_source) == (TEXTS[source], True, source)
    assert "fallback" in whose_fallback(image.fallback_source)


def test_each_prompt_has_its_own(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(
        (REFUSED, "another [policy]", "fine"), 2, prompt_fallbacks=("a pond", "", ""), fallback_prompt="a river"
    )
    engine.run(job)

    assert [image.prompt_sent for image in engine.images(job)] == ["a pond"] * 2 + ["a river"] * 2 + ["fine"] * 2


def test_a_fallback_that_was_just_refused_is_passed_over(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job((REFUSED,), prompt_fallbacks=(REFUSED,), fallback_prompt="a river")
    engine.run(job)

    (image,) = engine.images(job)
    assert (image.prompt_sent, image.fallback_source) == ("a river", "job")


def test_without_any_the_image_fails_with_the_providers_words(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    (image,) = engine.images(engine.run(openai_job((REFUSED,))))

    assert (image.state, image.attempt, image.fallback_source) == (ImageState.FAILED, 1, None)


@pytest.mark.parametrize("second", ["policy", "bad-request", "server-error"])
def test_however_the_fallback_ends_both_messages_stay(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team, second: str
) -> None:
    set_workspace_fallback(team.workspace_id, f"no better [{second}]", team.actor)
    (image,) = engine.images(engine.run(openai_job((REFUSED,))))

    assert image.state == ImageState.FAILED
    assert (image.error_message or "").index("safety system") < (image.error_message or "").index(
        "The fallback prompt:"
    )


def test_a_person_who_runs_it_again_begins_with_the_prompt_itself(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = engine.run(openai_job((REFUSED,), fallback_prompt="no better [policy]"))
    (image,) = engine.images(job)

    rerun_image(image.id, workspace_id=team.workspace_id, actor=team.actor)

    again = image_of(image.id)
    assert (again.prompt_sent, again.used_fallback, again.fallback_source) == (REFUSED, False, None)


def test_a_fallback_that_is_too_long_or_blocked_is_refused_with_the_job(openai_job: MakeOpenAIJob) -> None:
    with pytest.raises(BadInput) as refused:
        openai_job(("one", "two"), prompt_fallbacks=("x" * 40_000, "lolicon"))

    assert [problem.partition(":")[0] for problem in refused.value.problems] == [
        "Fallback of prompt 1",
        "Fallback of prompt 2",
    ]


def test_the_workspaces_fallback_is_kept_and_recorded(app, team: Team) -> None:
    set_workspace_fallback(team.workspace_id, "  a calm lake \n", team.actor)
    set_workspace_fallback(team.workspace_id, "a calm lake", team.actor)

    db.session.rollback()
    assert db.session.get_one(Workspace, team.workspace_id).fallback_prompt == "a calm lake"
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "workspace.fallback_changed")).all()
    assert [(event.user_id, event.details) for event in events] == [(team.owner, {"set": True})]


@pytest.mark.parametrize("text", ["lolicon", "x" * 40_000, "nul \0"])
def test_a_workspaces_fallback_that_cannot_be_sent_is_refused(app, team: Team, text: str) -> None:
    with pytest.raises(BadInput):
        set_workspace_fallback(team.workspace_id, text, team.actor)

    assert db.session.get_one(Workspace, team.workspace_id).fallback_prompt == ""


def test_a_job_without_fallbacks_of_its_prompts_has_empty_ones(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(2)

    assert [image.fallback_prompt for image in db.session.scalars(select(Image).where(Image.job_id == job.id))] == [
        "",
        "",
    ]
