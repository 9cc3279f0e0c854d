"""Nothing that is not public can be fetched by anyone without rights, by any address or key, before or after it was public.

The bucket is private, as it has to be; the test looks into it past the code, and plays the CDN that is given `public/`.
"""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import update

from app.core.database import db_now, transaction
from app.core.settings import Settings
from app.publishing.create_page import create_page
from app.publishing.delete_job import delete_job
from app.publishing.edit_page import withdraw_page
from app.publishing.hold_unmarked import hold_unmarked
from app.publishing.models import Page
from app.publishing.name_pictures import name_pictures
from app.publishing.removals import remove_objects
from app.publishing.trash_page import restore_page, trash_page
from tests.services.application import MakeJob, Team, make_team
from tests.services.completed import Publish, PublishPages, SetWriter, complete, page_ids, pages_of, written
from tests.services.s3 import Bucket, fetch
from tests.web.visitor import Visitor

SIZES = ("thumb", "medium", "large", "webp", "original", "download")
Away = Callable[[Page, Team], object]
AWAY: dict[str, Away] = {
    "unpublished": lambda page, team: withdraw_page(page.id, workspace_id=team.workspace_id, actor=team.actor),
    "trashed": lambda page, team: trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor),
    "held": lambda page, team: hold_unmarked(page.id, "It lacks the mark."),
}


@pytest.fixture(params=["signed", "behind a CDN"])
def settings(request: pytest.FixtureRequest, settings: Settings, rclone_s3: Bucket) -> Settings:
    options = {"public_base_url": "https://cdn.example.com"} if request.param == "behind a CDN" else {}
    return settings.model_copy(update={"storage_url": rclone_s3.storage_url("studio", **options)})


def strangers(app: Flask) -> list[Visitor]:
    return [Visitor(app), Visitor(app).be(make_team(f"rivals-{db_now():%f}").owner)]


def objects(bucket: Bucket) -> list[str]:
    listed = bucket.client.list_objects_v2(Bucket=bucket.name).get("Contents", [])
    return [each["Key"].removeprefix("studio/") for each in listed]


def follow(app: Flask, bucket: Bucket, address: str) -> int:
    """What a browser gets in the end; the CDN serves what lies below `public/`."""
    answer = Visitor(app).get(address)
    while answer.status_code in (301, 308):
        answer = Visitor(app).get(answer.location)
    if answer.status_code != 302:
        return answer.status_code
    if not answer.location.startswith("https://cdn.example.com/"):
        return fetch(answer.location)[0]
    key = answer.location.removeprefix("https://cdn.example.com/")
    assert key.startswith("public/")
    return 200 if key in objects(bucket) else 404


def nobody_gets(app: Flask, bucket: Bucket, page: Page, known: set[str]) -> None:
    """By the addresses of the site, by addresses that were given out before, and by the keys of the bucket."""
    for stranger in strangers(app):
        for size in SIZES:
            assert stranger.get(f"/media/{page.asset_id}/{size}").status_code == 404
    for address in known:
        status = fetch(address)[0] if address.startswith("http://") else follow(app, bucket, address)
        assert status in (403, 404), address
    assert [key for key in objects(bucket) if key.startswith("public/")] == []
    for key in objects(bucket):
        assert fetch(f"{bucket.endpoint}/{bucket.name}/studio/{quote(key)}")[0] in (400, 403)


def given_out(app: Flask, page: Page) -> set[str]:
    """Every address that a stranger was sent to while the page was public, without those of the CDN."""
    addresses = {f"/media/{page.asset_id}/{size}" for size in SIZES}
    for size in ("thumb", "medium", "large", "webp"):
        answer = Visitor(app).get(f"/media/{page.asset_id}/{size}")
        if answer.status_code == 302 and answer.location.startswith("http://"):
            addresses.add(answer.location)
    fresh = pages_of(page.job_id)[0]
    if fresh.live_name:
        addresses |= {f"/pictures/{file['key'].removeprefix('public/')}" for file in fresh.live_name.files.values()}
    return addresses


def test_before_it_was_public(
    app: Flask, rclone_s3: Bucket, make_job: MakeJob, publish: Publish, set_writer: SetWriter
) -> None:
    job = make_job(1)
    complete(job)
    publish(job)
    [page_id] = page_ids(job.id)
    page = pages_of(job.id)[0]
    nobody_gets(app, rclone_s3, page, set())

    set_writer(written(violations=("gore",)))
    create_page(page_id)
    name_pictures(page_id)

    nobody_gets(app, rclone_s3, page, set())


@pytest.mark.parametrize("away", AWAY)
def test_after_it_was_public(app: Flask, team: Team, rclone_s3: Bucket, publish_pages: PublishPages, away: str) -> None:
    page = publish_pages(1)[0]
    name_pictures(page.id)
    known = given_out(app, page)
    assert {follow(app, rclone_s3, address) for address in known if address.startswith("/pictures/")} == {200}

    AWAY[away](page, team)
    for stranger in strangers(app):  # at once, before anything has been removed
        assert {stranger.get(address).status_code for address in known if address.startswith("/")} == {404}
    lapse(page)
    name_pictures(page.id)
    remove_objects()

    nobody_gets(app, rclone_s3, page, known)
    if away == "trashed":
        restore_page(page.id, workspace_id=team.workspace_id, actor=team.actor)
        name_pictures(page.id)
        old = {address for address in known if address.startswith("http://")}
        assert {fetch(address)[0] for address in old} <= {403, 404}
        assert follow(app, rclone_s3, f"/media/{page.asset_id}/large") == 200


def test_what_goes_with_its_job_is_fetched_by_nobody(
    app: Flask, team: Team, rclone_s3: Bucket, publish_pages: PublishPages
) -> None:
    page = publish_pages(1, visibility="private")[0]
    delete_job(page.job_id, workspace_id=team.workspace_id, actor=team.actor)

    nobody_gets(app, rclone_s3, page, {f"/media/{page.asset_id}/large"})


def lapse(page: Page) -> None:
    with transaction() as session:
        session.execute(update(Page).where(Page.id == page.id).values(names_due_at=db_now()))
