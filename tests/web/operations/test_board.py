"""The staff's page: what the limiter does, what is paused, and the switches."""

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import User
from app.audit.models import AuditEvent
from app.core.database import db, transaction
from app.generation.model_switches import settings
from app.generation.models import Job
from app.generation.moves import lock_job, pause
from app.generation.provider_models import ProviderPause
from app.generation.settle import pause_provider
from app.generation.states import JobState
from app.generation.studio import studio
from app.generation.sweep import sweep
from tests.services.application import MakeJob, Team
from tests.web.visitor import Visitor

PAINTER = "demo/painter"


@pytest.fixture
def staff(app: Flask, team: Team) -> Visitor:
    """Somebody of the site's staff."""
    with transaction():
        db.session.execute(update(User).where(User.id == team.viewer).values(is_staff=True))
    return Visitor(app).be(team.viewer)


def state_of(job: Job) -> str:
    db.session.rollback()
    return db.session.get_one(Job, job.id, populate_existing=True).state


def test_only_staff_see_it_and_its_link(staff: Visitor, editor: Visitor) -> None:
    assert staff.get("/operations/").status_code == 200
    assert editor.get("/operations/").status_code == 403
    assert 'href="/operations/"' in staff.get("/jobs/").text
    assert 'href="/operations/"' not in editor.get("/jobs/").text


def test_each_lane_says_what_it_does(staff: Visitor) -> None:
    page = staff.get("/operations/").text
    assert "painter" in page
    assert "nothing to do" in page


def test_the_live_part_asks_again_and_is_the_same_file(staff: Visitor) -> None:
    fragment = staff.get("/operations/live", htmx=True).text
    assert fragment.lstrip().startswith('<div class="stack board-live" id="board-live"')
    assert 'hx-trigger="every 5s"' in fragment
    assert 'id="board-live"' in staff.get("/operations/").text


def test_without_the_limiter_the_page_still_says_what_is_known(staff: Visitor, valkey) -> None:  # type: ignore[no-untyped-def]
    valkey.kill()
    page = staff.get("/operations/")
    assert page.status_code == 200
    assert "the limiter does not answer" in page.text


def test_a_pause_is_shown_with_its_reason_and_resumed(staff: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    pause_provider("demo", "The paint <is> used up.")
    page = staff.get("/operations/").text
    assert "demo is paused" in page
    assert "The paint &lt;is&gt; used up." in page
    assert "1 job waits." in page

    answer = staff.post("/operations/resume", {"name": "demo"})
    assert (answer.status_code, answer.location) == (303, "/operations/")
    assert "demo is asked again. 1 job goes on." in staff.get("/operations/").text
    assert state_of(job) == JobState.RUNNING
    staff.post("/operations/resume", {"name": "demo"})
    assert "demo is not paused any more." in staff.get("/operations/").text


def test_a_pause_of_an_earlier_key_is_shown_while_jobs_wait_for_it(staff: Visitor, make_job: MakeJob) -> None:
    earlier = "openai:0123456789abcdef"
    with transaction() as session:
        session.add(ProviderPause(account=earlier, provider="openai", reason="No credit."))
    assert "No credit." not in staff.get("/operations/").text
    job_id = make_job(1).id
    with transaction():
        pause(lock_job(job_id), "The provider is paused: No credit.", cause=earlier)
    assert "openai: an earlier key" in staff.get("/operations/").text
    staff.post("/operations/resume", {"name": "openai"})
    assert "openai is asked again. 1 job goes on." in staff.get("/operations/").text


def test_a_limit_is_changed_and_taken_back(staff: Visitor, team: Team) -> None:
    before = studio().catalogue.model(PAINTER).images_per_minute
    assert staff.post("/operations/limit", {"name": PAINTER, "per_minute": "1,500"}).status_code == 303
    assert studio().catalogue.model(PAINTER).images_per_minute == 1500
    assert f"configured {before:,.0f}" in staff.get("/operations/").text
    staff.post("/operations/limit", {"name": PAINTER, "per_minute": "1,500", "reset": "1"})
    assert studio().catalogue.model(PAINTER).images_per_minute == before
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "limit.changed")).all()
    assert [(event.user_id, event.address) for event in events] == [(team.viewer, "203.0.113.7")] * 2


def test_a_model_is_switched_off_and_on(staff: Visitor, editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    staff.post("/operations/disable", {"name": PAINTER, "reason": "it dries"})
    sweep()
    assert "(it is switched off: it dries)" in editor.get("/jobs/new").text
    assert state_of(job) == JobState.PAUSED
    assert "Switched off: it dries" in staff.get("/operations/").text

    staff.post("/operations/enable", {"name": PAINTER})
    assert "demo/painter is switched on. 1 job goes on." in staff.get("/operations/").text
    assert state_of(job) == JobState.RUNNING


def test_a_date_is_set_and_taken_back(staff: Visitor) -> None:
    staff.post("/operations/shutdown", {"name": PAINTER, "day": "2099-12-31"})
    assert settings()[PAINTER].shutdown_date == date(2099, 12, 31)
    assert "ends on 31 Dec 2099" in staff.get("/operations/").text
    staff.post("/operations/shutdown", {"name": PAINTER, "day": ""})
    db.session.rollback()
    assert settings() == {}


@pytest.mark.parametrize(
    ("address", "fields", "sentence"),
    [
        ("limit", {"per_minute": "fast"}, "Type how many images a minute, such as 150."),
        ("limit", {"per_minute": "0"}, "A limit is between 0.1 and 100,000 images per minute."),
        ("disable", {"reason": ""}, "Say why in 1 to 300 characters"),
        ("shutdown", {"day": "soon"}, "Type a date such as 2026-12-31, or leave it empty."),
    ],
)
def test_what_cannot_be_meant_is_said_beside_what_was_typed(
    staff: Visitor, address: str, fields: dict[str, str], sentence: str
) -> None:
    answer = staff.post(f"/operations/{address}", {"name": PAINTER, **fields})
    assert answer.status_code == 422
    assert answer.text.count(sentence) == 2  # above the page, and at the form, which stands open
    assert re.search(r'<details class="more board-change" id="change-demo-painter" open>', answer.text)
    for typed in filter(None, fields.values()):
        assert f'value="{typed}"' in answer.text
    assert settings() == {}


def test_an_unknown_name_changes_nothing(staff: Visitor) -> None:
    answer = staff.post("/operations/limit", {"name": "demo/nobody", "per_minute": "5"})
    assert answer.status_code == 422
    assert "There is no model or provider" in answer.text


def test_the_form_says_that_a_job_would_begin_paused(editor: Visitor, team: Team) -> None:
    assert "provider-paused" not in editor.get("/jobs/new").text
    pause_provider("demo", "The paint is used up.")
    assert "The provider is paused: The paint is used up." in editor.get("/jobs/new").text
