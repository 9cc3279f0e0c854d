"""A picture that does not say that a model made it is not shown, whoever publishes it, and its people learn why."""

from io import BytesIO

import pytest
from flask import Flask
from PIL import Image as Picture
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.audit.record import Actor
from app.core.database import db
from app.core.errors import Conflict, NotAllowed
from app.generation.models import Asset
from app.generation.studio import studio
from app.notifications.models import Notification
from app.publishing.create_page import create_page
from app.publishing.edit_page import After, Text, approve_page, edit_page
from app.publishing.hold_unmarked import make_sizes_anew
from app.publishing.models import Page
from app.publishing.name_pictures import name_pictures
from app.publishing.public_names import live_files
from app.publishing.refuse_page import refuse_page
from app.publishing.tags import ensure_tags
from app.publishing.trash_page import restore_page, trash_page
from tests.integration.trash.stock import change, fresh, keys
from tests.services.application import MakeJob, Team, make_team
from tests.services.completed import Publish, PublishPages, complete, page_ids
from tests.services.read_back import AI, CREDIT, SOURCE_TYPE, xmp_of
from tests.web.visitor import Visitor

GOOD = Text("A Title", "", [])


def strip(page_or_asset_id: object, variant: str) -> None:
    """Take the mark out of one size, as a tool that knows no metadata would."""
    asset: Asset = fresh(Asset, page_or_asset_id)
    file = asset.variants[variant]
    with Picture.open(BytesIO(studio().storage.get(file["key"]))) as picture:
        bare = BytesIO()
        picture.save(bare, picture.format)
    studio().storage.put(file["key"], bare.getvalue(), file["media_type"])
    assert SOURCE_TYPE not in xmp_of(bare.getvalue())


def told() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Notification.text).where(Notification.kind == "page.unmarked")))


@pytest.mark.parametrize("variant", ["thumb", "medium", "large", "webp"])
def test_a_page_with_a_stripped_picture_is_held_and_reported(
    app: Flask, make_job: MakeJob, publish: Publish, variant: str
) -> None:
    ensure_tags()
    job = make_job(1)
    [image] = complete(job)
    strip(image.asset_id, variant)
    publish(job)
    [page_id] = page_ids(job.id)

    create_page(page_id)

    page: Page = fresh(Page, page_id)
    assert (page.state, page.held_for) == ("held", "unmarked")
    assert page.review_reason is not None
    assert f"The size “{variant}” of the picture does not say that it was made by a model." in page.review_reason
    assert len(told()) == 1
    assert Visitor(app).get(f"/media/{image.asset_id}/{variant}").status_code == 404


def test_a_draft_with_a_stripped_picture_cannot_be_published_and_can_once_its_sizes_are_made_anew(
    app: Flask, team: Team, publish_pages: PublishPages
) -> None:
    page = publish_pages(1, visibility="private")[0]
    strip(page.asset_id, "large")

    edit_page(page.id, GOOD, After.PUBLISH, workspace_id=team.workspace_id, actor=team.actor)
    assert (fresh(Page, page.id).state, fresh(Page, page.id).held_for) == ("held", "unmarked")
    edit_page(page.id, GOOD, After.PUBLISH, workspace_id=None, actor=team.actor, is_staff=True)
    assert fresh(Page, page.id).state == "held"
    assert "Make its sizes anew" in Visitor(app).be(team.editor).get(f"/pages/{page.id}/edit").text

    make_sizes_anew(page.id, workspace_id=team.workspace_id, actor=team.actor)
    assert (fresh(Page, page.id).state, fresh(Page, page.id).held_for) == ("draft", None)
    edit_page(page.id, GOOD, After.PUBLISH, workspace_id=team.workspace_id, actor=team.actor)
    assert fresh(Page, page.id).state == "published"
    with pytest.raises(Conflict):
        make_sizes_anew(page.id, workspace_id=team.workspace_id, actor=team.actor)


