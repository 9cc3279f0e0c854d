"""What staff set for models holds at once, in every process, without a restart."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from app.audit.models import AuditEvent
from app.core.clock import utc_now
from app.core.database import db
from app.core.errors import BadInput, Conflict
from app.core.settings import Settings
from app.generation.call import mark_sent
from app.generation.choices import model_choices
from app.generation.lanes import lanes
from app.generation.model_switches import disable_model, enable_model, model_states, set_limit, set_shutdown_date
from app.generation.provider_models import ModelSetting
from app.generation.settle import settle_success
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from app.generation.sweep import sweep
from app.providers.model import Model
from tests.integration.generation.situations import ANSWER, claimed, image_of, kept
from tests.services.application import MakeJob, Team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob
from tests.services.waiting import wait_until

MODEL, OTHER = "openai/gpt-image-2.5-flare", "openai/gpt-image-2"


def model(model_id: str = MODEL) -> Model:
    return studio().catalogue.model(model_id)


def reason(model_id: str = MODEL) -> str | None:
    return next(choice.reason for choice in model_choices(studio()) if choice.model.id == model_id)


def test_a_limit_holds_for_a_model_and_before_that_of_its_provider(app: Flask, team: Team) -> None:
    set_limit("openai", 120, team.actor)
    set_limit(MODEL, 7.5, team.actor)
    assert (model().images_per_minute, model(OTHER).images_per_minute) == (7.5, 120)
    assert {lane.per_minute for lane in lanes(studio()) if MODEL in lane.models} == {7.5}

    set_limit(MODEL, None, team.actor)
    assert model().images_per_minute == 120
    set_limit("openai", None, team.actor)
    assert model().images_per_minute == 3000
    assert db.session.scalars(select(ModelSetting)).all() == []


def test_other_processes_know_within_seconds(app: Flask, settings: Settings, team: Team) -> None:
    elsewhere = create_app(settings)
    with elsewhere.app_context():
        assert model().images_per_minute == 3000
    set_limit("openai", 60, team.actor)
    disable_model(OTHER, "it draws hands with six fingers", team.actor)
    with elsewhere.app_context():
        wait_until(lambda: model().images_per_minute == 60)
        assert reason(OTHER) == "it is switched off: it draws hands with six fingers"
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@pytest.mark.parametrize("per_minute", [0, -1, 0.05, 100_001, float("nan"), float("inf")])
def test_a_limit_that_cannot_be_meant_is_refused(app: Flask, team: Team, per_minute: float) -> None:
    with pytest.raises(BadInput, match=r"A limit is between 0\.1 and 100,000 images per minute\."):
        set_limit("openai", per_minute, team.actor)
    assert model().images_per_minute == 3000


@pytest.mark.parametrize(
    "act",
    [
        lambda actor: set_limit("opnai", 5, actor),
        lambda actor: disable_model("openai/gpt-image", "why", actor),
        lambda actor: enable_model("", actor),
        lambda actor: set_shutdown_date("nobody", date(2030, 1, 1), actor),
    ],
)
def test_an_unknown_name_is_refused_and_the_known_ones_are_told(app: Flask, team: Team, act: Any) -> None:
    with pytest.raises(BadInput, match=r"There is no model or provider .* Known are demo, demo/painter"):
        act(team.actor)


@pytest.mark.parametrize("why", ["", "   ", "x" * 301])
def test_switching_off_needs_a_reason(app: Flask, team: Team, why: str) -> None:
    with pytest.raises(BadInput, match="Say why"):
        disable_model(MODEL, why, team.actor)


def test_a_model_that_is_switched_off_says_so_in_the_form_and_its_jobs_pause(
    engine: Engine, openai_job: MakeOpenAIJob, make_job: MakeJob, team: Team
) -> None:
    job, other = openai_job(2), make_job(1)
    disable_model(MODEL, "it costs too much.", team.actor)
    assert reason() == "it is switched off: it costs too much"
    assert engine.dispatched(job) == []
    sweep()

    paused = engine.fresh(job)
    assert (paused.state, paused.paused_for) == (JobState.PAUSED, MODEL)
    assert paused.pause_reason == f"{MODEL} cannot be used: it is switched off: it costs too much."
    assert engine.run(other).state == JobState.COMPLETED
    with pytest.raises(BadInput, match="it costs too much"):
        openai_job(1)


def test_calls_in_flight_finish(engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    call = claimed(engine, openai_job(2))
    assert mark_sent(call)
    disable_model(MODEL, "too dear", team.actor)
    sweep()
    settle_success(call, ANSWER, kept(call))
    assert image_of(call.image_id).state == ImageState.STORING


def test_switching_on_lets_its_jobs_go_on_and_twice_changes_nothing(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = openai_job(1)
    disable_model(MODEL, "too dear", team.actor)
    sweep()
    assert enable_model(MODEL, team.actor) == 1
    assert enable_model(MODEL, team.actor) == 0
    assert reason() is None
    assert engine.run(job).state == JobState.COMPLETED


def test_a_whole_provider_can_be_switched_off(engine: Engine, openai_job: MakeOpenAIJob, team: Team) -> None:
    job = openai_job(1)
    disable_model("openai", "the invoice is not paid", team.actor)
    sweep()
    assert engine.fresh(job).state == JobState.PAUSED
    assert {state.reason for state in model_states() if state.model.provider == "openai"} == {
        "it is switched off: the invoice is not paid"
    }
    with pytest.raises(Conflict, match=r"Enable openai\."):
        enable_model(MODEL, team.actor)
    assert enable_model("openai", team.actor) == 1


def test_a_model_ends_on_the_day_that_staff_set(app: Flask, team: Team) -> None:
    today = utc_now().date()
    set_shutdown_date(MODEL, today, team.actor)
    assert reason() == f"it was shut down on {today.isoformat()}"
    set_shutdown_date(MODEL, date(2099, 1, 1), team.actor)
    assert (reason(), model().shutdown_date) == (None, date(2099, 1, 1))
    set_shutdown_date(MODEL, None, team.actor)
    assert model().shutdown_date is None
    with pytest.raises(BadInput, match="The year"):
        set_shutdown_date(MODEL, date(202, 1, 1), team.actor)


def test_who_changed_what_is_written_down(app: Flask, team: Team) -> None:
    set_limit("openai", 120, team.actor)
    set_limit("openai", 60, team.actor)
    disable_model(MODEL, "too dear", team.actor)
    enable_model(MODEL, team.actor)
    set_shutdown_date(MODEL, date(2099, 1, 1), team.actor)
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    told = [(event.action, event.details) for event in events if event.user_id == team.owner]
    assert told == [
        ("limit.changed", {"name": "openai", "before": None, "per_minute": 120}),
        ("limit.changed", {"name": "openai", "before": 120, "per_minute": 60}),
        ("model.disabled", {"name": MODEL, "reason": "too dear"}),
        ("model.enabled", {"name": MODEL}),
        ("model.shutdown_date_changed", {"name": MODEL, "day": "2099-01-01"}),
    ]
    assert db.session.get_one(ModelSetting, "openai").changed_by == team.owner
