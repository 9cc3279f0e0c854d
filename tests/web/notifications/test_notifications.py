"""The bell and the list behind it."""

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import db, new_id, transaction
from app.notifications.models import Notification
from app.notifications.notify import notify
from app.publishing.delete_job import delete_job
from tests.services.application import MakeJob, Team
from tests.services.completed import complete
from tests.web.visitor import Visitor


def tell(team: Team, *texts: str, job_id: UUID | None = None) -> None:
    for text in texts:
        with transaction():
            notify(team.workspace_id, "job.completed", f"job.completed:{new_id()}", text, job_id or new_id())


def bell(visitor: Visitor) -> str | None:
    found = re.search(r'class="bell"[^>]*aria-label="([^"]*)"', visitor.get("/jobs/").text)
    return found and found[1]


def unread() -> list[str]:
    db.session.rollback()
    rows = db.session.scalars(select(Notification).where(Notification.read_at.is_(None)).order_by(Notification.text))
    return [row.text for row in rows]


def id_of(text: str) -> str:
    db.session.rollback()
    return str(db.session.scalars(select(Notification.id).where(Notification.text == text)).one())


def test_the_bell_counts_what_nobody_has_read(editor: Visitor, stranger: Visitor, team: Team) -> None:
    assert bell(editor) == "Notifications"
    tell(team, "one", "two")
    assert bell(editor) == "Notifications, 2 unread"
    assert bell(stranger) == "Notifications"


def test_a_fragment_is_not_burdened_with_the_count(editor: Visitor, team: Team) -> None:
    tell(team, "one")
    assert "bell" not in editor.get("/jobs/active", htmx=True).text


def test_the_list_shows_the_newest_first_and_leads_to_the_job(viewer: Visitor, team: Team, make_job: MakeJob) -> None:
    tell(team, "older", "newer <b>", job_id=make_job().id)
    page = viewer.get("/notifications/").text
    assert page.index("newer &lt;b&gt;") < page.index("older")
    assert re.search(r'<a href="/jobs/[0-9a-f-]{36}/">older</a>', page)
    assert "data-unread" in page
    assert "/notifications/read" not in page  # a viewer changes nothing for the others


def test_what_is_told_about_a_job_that_was_deleted_leads_nowhere(
    viewer: Visitor, team: Team, make_job: MakeJob
) -> None:
    job = make_job(1)
    complete(job)
    tell(team, "deleted", job_id=job.id)
    tell(team, "gone for good")
    delete_job(job.id, workspace_id=team.workspace_id, actor=team.actor)

    page = viewer.get("/notifications/").text

    assert '<p><span class="visually-hidden">Unread: </span>deleted</p>' in page
    assert not re.search(r'<a href="/jobs/[0-9a-f-]{36}/">', page)


def test_one_can_be_marked_as_read(editor: Visitor, team: Team) -> None:
    tell(team, "one", "two")
    answer = editor.post("/notifications/read", {"only": id_of("one")})
    assert (answer.status_code, answer.location) == (303, "/notifications/")
    assert unread() == ["two"]


def test_all_means_all_that_were_shown(editor: Visitor, team: Team) -> None:
    tell(team, "one", "two")
    shown = id_of("two")
    tell(team, "three, which came meanwhile")
    editor.post("/notifications/read", {"up_to": shown})
    assert unread() == ["three, which came meanwhile"]


@pytest.mark.parametrize("field", ["only", "up_to"])
def test_those_of_other_workspaces_stay_unread(stranger: Visitor, team: Team, field: str) -> None:
    tell(team, "one")
    stranger.post("/notifications/read", {field: id_of("one")})
    assert unread() == ["one"]


def test_what_is_no_id_marks_nothing(editor: Visitor, team: Team) -> None:
    tell(team, "one")
    editor.post("/notifications/read", {"up_to": "everything"})
    assert unread() == ["one"]


def test_a_long_list_has_pages(app: Flask, editor: Visitor, team: Team) -> None:
    tell(team, *(f"event {number}" for number in range(51)))
    assert "event 0<" not in editor.get("/notifications/").text
    assert "event 0<" in editor.get("/notifications/?page=2").text


def test_an_empty_list_says_what_comes_here(viewer: Visitor) -> None:
    assert "Nothing has happened yet" in viewer.get("/notifications/").text