def test_what_staff_refuse_is_not_made_anew_and_not_published_by_its_editor(
    app: Flask, team: Team, publish_pages: PublishPages
) -> None:
    refused, from_before = publish_pages(2)
    for page in (refused, from_before):
        strip(page.asset_id, "large")
        name_pictures(page.id)
        refuse_page(page.id, "It shows somebody who exists.", actor=team.actor)
    change(Page, from_before.id, held_for="unmarked")

    for page in (refused, from_before):
        with pytest.raises(Conflict):
            make_sizes_anew(page.id, workspace_id=team.workspace_id, actor=team.actor)
        with pytest.raises(NotAllowed):
            edit_page(page.id, GOOD, After.PUBLISH, workspace_id=team.workspace_id, actor=team.actor)
        shown = Visitor(app).be(team.editor).get(f"/pages/{page.id}/edit")
        assert (shown.status_code, "Make its sizes anew" in shown.text) == (200, False)
    assert (fresh(Page, refused.id).held_for, fresh(Page, from_before.id).state) == ("violation", "held")


def test_a_picture_that_loses_its_mark_before_it_gets_its_public_name_is_taken_back(
    app: Flask, publish_pages: PublishPages
) -> None:
    page = publish_pages(1)[0]
    strip(page.asset_id, "medium")

    name_pictures(page.id)

    assert (fresh(Page, page.id).state, fresh(Page, page.id).held_for) == ("held", "unmarked")
    assert len(told()) == 1
    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "page.held"))
    assert (event.subject_id, event.address) == (page.id, "naming")
    assert "“medium”" in event.details["reason"]
    assert Visitor(app).get(f"/prompt/{page.slug}/").status_code == 404


def test_a_page_whose_picture_lost_its_mark_in_the_trash_comes_back_held(
    team: Team, publish_pages: PublishPages
) -> None:
    page = publish_pages(1)[0]
    trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor)
    strip(page.asset_id, "medium")

    restore_page(page.id, workspace_id=team.workspace_id, actor=team.actor)

    back = fresh(Page, page.id)
    assert (back.state, back.held_for, back.trashed_at) == ("held", "unmarked", None)


def test_what_staff_take_from_the_public_comes_back_to_staff(
    app: Flask, team: Team, publish_pages: PublishPages
) -> None:
    taken, refused, own = publish_pages(3)
    staff = Actor(make_team("staff").owner, "test")
    trash_page(taken.id, workspace_id=None, actor=staff)
    trash_page(own.id, workspace_id=None, actor=team.actor)
    trash_page(refused.id, workspace_id=team.workspace_id, actor=team.actor)
    refuse_page(refused.id, "It shows somebody who exists.", actor=staff)

    for page in (taken, refused, own):
        restore_page(page.id, workspace_id=team.workspace_id, actor=team.actor)

    assert [fresh(Page, page.id).state for page in (taken, refused, own)] == ["held", "held", "published"]
    assert fresh(Page, refused.id).refused_at is not None
    for page in (taken, refused):
        with pytest.raises(NotAllowed):
            edit_page(page.id, GOOD, After.PUBLISH, workspace_id=team.workspace_id, actor=team.actor)
    assert approve_page(taken.id, actor=staff).state == "published"


def test_every_public_picture_and_every_download_of_a_job_of_twenty_pages_carries_the_mark(
    app: Flask, team: Team, publish_pages: PublishPages
) -> None:
    pages = publish_pages(20, generator="DALL-E")
    member = Visitor(app).be(team.viewer)
    for page in pages:
        name_pictures(page.id)

    assert len(keys("public/")) == 80
    for page in pages:
        files = live_files(page.asset_id)
        assert set(files) == {"thumb", "medium", "large", "webp"}
        for file in files.values():
            assert xmp_of(studio().storage.get(file["key"]))[SOURCE_TYPE] == AI
        download = member.get(f"/media/{page.asset_id}/download")
        assert download.headers["Content-Disposition"].startswith('attachment; filename="proofsheet-')
        assert xmp_of(download.data) == {SOURCE_TYPE: AI, CREDIT: "AI-generated with DALL-E"}
    shown = Visitor(app).get(f"/prompt/{pages[0].slug}/").text
    assert "AI-generated" in shown
    assert f'"digitalSourceType": "{AI}"' in shown
