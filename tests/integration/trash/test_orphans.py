"""Store and rows are compared both ways; only old orphans that are ours go, and only when nothing speaks of them."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from app.core.clock import utc_now
from app.core.database import new_id, transaction
from app.generation.models import Asset, Image, Job
from app.generation.states import ImageState
from app.generation.studio import studio
from app.publishing import orphans
from app.publishing.orphans import compare, remove_orphans
from app.publishing.removals import ask_removal, remove_objects
from tests.integration.trash.stock import change, count, fresh, keys, objects_of
from tests.services.application import MakeJob
from tests.services.completed import complete


@pytest.fixture
def job(make_job: MakeJob) -> Job:
    made = make_job(2)
    complete(made)
    return made


def put(key: str) -> str:
    studio().storage.put(key, b"x", "image/png")
    return key


@pytest.fixture
def a_day_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that is in the store now is older than a day."""
    monkeypatch.setattr(orphans, "utc_now", lambda: utc_now() + timedelta(hours=25))


@pytest.fixture
def strays(job: Job) -> set[str]:
    """Objects that lost their rows, one of each kind."""
    return {
        put(f"originals/{new_id()}/1.png"),
        put(f"originals/{fresh_image(job).id}/7.png"),
        put(f"variants/{new_id()}/large.jpg"),
        put("public/quiet-sea-dall-e-prompt-0123456789ab-large.jpg"),
        put("checks/0123456789abcdef"),
    }


def fresh_image(job: Job) -> Image:
    with transaction() as session:
        return session.query(Image).filter_by(job_id=job.id, position=0).one()


def test_what_has_its_rows_is_well(app: Flask, job: Job) -> None:
    found = compare()

    assert found.is_well
    assert found.objects == 10


def test_young_orphans_are_reported_and_left(app: Flask, strays: set[str]) -> None:
    found = remove_orphans()

    assert {each.key for each in found.orphans} == strays
    assert (found.young, found.removed) == (5, 0)
    assert strays <= keys()


def test_old_orphans_go_and_nothing_else(app: Flask, job: Job, strays: set[str], a_day_later: None) -> None:
    foreign = put("somebody-elses/file.txt")
    before = keys()

    found = remove_orphans()

    assert found.removed == 5
    assert found.foreign == [foreign]
    assert keys() == before - strays


@pytest.mark.parametrize("state", [ImageState.UNKNOWN, ImageState.GENERATING, ImageState.STORING])
def test_an_original_that_its_image_may_still_find_stays(
    app: Flask, make_job: MakeJob, a_day_later: None, state: ImageState
) -> None:
    job = make_job(1)
    image = fresh_image(job)
    finished = utc_now() if state == ImageState.UNKNOWN else None
    change(Image, image.id, state=state, claimed_by=new_id(), finished_at=finished)
    key = put(f"originals/{image.id}/1.png")

    assert remove_orphans().removed == 0
    assert key in keys()


def test_sizes_that_are_being_made_stay(app: Flask, job: Job, a_day_later: None) -> None:
    asset_id = fresh_image(job).asset_id
    assert isinstance(asset_id, UUID)
    change(Asset, asset_id, variants={})
    key = put(f"variants/{asset_id}/large.jpg")

    remove_orphans()

    assert key in keys()


def test_rows_without_their_objects_are_named(app: Flask, job: Job) -> None:
    asset: Asset = fresh(Asset, fresh_image(job).asset_id)
    gone = {asset.key, asset.variants["large"]["key"]}
    for key in gone:
        studio().storage.delete(key)

    found = remove_orphans()

    assert set(found.missing) == gone
    assert count(Asset) == 2


def test_what_something_refers_to_is_never_removed_though_asked_for(app: Flask, job: Job) -> None:
    asset_id = fresh_image(job).asset_id
    assert asset_id is not None
    with transaction():
        ask_removal(objects_of_in_transaction(asset_id))

    assert remove_objects() == 0
    assert objects_of(asset_id) <= keys()


def objects_of_in_transaction(asset_id: UUID) -> list[str]:
    from app.core.database import db

    asset = db.session.get_one(Asset, asset_id)
    return [asset.key, *(file["key"] for file in asset.variants.values())]


def test_what_waits_for_its_removal_is_no_orphan(app: Flask, job: Job, strays: set[str], a_day_later: None) -> None:
    with transaction():
        ask_removal(strays, after=timedelta(days=2))

    assert compare().is_well
