"""A deleted job is gone for everybody, comes back complete for 72 hours, and leaves a receipt."""

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.core.database import db, new_id, transaction
from app.core.errors import Conflict, NotThere
from app.core.fail_points import FailPoint
from app.generation.models import Asset, Image, Job
from app.generation.states import Mark
from app.publishing.create_page import create_page
from app.publishing.delete_job import delete_job, restore_job
from app.publishing.edit_page import After, Text, edit_page
from app.publishing.models import Page
from app.publishing.name_pictures import name_pictures
from app.publishing.purge import purge_job_now, purge_jobs, purge_pages
from app.publishing.removals import remove_objects
from app.publishing.trash_models import JobReceipt, Removal
from app.publishing.trash_page import restore_page, trash_page
from tests.integration.trash.conftest import dying
from tests.integration.trash.stock import ago, count, fresh, is_consistent, keys, objects_of
from tests.services.application import MakeJob, Team
from tests.services.completed import Publish, complete, page_ids, pages_of
from tests.web.visitor import Visitor


@pytest.fixture
def job(make_job: MakeJob, publish: Publish, team: Team) -> Job:
    """Five pictures: a published page, a draft, a page in the trash, and two without a page."""
    made = make_job(5)
    images = complete(made)
    with transaction() as session:
        session.execute(update(Image).where(Image.id.in_([i.id for i in images[3:]])).values(mark=Mark.NONE))
        session.execute(update(Job).where(Job.id == made.id).values(kept_count=3))
    publish(made)
    for page_id in page_ids(made.id):
        create_page(page_id)
        name_pictures(page_id)
    _, draft, thrown = pages_of(made.id)
    edit_page(draft.id, Text("T", "", []), After.DRAFT, workspace_id=team.workspace_id, actor=team.actor)
    trash_page(thrown.id, workspace_id=team.workspace_id, actor=team.actor)
    for page in (draft, thrown):
        name_pictures(page.id)
    remove_objects()
    return made


def delete(job: Job, team: Team, **time: float) -> JobReceipt:
    """Delete the job, so long ago."""
    receipt = delete_job(job.id, workspace_id=team.workspace_id, actor=team.actor)
    if time:
        with transaction() as session:
            session.execute(update(Job).where(Job.id == job.id).values(deleted_at=ago(**time)))
    return receipt


def states(job: Job) -> list[str]:
    return [page.state for page in pages_of(job.id)]


def test_a_deleted_job_does_not_exist_any_more(app: Flask, job: Job, team: Team) -> None:
    member = Visitor(app).be(team.owner)
    image_id = db.session.scalars(select(Image.id).where(Image.job_id == job.id)).first()
    delete(job, team)

    for address in (
        f"/jobs/{job.id}/",
        f"/jobs/{job.id}/changes",
        f"/jobs/{job.id}/publish",
        f"/jobs/{job.id}/delete",
        f"/images/{image_id}/",
    ):
        assert member.get(address).status_code == 404, address
    assert member.post(f"/jobs/{job.id}/marks", {"images": [str(image_id)], "mark": "reject"}).status_code == 404
    assert str(job.id) not in member.get("/jobs/").text
    assert str(job.id) in member.get("/trash/?what=jobs").text
    with pytest.raises(NotThere):
        delete_job(job.id, workspace_id=team.workspace_id, actor=team.actor)


def test_a_job_that_runs_must_be_cancelled_first(make_job: MakeJob, team: Team) -> None:
    running = make_job(2)

    with pytest.raises(Conflict, match="Cancel it first"):
        delete(running, team)

    assert count(JobReceipt) == 0


def test_it_comes_back_complete_within_72_hours(app: Flask, job: Job, team: Team) -> None:
    before, objects = states(job), keys()
    rows = (count(Image), count(Asset), count(Page))
    delete(job, team, hours=71)
    assert states(job) == ["published", "trashed", "trashed"]
    assert purge_jobs() == 0

    restore_job(job.id, workspace_id=team.workspace_id, actor=team.actor)

    assert states(job) == before == ["published", "draft", "trashed"]
    assert (count(Image), count(Asset), count(Page)) == rows
    assert keys() == objects
    assert Visitor(app).be(team.viewer).get(f"/jobs/{job.id}/").status_code == 200
    with pytest.raises(NotThere):
        restore_job(job.id, workspace_id=team.workspace_id, actor=team.actor)


