"""Who gets which file of a picture, and how it may be kept."""

import pytest
from flask import Flask

from app.generation.studio import studio
from app.publishing.edit_page import After, Text, edit_page
from tests.services.application import MakeJob, Team, make_team
from tests.services.completed import PublishPages, complete
from tests.services.statements import statements
from tests.web.visitor import Visitor

VARIANTS = ["thumb", "medium", "large", "webp"]


@pytest.mark.parametrize("variant", [*VARIANTS, "original"])
def test_members_get_every_file_and_may_keep_it(app: Flask, team: Team, make_job: MakeJob, variant: str) -> None:
    image = complete(make_job(1))[0]

    answer = Visitor(app).be(team.viewer).get(f"/media/{image.asset_id}/{variant}")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content_length == len(answer.data)
    assert answer.headers["Content-Disposition"].startswith("inline; filename=proofsheet-")
    assert ".." not in answer.headers["Content-Disposition"]


def test_a_picture_of_the_sheet_costs_two_queries(app: Flask, team: Team, make_job: MakeJob) -> None:
    image, member = complete(make_job(1))[0], Visitor(app).be(team.viewer)
    with statements() as seen:
        assert member.get(f"/media/{image.asset_id}/thumb").status_code == 200
    assert len(seen) == 2, seen


def test_the_original_comes_untouched_with_its_own_extension(app: Flask, team: Team, make_job: MakeJob) -> None:
    image = complete(make_job(1))[0]

    answer = Visitor(app).be(team.viewer).get(f"/media/{image.asset_id}/original")

    assert answer.data == studio().storage.get(f"originals/{image.id}/1.png")
    assert answer.headers["Content-Disposition"].endswith("-original.png")


@pytest.mark.parametrize("variant", [*VARIANTS, "original"])
def test_unpublished_pictures_do_not_exist_for_others(app: Flask, make_job: MakeJob, variant: str) -> None:
    image = complete(make_job(1))[0]
    address = f"/media/{image.asset_id}/{variant}"

    assert Visitor(app).get(address).status_code == 404
    assert Visitor(app).be(make_team("rivals").owner).get(address).status_code == 404


def test_published_pictures_are_for_everybody_but_not_the_original(app: Flask, publish_pages: PublishPages) -> None:
    page, stranger = publish_pages(1)[0], Visitor(app)

    answers = [stranger.get(f"/media/{page.asset_id}/{variant}") for variant in VARIANTS]

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["Cache-Control"] for answer in answers} == {"public, max-age=300"}
    assert stranger.get(f"/media/{page.asset_id}/original").status_code == 404


def test_a_withdrawn_page_takes_its_picture_back(app: Flask, team: Team, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]
    edit_page(page.id, Text("A Title", "", []), After.DRAFT, workspace_id=team.workspace_id, actor=team.actor)

    answer = Visitor(app).get(f"/media/{page.asset_id}/thumb")

    assert answer.status_code == 404
    assert "max-age" not in answer.headers.get("Cache-Control", "")


def test_what_a_browser_has_already_is_not_sent_again(app: Flask, team: Team, make_job: MakeJob) -> None:
    image = complete(make_job(1))[0]
    browser = Visitor(app).be(team.viewer)
    first = browser.get(f"/media/{image.asset_id}/thumb")

    again = browser.get(f"/media/{image.asset_id}/thumb", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]


@pytest.mark.parametrize("variant", ["huge", "..", "%2e%2e%2fetc", "thumb.php"])
def test_no_other_name_leads_anywhere(app: Flask, team: Team, make_job: MakeJob, variant: str) -> None:
    image = complete(make_job(1))[0]

    assert Visitor(app).be(team.viewer).get(f"/media/{image.asset_id}/{variant}").status_code in {308, 404}


def test_a_store_with_addresses_of_its_own_is_redirected_to(
    app: Flask, team: Team, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = complete(make_job(1))[0]

    def url(_store: object, key: str, *, public: bool, name: str) -> str:
        return f"https://cdn.example/{key}?signed={not public}&name={name}"

    monkeypatch.setattr(type(studio().storage), "url", url)

    answer = Visitor(app).be(team.viewer).get(f"/media/{image.asset_id}/thumb")

    assert answer.status_code == 302
    assert answer.location.startswith("https://cdn.example/variants/")
    assert answer.location.endswith(f"?signed=True&name=proofsheet-{image.asset_id.hex[-8:]}-thumb.jpg")
    assert answer.headers["Cache-Control"] == "private, max-age=1800"
