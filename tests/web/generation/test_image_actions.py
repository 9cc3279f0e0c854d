"""One image once more, and a job that is to stop: from the page, with and without scripts."""

import json
import re
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.audit.models import AuditEvent
from app.core.database import db, transaction
from app.generation.models import Attempt, Image
from app.generation.originals import keep
from app.generation.states import ImageState, JobState
from app.imaging.inspect import inspect
from tests.services.completed import paint
from tests.web.curation.filling import complete, fail, fresh, generate, images_of


def toast(answer):
    return json.loads(answer.headers["HX-Trigger"])["toast"]


@pytest.fixture
def unknown(make_job):
    """An image whose process died during its call."""
    job = make_job(1)
    fail(job, [0], error_type="ambiguous", message="The process died.")
    image = images_of(job)[0]
    with transaction() as session:
        session.add(
            Attempt(
                image_id=image.id,
                number=1,
                provider="demo",
                model=image.model,
                prompt_sent=image.prompt_sent,
                outcome="lost",
                sent_at=image.started_at,
                may_have_billed=True,
            )
        )
    return image


def state_of(image):
    db.session.rollback()
    return db.session.scalar(select(Image.state).where(Image.id == image.id))


def test_a_click_on_check_again_says_what_was_found(editor, unknown):
    nothing = toast(editor.post(f"/images/{unknown.id}/check", htmx=True))
    assert (nothing["kind"], nothing["text"].startswith("Nothing found")) == ("info", True)
    picture = paint(64, 48)
    keep(picture, inspect(picture), image_id=unknown.id, attempt=1)
    found = toast(editor.post(f"/images/{unknown.id}/check", htmx=True))
    assert found == {"kind": "success", "text": "The picture was found and is being stored."}
    assert state_of(unknown) == ImageState.STORING
    assert editor.post(f"/images/{unknown.id}/check", htmx=True).status_code == 409


def test_without_scripts_the_sheet_says_it(editor, unknown):
    answer = editor.post(f"/images/{unknown.id}/check")
    assert (answer.status_code, answer.location) == (303, f"/jobs/{unknown.job_id}/")
    assert "Nothing found" in editor.get(answer.location).text


def test_an_unknown_image_runs_again_only_when_that_was_said(editor, unknown):
    refused = editor.post(f"/images/{unknown.id}/rerun", htmx=True)
    assert (refused.status_code, "billed twice" in refused.text) == (409, True)
    assert state_of(unknown) == ImageState.UNKNOWN
    question = editor.get(f"/images/{unknown.id}/rerun").text
    fields = dict(re.findall(r'type="hidden" name="(seen|may_bill_twice)" value="([^"]+)"', question))
    assert fields == {"seen": "unknown.1", "may_bill_twice": "1"}
    assert editor.post(f"/images/{unknown.id}/rerun", fields).status_code == 303
    assert state_of(unknown) == ImageState.QUEUED


def test_two_clicks_are_one_run(editor, unknown):
    fields = {"seen": "unknown.1", "may_bill_twice": "1"}
    answers = [editor.post(f"/images/{unknown.id}/rerun", fields, htmx=True).status_code for _ in range(2)]
    assert answers == [204, 409]


def test_an_image_that_runs_is_shown_instead_of_the_question(editor, make_job):
    job = make_job(1)
    image = images_of(job)[0]
    answer = editor.get(f"/images/{image.id}/rerun")
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job.id}/images/{image.id}/")


def test_prompt_and_model_are_changed_in_the_form(editor, make_job):
    job = make_job(1)
    fail(job, [0], error_type="transient")
    image = images_of(job)[0]
    side = editor.get(f"/jobs/{job.id}/images/{image.id}/").text
    assert re.search(r'<option value="demo/painter" selected>[^<]*free', side)
    wanted = {"seen": f"failed.{image.attempt}", "prompt": " a fox\r\nat dawn ", "model": "demo/painter"}
    assert editor.post(f"/images/{image.id}/rerun", wanted, htmx=True).status_code == 204
    again = images_of(job)[0]
    assert (again.prompt_typed, again.model, again.rerouted) == ("a fox\nat dawn", "demo/painter", False)


def test_a_prompt_that_was_not_changed_is_not_edited(editor, make_job):
    job = make_job(1)
    fail(job, [0], error_type="transient")
    image = images_of(job)[0]
    editor.post(f"/images/{image.id}/rerun", {"prompt": f"{image.prompt_typed}\r\n"})
    assert events("image.rerun")[0].details["edited"] is False


