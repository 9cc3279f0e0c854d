"""The trash keeps everything for as long as the plan says, then rows and objects go together, whatever dies meanwhile."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.plans import change_plan
from app.audit.models import AuditEvent
from app.core.database import db, db_now, transaction
from app.core.errors import Conflict, NotThere
from app.core.fail_points import FailPoint
from app.generation.models import Asset, Attempt, Image, Job
from app.generation.states import ImageState, Mark
from app.publishing.create_page import create_page
from app.publishing.delete_job import delete_job
from app.publishing.image_trash import discard_unkept, restore_images
from app.publishing.models import Page, SlugRedirect
from app.publishing.name_pictures import name_pictures
from app.publishing.nightly import run_nightly
from app.publishing.purge import purge_image_now, purge_images, purge_page_now, purge_pages
from app.publishing.removals import remove_objects
from app.publishing.trash_models import Chore, Removal
from app.publishing.trash_page import restore_page, trash_page
from tests.integration.trash.conftest import dying
from tests.integration.trash.stock import ago, change, count, fresh, is_consistent, keys, objects_of
from tests.services.application import MakeJob, Team
from tests.services.completed import Publish, PublishPages, complete, page_ids, pages_of


@pytest.fixture
def job(make_job: MakeJob, publish: Publish) -> Job:
    """Six pictures: two published, one of them rejected since, two rejected, two without a mark."""
    made = make_job(6)
    images = complete(made, mark=Mark.REJECT)
    with transaction() as session:
        session.execute(update(Image).where(Image.id.in_([i.id for i in images[:2]])).values(mark=Mark.KEEP))
        session.execute(update(Image).where(Image.id.in_([i.id for i in images[4:]])).values(mark=Mark.NONE))
        session.execute(update(Job).where(Job.id == made.id).values(kept_count=2, rejected_count=2))
    publish(made)
    for page_id in page_ids(made.id):
        create_page(page_id)
        name_pictures(page_id)
    with transaction() as session:
        session.execute(update(Image).where(Image.id == images[1].id).values(mark=Mark.REJECT))
        session.execute(update(Job).where(Job.id == made.id).values(kept_count=1, rejected_count=3))
    return made


def discard(job: Job, team: Team) -> int:
    return discard_unkept(job.id, workspace_id=team.workspace_id, actor=team.actor)


def images_of(job: Job) -> list[Image]:
    db.session.rollback()
    query = select(Image).where(Image.job_id == job.id).order_by(Image.position)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def trashed(job: Job) -> list[UUID]:
    return [image.id for image in images_of(job) if image.trashed_at]


def counters_equal_rows(job_id: UUID) -> bool:
    job, images = fresh(Job, job_id), images_of(fresh(Job, job_id))
    there = [image for image in images if image.trashed_at is None]
    return (
        job.total_images == len(images)
        and job.completed_count == sum(image.state == ImageState.COMPLETED for image in images)
        and job.trashed_count == len(images) - len(there)
        and job.kept_count == sum(image.mark == Mark.KEEP for image in there)
        and job.rejected_count == sum(image.mark == Mark.REJECT for image in there)
        and job.total_prompts == len({image.prompt_order for image in images})
    )


def age(job: Job, **time: float) -> None:
    """Everything that is in the trash was thrown away so long ago."""
    with transaction() as session:
        moment = ago(**time)
        session.execute(update(Image).where(Image.trashed_at.is_not(None)).values(trashed_at=moment))
        session.execute(update(Page).where(Page.trashed_at.is_not(None)).values(trashed_at=moment))


def test_discarding_takes_what_is_not_kept_and_nothing_that_has_a_page(job: Job, team: Team) -> None:
    before = keys()

    assert discard(job, team) == 4
    assert discard(job, team) == 0

    images = images_of(job)
    assert [image.trashed_at is not None for image in images] == [False, False, True, True, True, True]
    assert counters_equal_rows(job.id)
    assert [page.state for page in pages_of(job.id)] == ["published", "published"]
    assert keys() == before


def test_what_was_discarded_comes_back_as_it_was(job: Job, team: Team) -> None:
    marks = [(image.id, image.mark, image.asset_id) for image in images_of(job)]
    discard(job, team)
    age(job, days=4)
    assert purge_images() == 0

    assert restore_images(trashed(job), workspace_id=team.workspace_id, actor=team.actor) == 4

    assert [(image.id, image.mark, image.asset_id) for image in images_of(job)] == marks
    assert trashed(job) == []
    assert counters_equal_rows(job.id)
    assert is_consistent()


def test_after_the_plans_days_rows_and_objects_are_gone(job: Job, team: Team) -> None:
    discard(job, team)
    gone = set().union(*(objects_of(image.asset_id) for image in images_of(job) if image.trashed_at))  # type: ignore[arg-type]
    age(job, days=5, minutes=1)

    assert purge_images() == 4
    remove_objects()

    assert len(images_of(job)) == count(Asset) == 2
    assert not gone & keys()
    assert counters_equal_rows(job.id)
    assert fresh(Job, job.id).purged_count == 4
    assert is_consistent()
    with pytest.raises(Conflict):
        restore_images([image.id for image in images_of(job)], workspace_id=team.workspace_id, actor=team.actor)


def test_a_premium_workspace_has_thirty_days(job: Job, team: Team) -> None:
    change_plan(team.workspace_id, "premium", team.actor)
    discard(job, team)
    age(job, days=29)
    assert purge_images() == 0
    age(job, days=30, minutes=1)
    assert purge_images() == 4


CRASHES = [(FailPoint.PURGE_UNCOMMITTED, 1), (FailPoint.OBJECT_REMOVED, 1), (FailPoint.OBJECT_REMOVED, 7)]


@pytest.mark.parametrize(("point", "at"), CRASHES)
def test_whatever_dies_while_pictures_are_purged_nothing_is_half_there(
    job: Job, team: Team, point: FailPoint, at: int
) -> None:
    discard(job, team)
    age(job, days=6)

    with dying(point, at=at):
        purge_images()
        remove_objects()
    assert is_consistent()

    purge_images()
    remove_objects()
    assert len(images_of(job)) == count(Asset) == 2
    assert count(Removal) == 0
    assert len(keys("originals/")) == 2
    assert is_consistent()


@pytest.mark.parametrize(("point", "at"), CRASHES[:2])
def test_whatever_dies_while_pages_are_purged_nothing_is_half_there(
    app: Flask, job: Job, team: Team, point: FailPoint, at: int
) -> None:
    page = pages_of(job.id)[0]
    trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor)
    age(job, days=6)

    with dying(point, at=at):
        purge_pages()
        remove_objects()
    assert is_consistent()

    purge_pages()
    remove_objects()
    assert count(Page) == 1
    assert len(keys("public/")) == 4
    assert fresh(Image, page.image_id).asset_id is not None
    assert is_consistent()


def test_a_page_comes_back_to_where_it_was(team: Team, publish_pages: PublishPages) -> None:
    for visibility, state in (("public", "published"), ("private", "draft")):
        page = publish_pages(1, visibility=visibility)[0]
        before = (page.title, page.description, page.slug, page.published_at)
        trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor)
        assert purge_pages() == 0

        restore_page(page.id, workspace_id=team.workspace_id, actor=team.actor)

        back = pages_of(page.job_id)[0]
        assert back.state == state
        assert (back.title, back.description, back.slug, back.published_at) == before
        with pytest.raises(Conflict):
            restore_page(page.id, workspace_id=team.workspace_id, actor=team.actor)


def test_a_page_that_was_not_written_yet_goes_to_the_writer_when_it_comes_back(
    team: Team, make_job: MakeJob, publish: Publish
) -> None:
    job = make_job(1)
    complete(job)
    publish(job)
    [page_id] = page_ids(job.id)
    trash_page(page_id, workspace_id=team.workspace_id, actor=team.actor)
    create_page(page_id)
    assert fresh(Page, page_id).state == "trashed"

    restore_page(page_id, workspace_id=team.workspace_id, actor=team.actor)
    create_page(page_id)

    assert fresh(Page, page_id).state == "published"


def test_a_page_that_is_purged_takes_its_addresses_along_and_leaves_its_picture(team: Team, job: Job) -> None:
    page = pages_of(job.id)[0]
    with transaction() as session:
        session.add(SlugRedirect(slug="an-old-address", page_id=page.id))
    trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor)

    assert purge_page_now(page.id, workspace_id=team.workspace_id, actor=team.actor)
    remove_objects()

    assert count(SlugRedirect) == 0
    assert objects_of(page.asset_id) <= keys()
    assert is_consistent()


@pytest.mark.parametrize("how", ["now", "by night"])
@pytest.mark.parametrize(
    "verdict",
    [{"refused_at": ago}, {"held_for": "violation"}, {"severity": "high"}, {"severity": "critical"}],
    ids=["refused", "violation", "high", "critical"],
)
def test_a_picture_that_may_not_be_shown_goes_with_the_page_that_says_so(
    team: Team, job: Job, publish: Publish, how: str, verdict: dict[str, object]
) -> None:
    page = pages_of(job.id)[0]
    objects = objects_of(page.asset_id)
    trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor)
    change(Page, page.id, **{name: value() if callable(value) else value for name, value in verdict.items()})

    if how == "now":
        assert purge_page_now(page.id, workspace_id=team.workspace_id, actor=team.actor)
    else:
        age(job, days=6)
        assert purge_pages() == 1
    remove_objects()

    assert page.image_id not in {image.id for image in images_of(job)}
    assert not objects & keys()
    assert publish(job).created == 0
    assert counters_equal_rows(job.id)
    assert is_consistent()


def test_what_staff_have_approved_leaves_its_picture(team: Team, job: Job) -> None:
    page = pages_of(job.id)[0]
    trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor)
    change(Page, page.id, severity="high", violations=["a sword"], approved_at=ago())

    assert purge_page_now(page.id, workspace_id=team.workspace_id, actor=team.actor)

    assert fresh(Image, page.image_id).asset_id == page.asset_id


def test_a_picture_whose_page_is_in_the_trash_waits_for_it(team: Team, job: Job) -> None:
    page = pages_of(job.id)[1]
    trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor)
    assert discard(job, team) == 5
    with transaction() as session:
        session.execute(update(Image).where(Image.trashed_at.is_not(None)).values(trashed_at=ago(days=9)))

    assert purge_images() == 4
    assert purge_pages() == 0
    assert not purge_image_now(page.image_id, workspace_id=team.workspace_id, actor=team.actor)

    restored = restore_page(page.id, workspace_id=team.workspace_id, actor=team.actor)
    assert restored.state == "published"
    assert fresh(Image, page.image_id).trashed_at is None
    assert purge_images() == 0
    assert counters_equal_rows(job.id)


def test_who_restores_in_time_wins_and_who_is_late_is_told(team: Team, job: Job) -> None:
    discard(job, team)
    age(job, days=6)
    first, *others = trashed(job)
    restore_images([first], workspace_id=team.workspace_id, actor=team.actor)

    assert purge_images() == 3

    assert fresh(Image, first).trashed_at is None
    with pytest.raises(NotThere):
        restore_images(others, workspace_id=team.workspace_id, actor=team.actor)
    assert counters_equal_rows(job.id)


def test_the_night_is_done_once_and_goes_on_after_a_death(job: Job, team: Team) -> None:
    discard(job, team)
    age(job, days=6)
    with dying(FailPoint.OBJECT_REMOVED, at=2):
        purge_images()
        remove_objects()
    with transaction() as session:
        session.add(Chore(name="nightly", claimed_until=db_now() + timedelta(minutes=5)))
    assert run_nightly() is None  # somebody is at it
    change_chore(claimed_until=db_now() - timedelta(seconds=1))

    report = run_nightly()

    assert report is not None
    assert (report["orphans"], report["missing"]) == (0, 0)
    assert run_nightly() is None
    assert len(keys("originals/")) == 2
    change_chore(night=db_now() - timedelta(days=2))
    assert run_nightly() is not None


def change_chore(**values: object) -> None:
    with transaction() as session:
        session.execute(update(Chore).values(**values))


def test_a_picture_that_waits_on_a_hosts_disk_is_not_purged(job: Job, team: Team) -> None:
    discard(job, team)
    age(job, days=6)
    spooled = fresh(Image, trashed(job)[0])
    change(Asset, spooled.asset_id, spool_host="elsewhere")

    assert purge_images() == 3
    assert fresh(Image, spooled.id).trashed_at is not None


def test_calls_go_with_their_picture_and_their_cost_stays_known(job: Job, team: Team) -> None:
    from decimal import Decimal

    discard(job, team)
    image_id = trashed(job)[0]
    with transaction() as session:
        session.add(
            Attempt(
                image_id=image_id, number=1, provider="demo", model="demo/painter", prompt_sent="x", outcome="succeeded"
            )
        )
        session.execute(update(Image).where(Image.id == image_id).values(cost=Decimal("0.25")))
        session.execute(update(Job).where(Job.id == job.id).values(actual_cost=Decimal("0.25")))

    prompt = fresh(Image, image_id).prompt_sent
    assert purge_image_now(image_id, workspace_id=team.workspace_id, actor=team.actor)

    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "images.purged"))
    assert event.details == {"images": 1, "prompts": [{"prompt": prompt, "images": 1}]}
    receipt = delete_job(job.id, workspace_id=team.workspace_id, actor=team.actor)
    assert (receipt.counts["images"], receipt.counts["purged"]) == (5, 1)
    assert count(Attempt) == 0
    after: Job = fresh(Job, job.id)
    assert (after.actual_cost, after.purged_cost) == (Decimal("0.25"), Decimal("0.25"))
