"""Everything that a sheet's filters show is run again: what is started, and what is left out and why."""

import json
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.audit.models import AuditEvent
from app.core.database import db, transaction
from app.core.errors import ErrorClass
from app.generation.models import Asset, Image, Job
from app.generation.moves import lock_job
from app.generation.states import JobState
from tests.services.application import MakeJob, Team
from tests.web.curation.filling import complete, fail, fresh, images_of
from tests.web.visitor import Visitor


def send(visitor: Visitor, job: Job, path: str = "rerun", **body: Any) -> TestResponse:
    headers = {"X-CSRFToken": visitor.form_token(), "Accept": "application/json", "Content-Type": "application/json"}
    return visitor.send("POST", f"/jobs/{job.id}/{path}", data=json.dumps(body), headers=headers)


def told(visitor: Visitor, job: Job, path: str = "rerun", **body: Any) -> dict[str, Any]:
    answer = send(visitor, job, path, **body)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return dict(answer.json)


def states(job: Job) -> list[str]:
    return [image.state for image in images_of(job)]


def counters_are_exact(job: Job) -> bool:
    rows = states(job)
    return all(count == rows.count(state) for state, count in fresh(job).counts.items())


@pytest.fixture
def ended(editor: Visitor, make_job: MakeJob) -> Job:
    """0 has its picture, 1 and 2 failed in passing, 3 was refused, 4 was lost, 5 was cancelled."""
    job = make_job(6)
    complete(job, [0])
    fail(job, [1, 2], error_type=ErrorClass.TRANSIENT)
    fail(job, [3], error_type=ErrorClass.CONTENT_POLICY)
    fail(job, [4], error_type=ErrorClass.AMBIGUOUS)
    editor.post(f"/jobs/{job.id}/cancel")
    assert states(job) == ["completed", "failed", "failed", "failed", "unknown", "cancelled"]
    return job


def test_what_failed_and_what_was_cancelled_runs_again_and_the_rest_is_counted(editor: Visitor, ended: Job) -> None:
    answer = told(editor, ended, at="0-5")
    assert {name: answer[name] for name in ("started", "refused", "unknown", "others")} == {
        "started": 3,
        "refused": 1,
        "unknown": 1,
        "others": 1,
    }
    assert answer["sentence"].startswith("3 images will run again.")
    assert states(ended) == ["completed", "queued", "queued", "failed", "unknown", "queued"]
    assert fresh(ended).state == JobState.RUNNING
    assert answer["revision"] == fresh(ended).revision
    assert images_of(ended)[1].revision == answer["revision"]
    assert images_of(ended)[1].error_type is None
    assert counters_are_exact(ended)


def test_a_second_click_starts_no_second_run(editor: Visitor, ended: Job) -> None:
    told(editor, ended, at="0-5")
    again = told(editor, ended, at="0-5")
    assert (again["started"], again["others"]) == (0, 4)
    assert "nothing to run again" in again["sentence"]
    assert counters_are_exact(ended)


def test_only_what_was_named_runs(editor: Visitor, ended: Job) -> None:
    assert told(editor, ended, at="2")["started"] == 1
    assert states(ended) == ["completed", "failed", "queued", "failed", "unknown", "cancelled"]


def test_the_lost_run_only_with_the_word_and_the_estimate_says_so(editor: Visitor, ended: Job) -> None:
    with transaction() as session:
        image = session.get_one(Image, images_of(ended)[4].id)
        image.model, image.quality = "openai/gpt-image-2.5-flare", "medium"
    before = fresh(ended).estimated_cost
    assert told(editor, ended, at="4")["unknown"] == 1
    assert told(editor, ended, at="4", may_bill_twice="yes")["unknown"] == 1
    answer = told(editor, ended, at="4", may_bill_twice=True)
    assert (answer["started"], answer["unknown"]) == (1, 0)
    assert states(ended)[4] == "queued"
    assert fresh(ended).estimated_cost > before


def test_the_refused_run_when_a_person_says_so(editor: Visitor, ended: Job) -> None:
    assert told(editor, ended, at="3", refused=True)["started"] == 1
    assert states(ended)[3] == "queued"


