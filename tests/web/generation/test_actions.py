"""Pause, resume, cancel and run again, from the page."""

import json
import re

import pytest
from sqlalchemy import select, update

from app.core.clock import utc_now
from app.core.database import db, transaction
from app.generation import control
from app.generation.models import Image, Job
from app.generation.moves import end_if_done, lock_job, move_images
from app.generation.states import ImageState, JobState


def state_of(job):
    db.session.rollback()
    return db.session.scalar(select(Job.state).where(Job.id == job.id))


@pytest.fixture
def failed_job(make_job):
    """Two images failed, one after too many tries, one for its content."""
    job = make_job(2)
    with transaction() as session:
        locked = lock_job(job.id)
        locked.move_to(JobState.RUNNING)
        move_images(locked, ImageState.FAILED, Image.state == ImageState.QUEUED, error_type="transient")
        session.execute(
            update(Image).where(Image.job_id == job.id, Image.prompt_order == 2).values(error_type="content_policy")
        )
        end_if_done(locked, utc_now())
    return job


@pytest.fixture
def make_failed(make_job):
    """A job whose images failed for these reasons; a lost answer leaves an image unknown."""

    def make(*kinds):
        job = make_job(len(kinds))
        with transaction() as session:
            locked = lock_job(job.id)
            locked.move_to(JobState.RUNNING)
            for order, kind in enumerate(kinds, start=1):
                own, why = Image.prompt_order == order, {"error_type": kind, "error_message": "It says why."}
                if kind == "ambiguous":
                    lose = update(Image).where(Image.job_id == job.id, own)
                    session.execute(lose.values(state=ImageState.UNKNOWN, finished_at=utc_now(), **why))
                    locked.queued_count, locked.unknown_count = locked.queued_count - 1, locked.unknown_count + 1
                else:
                    move_images(locked, ImageState.FAILED, own, **why)
            end_if_done(locked, utc_now())
        return job

    return make


def test_htmx_gets_a_toast_and_the_word_that_the_job_changed(editor, make_job):
    job = make_job()
    answer = editor.post(f"/jobs/{job.id}/pause", htmx=True)
    events = json.loads(answer.headers["HX-Trigger"])
    assert (answer.status_code, state_of(job)) == (204, JobState.PAUSED)
    assert events["toast"]["kind"] == "success"
    assert "jobChanged" in events


def test_without_javascript_the_sheet_or_the_list_says_it(editor, make_job):
    job = make_job()
    to_sheet = editor.post(f"/jobs/{job.id}/pause")
    to_list = editor.post(f"/jobs/{job.id}/resume", {"back": "list"})
    assert (to_sheet.status_code, to_sheet.location) == (303, f"/jobs/{job.id}/")
    assert (to_list.status_code, to_list.location) == (303, "/jobs/")
    assert "The job goes on." in editor.get("/jobs/").text


def test_cancel_says_how_many_were_cancelled_and_how_many_are_preserved(editor, make_job):
    answer = editor.post(f"/jobs/{make_job(3).id}/cancel", htmx=True)
    assert json.loads(answer.headers["HX-Trigger"])["toast"]["text"] == "3 images cancelled, 0 images preserved."


def test_cancel_asks_first(editor, make_job):
    job = make_job()
    page = editor.get("/jobs/").text
    assert 'data-confirm-title="Cancel this job?"' in page
    question = editor.get(f"/jobs/{job.id}/cancel")
    assert f'action="/jobs/{job.id}/cancel"' in question.text
    assert state_of(job) == JobState.QUEUED


@pytest.mark.parametrize("action", ["pause", "resume", "cancel"])
def test_what_the_state_forbids_is_a_conflict_with_a_sentence(editor, make_job, team, action):
    job = make_job()
    control.cancel_job(job.id, workspace_id=team.workspace_id, actor=team.actor)
    for htmx in (True, False):
        answer = editor.post(f"/jobs/{job.id}/{action}", htmx=htmx)
        assert answer.status_code == 409
        assert "cancelled" in answer.text


