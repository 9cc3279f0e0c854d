"""The trash as people see it: what is in it, for how long still, who may take out what, and who may end it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.database import db, db_now, transaction
from app.generation.models import Image, Job
from app.generation.states import Mark
from app.publishing.delete_job import delete_job
from app.publishing.image_trash import discard_unkept
from app.publishing.models import Page
from app.publishing.trash_page import trash_page
from tests.services.application import MakeJob, Team
from tests.services.completed import PublishPages, complete
from tests.web.visitor import Visitor


@pytest.fixture
def job(make_job: MakeJob) -> Job:
    """Three pictures, none of them kept."""
    made = make_job(3, title="Lighthouses <b>bold</b>")
    complete(made, mark=Mark.NONE)
    return made


def state(page: Page) -> str:
    db.session.rollback()
    return db.session.get_one(Page, page.id, populate_existing=True).state


def trashed(job: Job) -> list[str]:
    db.session.rollback()
    query = select(Image.id).where(Image.job_id == job.id, Image.trashed_at.is_not(None)).order_by(Image.position)
    return [str(each) for each in db.session.scalars(query)]


def test_discarding_is_off_until_it_is_ticked(editor: Visitor, job: Job) -> None:
    panel = editor.get(f"/jobs/{job.id}/publish").text
    assert "Put the 3 other pictures into the trash" in panel
    assert 'name="discard" value="1" checked' not in panel

    editor.post(f"/jobs/{job.id}/publish", {})
    assert trashed(job) == []

    answer = editor.post(f"/jobs/{job.id}/publish", {"discard": "1"}, htmx=True)
    assert "3 pictures put into the trash." in answer.text
    assert len(trashed(job)) == 3


def test_pictures_are_shown_with_the_days_left_and_come_back_ticked(editor: Visitor, team: Team, job: Job) -> None:
    discard_unkept(job.id, workspace_id=team.workspace_id, actor=team.actor)
    with transaction() as session:
        first = trashed(job)[0]
        session.execute(update(Image).values(trashed_at=db_now() - timedelta(days=1, hours=1)))
    page = editor.get("/trash/").text
    assert "Pictures 3" in page
    assert page.count("4 days left") == 3
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "Delete now" not in page

    answer = editor.post("/trash/images/restore", {"images": [first]})

    assert (answer.status_code, answer.location) == (303, "/trash/?what=images")
    assert first not in trashed(job)
    assert len(trashed(job)) == 2
    assert editor.post("/trash/images/restore", {}).status_code == 422


def test_a_page_goes_into_the_trash_and_comes_back(
    editor: Visitor, viewer: Visitor, publish_pages: PublishPages
) -> None:
    page = publish_pages(1)[0]
    assert f"/pages/{page.id}/trash" in editor.get(f"/pages/{page.id}/edit").text

    assert editor.post(f"/pages/{page.id}/trash").status_code == 303
    assert state(page) == "trashed"
    assert editor.get(f"/prompt/{page.slug}/").status_code == 404
    shown = viewer.get("/trash/").text
    assert page.title in shown
    assert "5 days left" in shown
    assert "Restore</span>" not in shown

    editor.post(f"/trash/pages/{page.id}/restore")
    assert state(page) == "published"
    assert editor.get(f"/prompt/{page.slug}/").status_code == 200
    assert editor.post(f"/trash/pages/{page.id}/restore").status_code == 409


def test_only_owners_end_things_and_are_asked_first(
    owner: Visitor, editor: Visitor, team: Team, publish_pages: PublishPages
) -> None:
    page = publish_pages(1)[0]
    page_id = page.id
    trash_page(page_id, workspace_id=team.workspace_id, actor=team.actor)
    address = f"/trash/pages/{page_id}/delete"
    assert editor.get(address).status_code == editor.post(address).status_code == 403

    question = owner.get(address)
    assert "Delete this page for good?" in question.text
    assert state(page) == "trashed"
    assert owner.post(address).status_code == 303

    db.session.rollback()
    db.session.expunge_all()
    assert db.session.get(Page, page_id) is None
    assert owner.get(address).status_code == 404


def test_a_job_is_deleted_restored_and_leaves_its_receipt(owner: Visitor, editor: Visitor, job: Job) -> None:
    assert f"/jobs/{job.id}/delete" in owner.get(f"/jobs/{job.id}/").text
    assert f"/jobs/{job.id}/delete" not in editor.get(f"/jobs/{job.id}/").text
    assert "can be restored from the trash for 72 hours" in owner.get(f"/jobs/{job.id}/delete").text

    assert owner.post(f"/jobs/{job.id}/delete").location == "/jobs/"
    assert owner.get(f"/jobs/{job.id}/").status_code == 404
    assert "3 days left" in editor.get("/trash/").text
    receipts = owner.get("/trash/receipts").text
    assert "a lighthouse, number 1" in receipts
    assert "Owner (owner@studio.example)" in receipts
    assert editor.get("/trash/receipts").status_code == 403

    assert owner.post(f"/trash/jobs/{job.id}/restore").status_code == 303
    assert owner.get(f"/jobs/{job.id}/").status_code == 200


def test_a_job_that_runs_is_not_deleted(owner: Visitor, make_job: MakeJob) -> None:
    running = make_job(1)

    assert "Cancel it first" in owner.get(f"/jobs/{running.id}/delete").text
    assert owner.post(f"/jobs/{running.id}/delete").status_code == 409
    assert f"/jobs/{running.id}/delete" not in owner.get(f"/jobs/{running.id}/").text


def test_what_goes_tonight_says_so(app: Flask, owner: Visitor, team: Team, job: Job) -> None:
    delete_job(job.id, workspace_id=team.workspace_id, actor=team.actor)
    with transaction() as session:
        session.execute(update(Job).values(deleted_at=db_now() - timedelta(hours=80)))

    assert "goes tonight" in owner.get("/trash/").text
