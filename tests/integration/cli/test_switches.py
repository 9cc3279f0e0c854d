"""`proofsheet limits`, `models` and `providers`, run as the operator runs them."""

import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.core.database import db
from app.generation.models import Job
from app.generation.settle import pause_provider
from app.generation.states import JobState

FLARE, PAINTER = "openai/gpt-image-2.5-flare", "demo/painter"


def limits_of(run):
    ran = run("limits", "list", "--json")
    assert ran.status == 0
    return {model["model"]: model["images_per_minute"] for model in ran.json["models"]}


def models_of(run):
    return {model["id"]: model for model in run("models", "list", "--json").json["models"]}


def test_a_limit_is_set_and_reset(run, team):
    before = limits_of(run)
    ran = run("limits", "set", PAINTER, "7.5")
    assert (ran.status, ran.out) == (0, "demo/painter: 7.5 images a minute, within two seconds.\n")
    assert limits_of(run) == before | {PAINTER: 7.5}
    listed = run("limits", "list").out
    assert "7.5 a minute  (configured: " in listed
    assert "calls in flight" in listed
    assert run("limits", "reset", PAINTER).out == "demo/painter: as configured.\n"
    assert limits_of(run) == before
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "limit.changed")).all()
    assert [event.address for event in events] == ["cli", "cli"]


def test_the_lanes_are_listed_for_machines(run, team):
    lanes = run("limits", "list", "--json").json["lanes"]
    assert [(lane["provider"], lane["models"]) for lane in lanes] == [("demo", [PAINTER])]


def test_a_model_is_switched_off_and_on(run, make_job):
    assert run("models", "disable", PAINTER, "--reason", "it dries").status == 0
    assert models_of(run)[PAINTER]["reason"] == "it is switched off: it dries"
    ran = run("jobs", "create", "--prompts", "-", "--model", PAINTER, stdin="a field")
    assert (ran.status, "it is switched off: it dries" in ran.err) == (2, True)
    assert run("models", "enable", PAINTER).out == "demo/painter is switched on. 0 jobs go on.\n"
    assert models_of(run)[PAINTER]["usable"] is True


def test_a_shutdown_date_is_set_and_taken_back(run, team):
    assert run("models", "shutdown", FLARE, "2099-12-31").status == 0
    assert models_of(run)[FLARE]["shutdown_date"] == "2099-12-31"
    assert "(ends 2099-12-31)" in run("models", "list").out
    assert run("models", "shutdown", FLARE, "none").out == f"{FLARE}: as the catalogue says.\n"
    assert models_of(run)[FLARE]["shutdown_date"] is None


def test_a_provider_is_resumed(run, make_job):
    job_id = make_job(1).id
    pause_provider("demo", "The paint is used up.")
    ran = run("jobs", "create", "--prompts", "-", "--watch", "--model", PAINTER, stdin="a field")
    assert (ran.status, "The provider is paused: The paint is used up." in ran.err) == (4, True)
    assert run("providers", "resume", "demo").out == "demo is asked again. 2 jobs go on.\n"
    assert run("providers", "resume", "demo").out == "demo is not paused.\n"
    db.session.rollback()
    assert db.session.get_one(Job, job_id, populate_existing=True).state == JobState.RUNNING


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["limits", "set", "opnai", "5"], "There is no model or provider 'opnai'."),
        (["limits", "set", "demo", "0"], "A limit is between 0.1 and 100,000 images per minute."),
        (["limits", "set", "demo", "fast"], "'fast' is not a valid float"),
        (["models", "disable", PAINTER], "Missing option '--reason'"),
        (["models", "shutdown", PAINTER, "soon"], "'soon' is not a date such as 2026-12-31"),
        (["providers", "resume", "opnai"], "There is no provider 'opnai'."),
    ],
)
def test_what_cannot_be_meant_is_said(run, team, words, said):
    ran = run(*words)
    assert (ran.status, said in ran.err) == (2, True), ran.err