def test_what_may_work_as_it_is_runs_again_once_and_what_is_left_out_is_named(editor, failed_job):
    first, second = (editor.post(f"/jobs/{failed_job.id}/retry", htmx=True) for _ in range(2))
    events = json.loads(first.headers["HX-Trigger"])
    assert events["toast"]["text"] == "1 image will run again. Left out: 1 content policy."
    assert "closeDialog" in events
    assert second.status_code == 409
    assert state_of(failed_job) == JobState.RUNNING


@pytest.mark.parametrize("kind", ["content_policy", "permanent"])
def test_what_would_fail_in_the_same_way_is_not_sent_again_blindly(editor, make_failed, kind):
    job = make_failed(kind, kind)
    answer = editor.post(f"/jobs/{job.id}/retry", htmx=True)
    assert answer.status_code == 409
    assert "would fail in the same way again" in answer.text
    assert state_of(job) == JobState.FAILED


@pytest.mark.parametrize("page", ["/jobs/", "/jobs/{job.id}/"])
def test_a_refusal_among_the_failures_makes_the_button_ask_which(editor, make_failed, page):
    job = make_failed("transient", "content_policy")
    text = editor.get(page.format(job=job)).text
    [dialog] = re.findall(r'<dialog[^>]* id="(retry-[^"]+)"', text)
    assert f'data-opens="{dialog}"' in text
    assert 'value="transient" checked' in text
    assert 'value="content_policy">' in text
    assert "<b>Provider trouble</b>, 1 image" in text


def test_failures_that_may_pass_are_run_again_without_a_question(editor, make_failed):
    make_failed("transient", "transient")
    text = editor.get("/jobs/").text
    assert "Retry 2 failed<" in text
    assert "<dialog" not in text.partition('id="active-jobs"')[2].partition("</main>")[0]


def test_a_lost_answer_is_not_among_the_kinds_to_choose(editor, make_failed):
    text = editor.get(f"/jobs/{make_failed('transient', 'content_policy', 'ambiguous').id}/").text
    choice = text.partition('id="retry-failed"')[2].partition("</form>")[0]
    assert 'value="transient"' in choice
    assert 'value="ambiguous"' not in choice
    assert "1 image without an answer may have been billed" in text


def test_only_the_chosen_kinds_of_failure_run_again(editor, failed_job):
    answer = editor.post(f"/jobs/{failed_job.id}/retry", {"choose": "1", "error_type": ["transient"]}, htmx=True)
    assert "1 image will run again." in answer.headers["HX-Trigger"]


def test_choosing_no_kind_of_failure_runs_nothing(editor, failed_job):
    answer = editor.post(f"/jobs/{failed_job.id}/retry", {"choose": "1"}, htmx=True)
    assert answer.status_code == 422
    assert state_of(failed_job) == JobState.FAILED


def test_one_image_runs_again(editor, failed_job):
    image_id = db.session.scalars(select(Image.id).where(Image.job_id == failed_job.id)).first()
    assert editor.post(f"/images/{image_id}/rerun", htmx=True).status_code == 204
    assert editor.post(f"/images/{image_id}/rerun", htmx=True).status_code == 409
    assert state_of(failed_job) == JobState.RUNNING


@pytest.mark.parametrize("action", ["pause", "resume", "cancel", "retry"])
def test_viewers_may_not_and_strangers_find_nothing(viewer, stranger, make_job, action):
    job = make_job()
    assert viewer.post(f"/jobs/{job.id}/{action}").status_code == 403
    assert stranger.post(f"/jobs/{job.id}/{action}").status_code == 404
    assert stranger.get(f"/jobs/{job.id}/cancel").status_code == 404
    assert state_of(job) == JobState.QUEUED


def test_a_stranger_cannot_run_an_image_again(stranger, failed_job):
    image_id = db.session.scalars(select(Image.id).where(Image.job_id == failed_job.id)).first()
    assert stranger.post(f"/images/{image_id}/rerun").status_code == 404
