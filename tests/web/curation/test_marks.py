"""Marks: one request, one transaction, exact counts."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.core.database import db
from app.generation.models import Image, Job
from app.generation.states import Mark
from tests.services.application import MakeJob
from tests.web.curation.filling import complete, fresh, images_of
from tests.web.visitor import Visitor


def mark(visitor: Visitor, job: Job, body: dict[str, Any]) -> TestResponse:
    headers = {"X-CSRFToken": visitor.form_token(), "Accept": "application/json", "Content-Type": "application/json"}
    return visitor.send("POST", f"/jobs/{job.id}/marks", data=json.dumps(body), headers=headers)


def ids(job: Job, *positions: int) -> list[str]:
    images = images_of(job)
    return [str(images[position].id) for position in positions]


def marks(job: Job) -> list[str]:
    return [image.mark for image in images_of(job)]


def counts_are_exact(job: Job) -> bool:
    now = fresh(job)
    query = select(Image.mark, func.count()).where(Image.job_id == job.id).group_by(Image.mark)
    rows = {mark: count for mark, count in db.session.execute(query)}  # noqa: C416 - a row is no pair to the type checker
    return (now.kept_count, now.rejected_count) == (rows.get(Mark.KEEP, 0), rows.get(Mark.REJECT, 0))


def test_a_range_is_marked_in_one_request(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(5)
    complete(job)
    before = fresh(job).revision
    answer = mark(editor, job, {"images": ids(job, 1, 2, 3), "mark": "keep"})
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["kept"], answer.json["rejected"], answer.json["unmarked"]) == (3, 0, 2)
    assert answer.json["revision"] == before + 1
    assert marks(job) == ["none", "keep", "keep", "keep", "none"]
    assert [image.revision == before + 1 for image in images_of(job)] == [False, True, True, True, False]
    assert counts_are_exact(job)


def test_an_undo_puts_each_mark_back(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(3)
    complete(job)
    one, two, three = ids(job, 0, 1, 2)
    mark(editor, job, {"images": [one], "mark": "keep"})
    mark(editor, job, {"images": [one, two, three], "mark": "reject"})
    back = [{"id": one, "mark": "keep"}, {"id": two, "mark": "none"}, {"id": three, "mark": "none"}]
    assert mark(editor, job, {"marks": back}).status_code == 200
    assert marks(job) == ["keep", "none", "none"]
    assert counts_are_exact(job)


def test_the_same_mark_again_counts_once(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    complete(job)
    for _ in range(2):
        answer = mark(editor, job, {"images": ids(job, 0), "mark": "keep"})
    assert answer.json is not None
    assert answer.json["kept"] == 1
    assert counts_are_exact(job)


def test_an_image_without_a_picture_is_left_out_and_named(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    complete(job, [0])
    with_picture, without = ids(job, 0, 1)
    answer = mark(editor, job, {"images": [with_picture, without], "mark": "keep"})
    assert answer.json is not None
    assert answer.json["skipped"] == [without]
    assert marks(job) == ["keep", "none"]


def test_one_unknown_image_changes_nothing_at_all(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    complete(job)
    before = fresh(job).revision
    answer = mark(editor, job, {"images": [*ids(job, 0, 1), str(uuid4())], "mark": "keep"})
    assert answer.status_code == 404
    assert marks(job) == ["none", "none"]
    assert fresh(job).revision == before


def test_an_image_of_another_job_is_unknown(editor: Visitor, make_job: MakeJob) -> None:
    job, other = make_job(1), make_job(1)
    complete(other)
    assert mark(editor, job, {"images": ids(other, 0), "mark": "keep"}).status_code == 404
    assert marks(other) == ["none"]


def test_another_workspace_finds_no_job(stranger: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)
    assert mark(stranger, job, {"images": ids(job, 0), "mark": "keep"}).status_code == 404
    assert marks(job) == ["none"]


def test_a_viewer_may_look_and_not_mark(viewer: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)
    assert mark(viewer, job, {"images": ids(job, 0), "mark": "keep"}).status_code == 403
    assert marks(job) == ["none"]
    page = viewer.get(f"/jobs/{job.id}/")
    assert page.status_code == 200
    assert "data-may-mark" not in page.text
    assert "tile-marks" not in page.text


@pytest.mark.parametrize("body", [{}, {"images": ["x"], "mark": "keep"}, {"images": [], "mark": "keep"}])
def test_what_makes_no_sense_is_refused(editor: Visitor, make_job: MakeJob, body: dict[str, Any]) -> None:
    assert mark(editor, make_job(1), body).status_code == 422


def test_without_the_forms_token_nothing_is_marked(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)
    body = json.dumps({"images": ids(job, 0), "mark": "keep"})
    answer = editor.send("POST", f"/jobs/{job.id}/marks", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert marks(job) == ["none"]


def test_without_scripts_the_buttons_of_a_tile_lead_back_to_it(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)
    image_id = UUID(ids(job, 0)[0])
    answer = editor.post(f"/jobs/{job.id}/marks?images={image_id}", {"mark": "keep"})
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/jobs/{job.id}/#image-{image_id}")
    assert marks(job) == ["keep"]


def test_thousands_are_marked_at_once(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2500)
    complete(job, range(0))
    everything = [str(image.id) for image in images_of(job)]
    answer = mark(editor, job, {"images": everything, "mark": "keep"})
    assert answer.status_code == 200
    assert answer.json is not None
    assert len(answer.json["skipped"]) == 2500