def test_after_that_all_is_gone_but_what_is_published(app: Flask, job: Job, team: Team) -> None:
    published, _draft, thrown = pages_of(job.id)
    delete(job, team, hours=73)

    assert purge_jobs() == 3
    remove_objects()

    assert states(job) == ["published", "trashed"]
    assert objects_of(published.asset_id) | objects_of(thrown.asset_id) | keys("public/") == keys()
    assert Visitor(app).get(f"/prompt/{published.slug}/").status_code == 200
    assert is_consistent()
    with pytest.raises(NotThere):
        restore_job(job.id, workspace_id=team.workspace_id, actor=team.actor)
    with transaction() as session:
        session.execute(update(Page).where(Page.id == thrown.id).values(trashed_at=ago(days=6)))
    purge_pages()
    assert purge_jobs() == 1
    remove_objects()
    assert objects_of(published.asset_id) | keys("public/") == keys()
    assert is_consistent()


@pytest.mark.parametrize(
    ("point", "at"), [(FailPoint.PURGE_UNCOMMITTED, 1), (FailPoint.PURGE_UNCOMMITTED, 2), (FailPoint.OBJECT_REMOVED, 4)]
)
def test_whatever_dies_meanwhile_nothing_is_half_there(job: Job, team: Team, point: FailPoint, at: int) -> None:
    published = pages_of(job.id)[0]
    delete(job, team, hours=73)

    with dying(point, at=at):
        purge_jobs()
        remove_objects()
    assert is_consistent()
    with pytest.raises(NotThere):
        restore_job(job.id, workspace_id=team.workspace_id, actor=team.actor)

    purge_jobs()
    remove_objects()
    assert count(Removal) == 0
    assert count(Image) == 2
    assert objects_of(published.asset_id) <= keys()
    assert is_consistent()


def test_a_job_without_pages_goes_with_its_row(make_job: MakeJob, team: Team) -> None:
    made = make_job(2)
    complete(made)
    delete(made, team)

    assert purge_job_now(made.id, workspace_id=team.workspace_id, actor=team.actor) == 2
    remove_objects()

    assert (count(Job), count(Image), count(Asset)) == (0, 0, 0)
    assert keys() == set()
    assert count(JobReceipt) == 1


def test_a_job_that_another_purge_takes_meanwhile_does_not_end_the_night(
    make_job: MakeJob, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make_job(1), make_job(2)
    for each in (first, second):
        complete(each)
        delete(each, team, hours=73)
    monkeypatch.setattr("app.publishing.purge._ids", lambda query: [new_id(), *db.session.scalars(query)])

    assert purge_jobs() == 3
    assert count(Job) == 0


def test_the_receipt_says_who_when_what_and_how_much_and_cannot_be_changed(job: Job, team: Team) -> None:
    receipt_id = delete(job, team).id

    receipt: JobReceipt = fresh(JobReceipt, receipt_id)
    assert receipt.created_by == receipt.deleted_by == "Owner (owner@studio.example)"
    assert [each["prompt"] for each in receipt.prompts] == [f"a lighthouse, number {n}" for n in range(1, 6)]
    assert receipt.counts["completed"] == receipt.counts["images"] == 5
    assert (receipt.counts["kept"], receipt.counts["published"]) == (3, 1)
    assert receipt.actual_cost == job.actual_cost
    for statement in ("UPDATE job_receipts SET title = 'x'", "DELETE FROM job_receipts"):
        with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
            session.execute(text(statement))


def test_a_page_that_went_with_its_job_comes_back_only_with_it(job: Job, team: Team) -> None:
    draft = pages_of(job.id)[1]
    delete(job, team)

    with pytest.raises(Conflict, match="Restore the job"):
        restore_page(draft.id, workspace_id=team.workspace_id, actor=team.actor)
    with transaction() as session:
        session.execute(update(Page).where(Page.id == draft.id).values(trashed_at=ago(days=40)))
    assert purge_pages() == 0