def test_what_was_kept_is_only_stored_again(editor: Visitor, ended: Job, team: Team) -> None:
    image = images_of(ended)[1]
    with transaction() as session:
        asset = Asset(
            workspace_id=team.workspace_id,
            image_id=image.id,
            attempt=1,
            key="originals/kept",
            media_type="image/png",
            bytes=1,
            width=1,
            height=1,
            sha256="0" * 64,
        )
        session.add(asset)
        session.flush()
        session.get_one(Image, image.id).asset_id = asset.id
    told(editor, ended, at="1-2")
    assert states(ended)[1:3] == ["storing", "queued"]
    assert counters_are_exact(ended)


def test_a_fallback_is_taken_back(editor: Visitor, ended: Job) -> None:
    with transaction() as session:
        image = session.get_one(Image, images_of(ended)[1].id)
        image.used_fallback, image.fallback_source, image.prompt_sent = True, "job", "a fallback"
    told(editor, ended, at="1")
    again = images_of(ended)[1]
    assert (again.used_fallback, again.prompt_sent) == (False, again.prompt_typed)


def test_it_is_written_down(editor: Visitor, ended: Job, team: Team) -> None:
    told(editor, ended, at="0-5")
    assert "queued" in states(ended)
    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "images.rerun"))
    assert (event.user_id, event.subject_id, event.details["images"]) == (team.editor, ended.id, 3)


def test_nothing_starts_while_the_job_is_being_cancelled(editor: Visitor, ended: Job) -> None:
    with transaction():
        job = lock_job(ended.id)
        job.state, job.finished_at = JobState.CANCELLING, None
    assert send(editor, ended, at="1").status_code == 409
    assert states(ended)[1] == "failed"


def test_a_look_says_what_would_happen_and_changes_nothing(editor: Visitor, ended: Job) -> None:
    revision = fresh(ended).revision
    seen = told(editor, ended, "rerun/look", at="0-5")
    assert seen["images"] == 3
    assert "3 images will run again" in seen["sentence"]
    assert "may be billed twice" in seen["sentence"]
    assert fresh(ended).revision == revision
    assert states(ended)[1] == "failed"


def test_without_scripts_one_is_led_back_and_told(editor: Visitor, ended: Job) -> None:
    answer = editor.post(f"/jobs/{ended.id}/rerun", {"at": "0-5", "back": "show=failed"})
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/jobs/{ended.id}/?show=failed#sheet")
    assert "3 images will run again." in editor.get(answer.headers["Location"]).text
    image_id = images_of(ended)[4].id
    editor.post(f"/jobs/{ended.id}/rerun", {"images": str(image_id), "may_bill_twice": "1"})
    assert states(ended)[4] == "queued"


def test_without_scripts_all_that_match_run_again(editor: Visitor, ended: Job) -> None:
    assert f'formaction="/jobs/{ended.id}/rerun?state=failed"' in editor.get(f"/jobs/{ended.id}/?state=failed").text
    editor.post(f"/jobs/{ended.id}/rerun?state=failed", {"matching": "3"})
    assert states(ended) == ["completed", "queued", "queued", "failed", "unknown", "cancelled"]


def test_htmx_gets_a_word_and_looks_again(editor: Visitor, ended: Job) -> None:
    answer = editor.post(f"/jobs/{ended.id}/rerun", {"at": "1"}, htmx=True)
    assert answer.status_code == 204
    assert "jobChanged" in answer.headers["HX-Trigger"]


@pytest.mark.parametrize("path", ["rerun", "rerun/look"])
def test_who_may_not_and_what_cannot_be_read(
    stranger: Visitor, viewer: Visitor, editor: Visitor, ended: Job, path: str
) -> None:
    assert send(stranger, ended, path, at="1").status_code == 404
    assert send(viewer, ended, path, at="1").status_code == 403
    assert send(editor, ended, path, at="1;2").status_code == 400
    assert send(editor, ended, path).status_code == 422
    assert states(ended)[1] == "failed"
    assert fresh(ended).estimated_cost == Decimal(0)
