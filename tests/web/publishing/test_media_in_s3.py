"""Pictures in an S3 store: browsers fetch them there, by addresses that say as much as they may."""

import pytest
from flask import Flask

from app.core.settings import Settings
from app.publishing.name_pictures import name_pictures
from tests.services.application import MakeJob, Team, make_team
from tests.services.completed import PublishPages, complete
from tests.services.s3 import Bucket, fetch
from tests.web.visitor import Visitor

CDN = "https://cdn.example.com"


@pytest.fixture
def settings(settings: Settings, rclone_s3: Bucket) -> Settings:
    return settings.model_copy(update={"storage_url": rclone_s3.storage_url("studio", public_base_url=CDN)})


def test_members_are_sent_to_a_signed_address_that_works(app: Flask, team: Team, make_job: MakeJob) -> None:
    image = complete(make_job(1))[0]
    member = Visitor(app).be(team.viewer)

    for variant in ("thumb", "original"):
        answer = member.get(f"/media/{image.asset_id}/{variant}")
        assert answer.status_code == 302
        assert answer.headers["Cache-Control"] == "private, max-age=1800"
        assert fetch(answer.location)[0] == 200


def test_an_unpublished_picture_has_no_address_for_others(app: Flask, make_job: MakeJob) -> None:
    image = complete(make_job(1))[0]

    for stranger in (Visitor(app), Visitor(app).be(make_team("rivals").owner)):
        answer = stranger.get(f"/media/{image.asset_id}/thumb")
        assert (answer.status_code, answer.location) == (404, None)


def test_everybody_is_sent_to_the_public_address_of_a_published_picture(
    app: Flask, publish_pages: PublishPages
) -> None:
    page, stranger = publish_pages(1)[0], Visitor(app)
    assert (
        stranger.get(f"/media/{page.asset_id}/large").status_code == 200
    )  # until there is a copy: the bytes themselves
    name_pictures(page.id)

    answer = stranger.get(f"/media/{page.asset_id}/large")

    assert answer.status_code == 302
    assert answer.location.startswith(f"{CDN}/public/lighthouse-number-1-other-prompt-")
    assert "?" not in answer.location
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert stranger.get(f"/media/{page.asset_id}/original").status_code == 404


def test_pages_may_show_pictures_of_the_store_and_of_the_public_address(app: Flask, rclone_s3: Bucket) -> None:
    policy = Visitor(app).get("/login").headers["Content-Security-Policy"]

    assert f"img-src 'self' data: {rclone_s3.endpoint} {CDN};" in policy
    assert "default-src 'self';" in policy