def test_a_model_that_cannot_be_used_is_refused_with_a_sentence(editor, make_job):
    job = make_job(1)
    fail(job, [0], error_type="transient")
    image = images_of(job)[0]
    answer = editor.post(f"/images/{image.id}/rerun", {"model": "openai/gpt-image-2.5-flare"}, htmx=True)
    assert (answer.status_code, "cannot be used" in answer.text) == (422, True)


def test_a_picture_that_could_not_be_stored_offers_both_ways(editor, make_job):
    job = make_job(1)
    complete(job)
    image = images_of(job)[0]
    with transaction() as session:
        session.execute(update(Image).where(Image.id == image.id).values(state="failed", error_type="storage"))
    side = editor.get(f"/jobs/{job.id}/images/{image.id}/").text
    assert "Store again" in side
    assert 'name="anew"' in side


def test_stop_is_offered_while_prompts_have_not_begun(editor, viewer, make_job):
    job = make_job(3, count=2)
    generate(job, [0])
    page = editor.get(f"/jobs/{job.id}/").text
    assert f'action="/jobs/{job.id}/stop"' in page
    assert f'action="/jobs/{job.id}/stop"' not in viewer.get(f"/jobs/{job.id}/").text
    assert "Stop after the current prompts?" in editor.get(f"/jobs/{job.id}/stop").text

    answer = toast(editor.post(f"/jobs/{job.id}/stop", htmx=True))

    assert answer["text"] == "4 images cancelled. 2 images of prompts that have begun still come."
    assert f'action="/jobs/{job.id}/stop"' not in editor.get(f"/jobs/{job.id}/").text
    assert fresh(job).state == JobState.RUNNING
    again = toast(editor.post(f"/jobs/{job.id}/stop", htmx=True))
    assert again["text"] == "Nothing more to stop: every prompt that is left has begun."


def test_stop_is_refused_when_the_job_has_ended(editor, make_job):
    job = make_job(2, count=2)
    complete(job)
    assert editor.post(f"/jobs/{job.id}/stop", htmx=True).status_code == 409


@pytest.mark.parametrize("path", ["/jobs/{job}/stop", "/images/{image}/check", "/images/{image}/rerun"])
def test_viewers_may_not_and_strangers_find_nothing(viewer, stranger, unknown, path):
    address = path.format(job=unknown.job_id, image=unknown.id)
    assert viewer.post(address).status_code == 403
    assert stranger.post(address).status_code == 404
    assert state_of(unknown) == ImageState.UNKNOWN


def events(action):
    db.session.rollback()
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)))


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("/jobs/{job}/pause", "job.paused"),
        ("/jobs/{job}/stop", "job.stopped"),
        ("/jobs/{job}/cancel", "job.cancelled"),
    ],
)
def test_what_is_done_to_a_job_is_recorded_with_the_address_it_came_from(editor, team, make_job, path, action):
    job = make_job(2, count=2)
    editor.post(path.format(job=job.id))
    (event,) = events(action)
    assert (event.user_id, event.subject_id, event.address) == (team.editor, job.id, "203.0.113.7")


def test_a_job_that_is_made_on_the_page_is_recorded_with_its_address(editor, team, fill):
    answer = editor.post("/jobs/", fill())
    (event,) = events("job.created")
    assert (event.user_id, event.address) == (team.editor, "203.0.113.7")
    assert event.subject_id == UUID(answer.location.split("/")[2])


@pytest.mark.parametrize(("verb", "action"), [("check", "image.checked"), ("rerun", "image.rerun")])
def test_what_is_done_to_an_image_is_recorded_too(editor, team, unknown, verb, action):
    editor.post(f"/images/{unknown.id}/{verb}", {"may_bill_twice": "1"})
    (event,) = events(action)
    assert (event.user_id, event.subject_id, event.address) == (team.editor, unknown.job_id, "203.0.113.7")
    assert event.details["image"] == str(unknown.id)


def test_lost_answers_are_run_again_in_bulk_only_when_ticked(editor, unknown):
    page = editor.get(f"/jobs/{unknown.job_id}/").text
    assert "Run 1 without an answer again…" in page
    assert 'name="may_bill_twice" value="1">' in page
    assert editor.post(f"/jobs/{unknown.job_id}/retry", {"choose": "1"}, htmx=True).status_code == 422
    assert editor.post(f"/jobs/{unknown.job_id}/retry", htmx=True).status_code == 409
    ticked = {"choose": "1", "may_bill_twice": "1"}
    assert editor.post(f"/jobs/{unknown.job_id}/retry", ticked, htmx=True).status_code == 204
    assert editor.post(f"/jobs/{unknown.job_id}/retry", ticked, htmx=True).status_code == 409
    assert state_of(unknown) == ImageState.QUEUED
