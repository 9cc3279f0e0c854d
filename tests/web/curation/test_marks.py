"""Marks, stars and the trash: one request, one transaction, exact counts, and a way back."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from app.audit.models import AuditEvent
from app.core.clock import utc_now
from app.core.database import db, transaction
from app.curation.models import MarkAnswer
from app.generation.models import Image, Job
from app.generation.states import Mark
from app.publishing.models import Page
from app.publishing.publish import publish_kept
from app.publishing.purge import purge_image_now
from tests.services.application import MakeJob, Team
from tests.services.statements import statements
from tests.web.curation.filling import complete, fail, fresh, images_of, number_all
from tests.web.curation.test_sheet import make_page
from tests.web.visitor import Visitor


def send(visitor: Visitor, job: Job, *changes: dict[str, Any]) -> TestResponse:
    return send_json(visitor, job, {"changes": list(changes)})


def send_json(visitor: Visitor, job: Job, body: Any) -> TestResponse:
    headers = {"X-CSRFToken": visitor.form_token(), "Accept": "application/json", "Content-Type": "application/json"}
    return visitor.send("POST", f"/jobs/{job.id}/marks", data=json.dumps(body), headers=headers)


def made(visitor: Visitor, job: Job, *changes: dict[str, Any]) -> dict[str, Any]:
    """Make changes and answer what the server says; its counts are those of the rows."""
    answer = send(visitor, job, *changes)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    assert answer.json["revision"] == fresh(job).revision
    counts = {name: answer.json[name] for name in ("kept", "rejected", "unmarked", "trashed")}
    assert counts == counted(job)
    return dict(answer.json)


def counted(job: Job) -> dict[str, int]:
    """Counts of the rows; the job's own are compared with them."""
    query = select(Image.mark, Image.trashed_at.is_not(None), func.count()).where(
        Image.job_id == job.id, Image.state == "completed"
    )
    rows = {
        (mark, bool(gone)): count
        for mark, gone, count in db.session.execute(query.group_by(Image.mark, Image.trashed_at.is_not(None)))
    }
    kept, rejected = rows.get((Mark.KEEP, False), 0), rows.get((Mark.REJECT, False), 0)
    trashed = sum(count for (_, gone), count in rows.items() if gone)
    now = fresh(job)
    assert (now.kept_count, now.rejected_count, now.trashed_count) == (kept, rejected, trashed)
    return {"kept": kept, "rejected": rejected, "unmarked": rows.get((Mark.NONE, False), 0), "trashed": trashed}


def judged(job: Job) -> list[tuple[str, int, bool]]:
    return [(image.mark, image.rating, image.trashed_at is not None) for image in images_of(job)]


def marks(job: Job) -> list[str]:
    return [image.mark for image in images_of(job)]


def ids(job: Job, *positions: int) -> list[str]:
    images = images_of(job)
    return [str(images[position].id) for position in positions]


def actions(job: Job) -> list[tuple[str, dict[str, Any]]]:
    query = select(AuditEvent).where(AuditEvent.subject_id == job.id).order_by(AuditEvent.id)
    return [(each.action, each.details) for each in db.session.scalars(query) if each.action.startswith("images.")]


def test_a_range_is_marked_in_one_request(editor: Visitor, make_job: MakeJob, team: Team) -> None:
    job = make_job(5)
    complete(job)
    before = fresh(job).revision
    answer = made(editor, job, {"at": "1-3", "mark": "keep"})
    assert (answer["kept"], answer["rejected"], answer["unmarked"]) == (3, 0, 2)
    assert answer["revision"] == before + 1
    assert answer["skipped"] == []
    assert marks(job) == ["none", "keep", "keep", "keep", "none"]
    assert [image.revision == before + 1 for image in images_of(job)] == [False, True, True, True, False]
    assert [image.marked_by for image in images_of(job)[:2]] == [None, team.editor]
    assert images_of(job)[1].marked_at is not None


def test_the_same_mark_again_changes_and_counts_nothing(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    complete(job)
    first = made(editor, job, {"at": "0", "mark": "keep"})
    again = made(editor, job, {"at": "0", "mark": "keep"})
    assert again["kept"] == 1
    assert again["before"] == []
    assert images_of(job)[0].revision == first["revision"]


def test_changes_are_made_in_their_order(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(4)
    complete(job)
    made(
        editor,
        job,
        {"at": "0-3", "mark": "reject"},
        {"at": "2", "mark": "keep"},
        {"at": "1-2", "rating": 5},
        {"at": "2", "rating": 3},
        {"at": "3", "trashed": True},
    )
    assert judged(job) == [("reject", 0, False), ("reject", 5, False), ("keep", 3, False), ("reject", 0, True)]


@pytest.mark.parametrize(
    "changes",
    [
        [{"at": "0-5", "mark": "keep"}],
        [{"at": "5,1,3", "mark": "none"}],
        [{"at": "0-5", "rating": 1}, {"at": "2-3", "rating": 5}],
        [{"at": "0-5", "trashed": True}],
        [{"at": "0-5", "trashed": False}],
        [{"at": "0-2", "mark": "reject"}, {"at": "1-4", "trashed": True}],
        [{"at": "4-5", "trashed": False}, {"at": "4-5", "mark": "keep"}, {"at": "4-5", "trashed": True}],
        [{"at": "0", "mark": "none"}, {"at": "0", "mark": "reject"}, {"at": "0", "mark": "keep"}],
    ],
)
def test_what_the_answer_calls_before_takes_it_back_exactly(
    editor: Visitor, make_job: MakeJob, changes: list[dict[str, Any]]
) -> None:
    job = make_job(6)
    complete(job)
    made(editor, job, {"at": "0-1", "mark": "keep"}, {"at": "2", "mark": "reject"}, {"at": "1-3", "rating": 2})
    made(editor, job, {"at": "4", "mark": "reject"}, {"at": "4-5", "trashed": True})
    start = judged(job)
    there = made(editor, job, *changes)
    after = judged(job)
    back = made(editor, job, *there["before"]) if there["before"] else None
    assert judged(job) == start
    if back:
        made(editor, job, *back["before"])
        assert judged(job) == after


def test_before_says_only_what_has_really_changed(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(5)
    complete(job)
    made(editor, job, {"at": "0", "mark": "keep"}, {"at": "1", "mark": "reject"})
    answer = made(editor, job, {"at": "0-4", "mark": "keep"})
    assert sorted(answer["before"], key=str) == [{"at": "1", "mark": "reject"}, {"at": "2-4", "mark": "none"}]


def test_an_image_without_a_picture_is_left_out_and_named(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(4)
    complete(job, [0])
    fail(job, [1])
    for change in ({"mark": "keep"}, {"rating": 3}, {"trashed": True}):
        assert made(editor, job, {"at": "0-3", **change})["skipped"] == [{"change": 0, "at": "1-3"}]
        made(editor, job, {"at": "0-3", "trashed": False})
    assert judged(job)[1:] == [("none", 0, False)] * 3


def test_what_is_in_the_trash_counts_there_alone_and_comes_back_as_it_was(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(4)
    complete(job)
    made(editor, job, {"at": "0", "mark": "keep"}, {"at": "1", "mark": "reject"}, {"at": "0", "rating": 4})
    gone = made(editor, job, {"at": "0-2", "trashed": True})
    assert (gone["kept"], gone["rejected"], gone["unmarked"], gone["trashed"]) == (0, 0, 1, 3)
    assert gone["publishable"] == 0
    back = made(editor, job, {"at": "0-1", "trashed": False})
    assert (back["kept"], back["rejected"], back["unmarked"], back["trashed"]) == (1, 1, 1, 1)
    assert judged(job) == [("keep", 4, False), ("reject", 0, False), ("none", 0, True), ("none", 0, False)]


def test_marks_and_stars_are_for_what_is_not_in_the_trash(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    complete(job)
    made(editor, job, {"at": "0", "trashed": True})
    answer = made(editor, job, {"at": "0-1", "mark": "keep"}, {"at": "0", "rating": 5})
    assert answer["skipped"] == [{"change": 0, "at": "0"}, {"change": 1, "at": "0"}]
    assert judged(job) == [("none", 0, True), ("keep", 0, False)]


def test_what_has_a_page_is_not_thrown_away(editor: Visitor, make_job: MakeJob, team: Team) -> None:
    job = make_job(3)
    complete(job)
    make_page(images_of(job)[0], team, state="published", slug="a-fox")
    make_page(images_of(job)[1], team, state="processing", slug=None)
    make_page(images_of(job)[2], team, state="trashed", slug="gone")
    answer = made(editor, job, {"at": "0-2", "trashed": True})
    assert answer["skipped"] == [{"change": 0, "at": "0-1"}]
    assert [gone for _, _, gone in judged(job)] == [False, False, True]


def test_what_is_in_the_trash_becomes_no_page(editor: Visitor, make_job: MakeJob, team: Team) -> None:
    job = make_job(3)
    complete(job)
    made(editor, job, {"at": "0-2", "mark": "keep"}, {"at": "1", "trashed": True})
    assert made(editor, job, {"at": "0", "rating": 1})["publishable"] == 2
    result = publish_kept(job.id, workspace_id=team.workspace_id, actor=team.actor, user_id=team.editor)
    assert result.created == 2
    published = set(db.session.scalars(select(Page.image_id).where(Page.job_id == job.id)))
    assert published == {UUID(each) for each in ids(job, 0, 2)}


def test_throwing_away_and_taking_back_is_written_down(editor: Visitor, make_job: MakeJob, team: Team) -> None:
    job = make_job(4)
    complete(job)
    made(editor, job, {"at": "0-2", "trashed": True})
    assert images_of(job)[0].trashed_by == team.editor
    made(editor, job, {"at": "0-2", "trashed": True})
    made(editor, job, {"at": "1,3", "trashed": False})
    assert images_of(job)[1].trashed_by is None
    assert actions(job) == [
        ("images.trashed", {"images": 3, "positions": "0-2"}),
        ("images.restored", {"images": 1, "positions": "1"}),
    ]


def test_who_marked_last_is_shown_to_the_others(
    editor: Visitor, owner: Visitor, viewer: Visitor, make_job: MakeJob
) -> None:
    job = make_job(2)
    complete(job)
    made(editor, job, {"at": "0", "mark": "keep"})
    made(owner, job, {"at": "0", "mark": "reject"}, {"at": "1", "rating": 3})
    for other in (editor, viewer):
        page = other.get(f"/jobs/{job.id}/").text
        assert page.count('data-marked-by="Owner"') == 2
        assert 'title="Marked by Owner"' in page
        assert 'data-rating="3"' in page
        assert ", ready, 3 stars" in page
    assert "data-marked-by" not in owner.get(f"/jobs/{job.id}/").text
    made(owner, job, {"at": "0", "mark": "none"})
    assert editor.get(f"/jobs/{job.id}/").text.count("data-marked-by") == 1


def test_a_page_that_outlived_its_persons_session_marks_nothing_in_another_ones_name(
    editor: Visitor, make_job: MakeJob, team: Team
) -> None:
    job = make_job(1)
    complete(job)
    changes = [{"at": "0", "mark": "keep"}]
    answer = send_json(editor, job, {"person": str(team.owner), "changes": changes})
    assert answer.status_code == 409
    assert "Somebody else is signed in" in answer.text
    assert marks(job) == ["none"]
    assert send_json(editor, job, {"person": str(team.editor), "changes": changes}).status_code == 200


def test_two_people_mark_and_who_came_last_has_the_word(editor: Visitor, owner: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)
    made(editor, job, {"at": "0", "mark": "keep"})
    made(owner, job, {"at": "0", "mark": "reject"})
    answer = made(editor, job, {"at": "0", "mark": "keep"})
    assert answer["before"] == [{"at": "0", "mark": "reject"}]
    assert marks(job) == ["keep"]


def test_one_image_that_is_not_there_changes_nothing_at_all(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    complete(job)
    before = fresh(job).revision
    assert send(editor, job, {"at": "0-1", "mark": "keep"}, {"at": "2", "mark": "keep"}).status_code == 404
    assert (
        editor.post(f"/jobs/{job.id}/marks", {"images": [*ids(job, 0), str(uuid4())], "mark": "keep"}).status_code
        == 404
    )
    assert marks(job) == ["none", "none"]
    assert fresh(job).revision == before


def test_what_is_gone_for_good_is_skipped_when_a_batch_is_taken_back(
    editor: Visitor, team: Team, make_job: MakeJob
) -> None:
    job = make_job(3)
    complete(job)
    done = made(editor, job, {"at": "0-2", "mark": "keep"})
    made(editor, job, {"at": "1-2", "trashed": True})
    made(editor, job, {"at": "1", "trashed": False})
    purge_image_now(images_of(job)[2].id, workspace_id=team.workspace_id, actor=team.actor)

    back = made(editor, job, *done["before"])

    assert back["skipped"] == [{"change": 0, "at": "2"}]
    assert marks(job) == ["none", "none"]


def test_an_image_of_another_job_is_not_there(editor: Visitor, make_job: MakeJob) -> None:
    job, other = make_job(1), make_job(1)
    complete(other)
    assert editor.post(f"/jobs/{job.id}/marks", {"images": ids(other, 0), "mark": "keep"}).status_code == 404
    assert marks(other) == ["none"]


def test_another_workspace_finds_no_job(stranger: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)
    assert send(stranger, job, {"at": "0", "mark": "keep"}).status_code == 404
    assert stranger.post(f"/jobs/{job.id}/marks", {"images": ids(job, 0), "mark": "keep"}).status_code == 404
    assert marks(job) == ["none"]


def test_a_viewer_may_look_and_not_mark(viewer: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)
    assert send(viewer, job, {"at": "0", "mark": "keep"}).status_code == 403
    assert marks(job) == ["none"]
    page = viewer.get(f"/jobs/{job.id}/")
    assert page.status_code == 200
    assert "data-may-mark" not in page.text
    assert "tile-marks" not in page.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ([], 422),
        ("keep", 422),
        ({"changes": []}, 422),
        ({"changes": "keep"}, 422),
        ({"changes": ["keep"]}, 422),
        ({"changes": [{"mark": "keep"}]}, 422),
        ({"changes": [{"at": 3, "mark": "keep"}]}, 422),
        ({"changes": [{"at": "", "mark": "keep"}]}, 422),
        ({"changes": [{"at": "0"}]}, 422),
        ({"changes": [{"at": "0", "mark": "love"}]}, 422),
        ({"changes": [{"at": "0", "mark": ["keep"]}]}, 422),
        ({"changes": [{"at": "0", "mark": "keep", "rating": 1}]}, 422),
        ({"changes": [{"at": "0", "rating": 6}]}, 422),
        ({"changes": [{"at": "0", "rating": -1}]}, 422),
        ({"changes": [{"at": "0", "rating": 2.5}]}, 422),
        ({"changes": [{"at": "0", "rating": True}]}, 422),
        ({"changes": [{"at": "0", "trashed": 1}]}, 422),
        ({"changes": [{"at": "0", "trashed": "yes"}]}, 422),
        ({"changes": [{"at": "0"}] * 10_001}, 422),
        ({"changes": [{"at": "x", "mark": "keep"}]}, 400),
        ({"changes": [{"at": "0-9999999", "mark": "keep"}]}, 400),
        ({"changes": [{"at": "0;DROP TABLE images", "mark": "keep"}]}, 400),
        (None, 400),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_helps(
    editor: Visitor, make_job: MakeJob, body: Any, status: int
) -> None:
    job = make_job(1)
    complete(job)
    answer = send_json(editor, job, body)
    assert answer.status_code == status
    assert answer.json is not None
    assert answer.json["problems"]
    assert judged(job) == [("none", 0, False)]


def test_without_the_forms_token_nothing_is_marked(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)
    body = json.dumps({"changes": [{"at": "0", "mark": "keep"}]})
    answer = editor.send("POST", f"/jobs/{job.id}/marks", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert marks(job) == ["none"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"mark": "keep"}, ("keep", 0, False)),
        ({"rating": "4"}, ("none", 4, False)),
        ({"trashed": "1"}, ("none", 0, True)),
    ],
)
def test_without_scripts_the_buttons_of_a_tile_lead_back_to_it(
    editor: Visitor, make_job: MakeJob, form: dict[str, str], expected: tuple[str, int, bool]
) -> None:
    job = make_job(1)
    complete(job)
    image_id = UUID(ids(job, 0)[0])
    back = {"back": "show=unmarked&from=60&q=a+fox&evil=%2F%2Fexample.com"}
    answer = editor.post(f"/jobs/{job.id}/marks?images={image_id}", form | back)
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/jobs/{job.id}/?show=unmarked&q=a+fox&from=60#image-{image_id}")
    assert judged(job) == [expected]


def test_without_scripts_all_that_match_are_meant_as_long_as_they_are_as_many_as_shown(
    editor: Visitor, viewer: Visitor, make_job: MakeJob
) -> None:
    job = make_job(("a fox", "a whale", "a red fox"), 2)
    complete(job)
    page = editor.get(f"/jobs/{job.id}/?q=fox").text
    assert f'action="/jobs/{job.id}/marks?q=fox"' in page
    assert '<input type="hidden" name="matching" value="4">' in page
    assert "All 4 matching:" in page
    assert "All 4 matching:" not in viewer.get(f"/jobs/{job.id}/?q=fox").text
    answer = editor.post(f"/jobs/{job.id}/marks?q=fox", {"matching": "3", "mark": "keep"})
    assert answer.status_code == 409
    assert "4 do now" in answer.text
    assert marks(job) == ["none"] * 6
    answer = editor.post(f"/jobs/{job.id}/marks?q=fox", {"matching": "4", "mark": "keep", "back": "q=fox"})
    assert answer.headers["Location"].endswith(f"/jobs/{job.id}/?q=fox#sheet")
    assert marks(job) == ["keep", "keep", "none", "none", "keep", "keep"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"mark": "keep"}, ("keep", 4, False)),
        ({"mark": "reject"}, ("reject", 4, False)),
        ({"trashed": "1"}, ("none", 4, True)),
    ],
)
def test_without_scripts_the_button_decides_and_not_the_filter(
    editor: Visitor, make_job: MakeJob, form: dict[str, str], expected: tuple[str, int, bool]
) -> None:
    job = make_job(2)
    complete(job)
    made(editor, job, {"at": "0", "rating": 4})
    answer = editor.post(f"/jobs/{job.id}/marks?mark=none&rating=4", {"matching": "1"} | form)
    assert answer.status_code == 303
    assert judged(job) == [expected, ("none", 0, False)]


@pytest.mark.parametrize("form", [{"mark": "love"}, {"rating": "6"}, {"rating": "x"}, {"trashed": "maybe"}, {}])
def test_a_form_that_makes_no_sense_is_refused(editor: Visitor, make_job: MakeJob, form: dict[str, str]) -> None:
    job = make_job(1)
    complete(job)
    assert editor.post(f"/jobs/{job.id}/marks", {"at": "0"} | form).status_code == 422
    assert editor.post(f"/jobs/{job.id}/marks", {"images": "x", "mark": "keep"}).status_code == 422
    assert editor.post(f"/jobs/{job.id}/marks", {"mark": "keep"}).status_code == 422
    assert judged(job) == [("none", 0, False)]


def test_what_was_thrown_away_can_be_taken_back_in_the_trash(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    complete(job)
    made(editor, job, {"at": "0", "trashed": True})
    page = editor.get(f"/jobs/{job.id}/?show=trash").text
    assert page.count('role="gridcell"') == 1
    assert "data-trashed" in page
    assert 'name="trashed" value="0"' in page
    assert "in the trash" in page
    assert editor.get(f"/jobs/{job.id}/").text.count('role="gridcell"') == 1


def test_a_request_that_comes_again_gets_the_answer_it_got_and_changes_nothing(
    editor: Visitor, make_job: MakeJob
) -> None:
    job = make_job(4)
    complete(job)
    made(editor, job, {"at": "1", "mark": "keep"}, {"at": "2", "trashed": True})
    body = {"request": str(uuid4()), "changes": [{"at": "0-3", "mark": "reject"}]}
    first = send_json(editor, job, body).json
    made(editor, job, {"at": "0", "mark": "keep"})

    again = send_json(editor, job, body).json
    assert first
    assert again == first | {"publishable": again["publishable"]}
    assert first["skipped"] == [{"change": 0, "at": "2"}]
    assert marks(job) == ["keep", "reject", "none", "reject"]
    made(editor, job, *first["before"])
    assert marks(job) == ["none", "keep", "none", "none"]


def test_answers_are_kept_for_a_day(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)
    old, new = uuid4(), uuid4()
    send_json(editor, job, {"request": str(old), "changes": [{"at": "0", "mark": "keep"}]})
    with transaction() as session:
        session.execute(update(MarkAnswer).values(created_at=utc_now() - timedelta(hours=25)))
    send_json(editor, job, {"request": str(new), "changes": [{"at": "0", "mark": "reject"}]})

    assert db.session.scalars(select(MarkAnswer.id)).all() == [new]


def test_nobody_gets_the_answer_to_anothers_request(editor: Visitor, owner: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)
    body = {"request": str(uuid4()), "changes": [{"at": "0", "mark": "keep"}]}
    send_json(editor, job, body)

    assert send_json(owner, job, body).status_code == 409
    assert send_json(editor, job, body | {"request": "mine"}).status_code == 400


def test_thousands_are_changed_with_a_few_statements(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2500, 4)
    number_all(job)
    made(editor, job, {"at": "0-999", "mark": "reject"})
    with statements() as seen:
        assert send(editor, job, {"at": "0-999", "mark": "keep"}).status_code == 200
    assert len(seen) <= 10, seen
    everything = made(editor, job, {"at": "0-9999", "mark": "keep"}, {"at": "5000-9999", "trashed": True})
    assert (everything["kept"], everything["trashed"]) == (5000, 5000)
    made(editor, job, *everything["before"])
    assert counted(job) == {"kept": 1000, "rejected": 0, "unmarked": 9000, "trashed": 0}
