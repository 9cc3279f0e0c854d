"""Public names: copied, switched, deleted; whatever dies in between, one page is shown and no link breaks."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.database import db, db_now, new_id, transaction
from app.core.fail_points import FailPoint
from app.generation.lease import hold, let_go
from app.generation.studio import studio
from app.publishing.edit_page import After, Text, edit_page, withdraw_page
from app.publishing.hold_unmarked import hold_unmarked
from app.publishing.models import Page
from app.publishing.name_pictures import name_pictures, send_unnamed
from app.publishing.public_names import live_files
from app.publishing.refuse_page import refuse_page
from app.publishing.removals import remove_objects, send_removals
from app.publishing.trash_models import PictureName, Removal
from app.publishing.trash_page import restore_page, trash_page
from tests.integration.trash.conftest import dying
from tests.integration.trash.stock import change, fresh, is_consistent, keys
from tests.services.application import Team
from tests.services.completed import PublishPages, SetWriter, written
from tests.web.visitor import Visitor

STEPS = [
    (FailPoint.NAME_CLAIMED, 1),
    (FailPoint.NAME_FILE_COPIED, 1),
    (FailPoint.NAME_FILE_COPIED, 4),
    (FailPoint.NAME_COPIED, 1),
]


@pytest.fixture
def page(publish_pages: PublishPages, set_writer: SetWriter) -> Page:
    """A page that has just been published."""
    set_writer(written("The Quiet Lighthouse over a Sea of Glass"))
    return publish_pages(1)[0]


def lapse() -> None:
    """Claims and waits are over: the next sweep takes up what was left."""
    past = db_now() - timedelta(seconds=1)
    with transaction() as session:
        session.execute(update(PictureName).where(PictureName.claimed_until.is_not(None)).values(claimed_until=past))
        session.execute(update(Page).where(Page.names_due_at.is_not(None)).values(names_due_at=past))


def names(page: Page) -> list[tuple[str, str]]:
    db.session.rollback()
    query = select(PictureName.stem, PictureName.state).where(PictureName.page_id == page.id).order_by(PictureName.id)
    return [tuple(row) for row in db.session.execute(query)]


def public_file(page: Page, variant: str = "large") -> str:
    return str(live_files(page.asset_id)[variant]["key"]).removeprefix("public/")


def test_a_published_picture_gets_the_name_of_its_title(app: Flask, page: Page) -> None:
    assert send_unnamed() == 1
    name_pictures(page.id)

    [(stem, state)] = names(page)
    assert state == "live"
    assert stem.startswith("quiet-lighthouse-over-other-prompt-")
    assert keys("public/") == {
        f"public/{stem}-{each}" for each in ("thumb.jpg", "medium.jpg", "large.jpg", "webp.webp")
    }
    assert Visitor(app).get(f"/pictures/{stem}-large.jpg").status_code in (200, 302)
    assert send_unnamed() == 0
    assert is_consistent()


def test_before_it_has_a_name_the_picture_is_shown_all_the_same(app: Flask, page: Page) -> None:
    answer = Visitor(app).get(f"/media/{page.asset_id}/large")

    assert (answer.status_code, answer.location) == (200, None)


@pytest.mark.parametrize(("point", "at"), STEPS)
def test_whatever_dies_while_it_is_named_there_is_one_page_and_no_orphan(
    app: Flask, page: Page, point: FailPoint, at: int
) -> None:
    with dying(point, at=at):
        name_pictures(page.id)
    assert Visitor(app).get(f"/media/{page.asset_id}/large").status_code == 200
    assert is_consistent()

    lapse()
    assert send_unnamed() == 1
    name_pictures(page.id)
    remove_objects()

    assert [state for _, state in names(page)] == ["live"]
    assert len(keys("public/")) == 4
    assert is_consistent()
    assert Visitor(app).get(f"/prompt/{fresh(Page, page.id).slug}/").status_code == 200


@pytest.mark.parametrize(("point", "at"), [*STEPS, (FailPoint.OBJECT_REMOVED, 1), (FailPoint.OBJECT_REMOVED, 3)])
def test_whatever_dies_while_it_is_renamed_the_old_link_leads_on(
    app: Flask, team: Team, page: Page, point: FailPoint, at: int
) -> None:
    name_pictures(page.id)
    old = public_file(page)
    edit_page(
        page.id, Text("A Storm at the Cape", "", []), After.PUBLISH, workspace_id=team.workspace_id, actor=team.actor
    )
    change(Page, page.id, names_due_at=db_now())

    with dying(point, at=at):
        name_pictures(page.id)
        with transaction() as session:
            session.execute(update(Removal).values(due_at=db_now()))
        remove_objects()
    assert Visitor(app).get(f"/pictures/{old}").status_code in (200, 301, 302)

    lapse()
    name_pictures(page.id)
    with transaction() as session:
        session.execute(update(Removal).values(due_at=db_now()))
    remove_objects()

    new = public_file(page)
    assert new.startswith("storm-cape-other-prompt-")
    answer = Visitor(app).get(f"/pictures/{old}")
    assert (answer.status_code, answer.location) == (301, f"/pictures/{new}")
    assert keys("public/") == {
        f"public/{new.rpartition('-')[0]}-{v}" for v in ("thumb.jpg", "medium.jpg", "large.jpg", "webp.webp")
    }
    assert is_consistent()


def test_the_files_of_a_replaced_name_stay_for_a_day(team: Team, page: Page) -> None:
    name_pictures(page.id)
    edit_page(page.id, Text("Storm", "", []), After.PUBLISH, workspace_id=team.workspace_id, actor=team.actor)
    change(Page, page.id, names_due_at=db_now())
    name_pictures(page.id)

    assert remove_objects() == 0
    assert len(keys("public/")) == 8
    with transaction() as session:
        session.execute(update(Removal).values(due_at=db_now()))
    assert remove_objects() == 4


@pytest.mark.parametrize("away", ["draft", "trash", "trash while copying"])
def test_what_is_public_no_more_has_no_public_file(app: Flask, team: Team, page: Page, away: str) -> None:
    if away == "trash while copying":
        with dying(FailPoint.NAME_FILE_COPIED, at=2):
            name_pictures(page.id)
        filename = keys("public/").pop().removeprefix("public/")
    else:
        name_pictures(page.id)
        filename = public_file(page)
    if away == "draft":
        edit_page(page.id, Text("T", "", []), After.DRAFT, workspace_id=team.workspace_id, actor=team.actor)
    else:
        trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor)

    for address in (f"/pictures/{filename}", f"/media/{page.asset_id}/large", f"/media/{page.asset_id}/original"):
        assert Visitor(app).get(address).status_code == 404
    assert send_unnamed() == 1
    name_pictures(page.id)
    remove_objects()

    assert keys("public/") == set()
    assert is_consistent()


AWAY: dict[str, Callable[[Page, Team], object]] = {
    "withdrawn": lambda page, team: withdraw_page(page.id, workspace_id=team.workspace_id, actor=team.actor),
    "trashed": lambda page, team: trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor),
    "refused": lambda page, team: refuse_page(page.id, "No.", actor=team.actor),
    "held": lambda page, _: hold_unmarked(page.id, "It lacks its mark."),
}


@pytest.mark.parametrize("away", AWAY)
def test_the_copies_of_a_page_that_is_public_no_more_wait_for_no_writer(team: Team, page: Page, away: str) -> None:
    name_pictures(page.id)

    AWAY[away](page, team)
    assert [state for _, state in names(page)] == ["retired"]
    assert remove_objects() == 4

    assert keys("public/") == set()
    assert is_consistent()


def test_names_are_given_as_far_as_the_queue_has_room(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.publishing.name_pictures.waiting", lambda _queue: 200)
    assert send_unnamed() == 0

    monkeypatch.setattr("app.publishing.name_pictures.waiting", lambda _queue: 199)
    assert send_unnamed() == 1


def test_one_process_at_a_time_removes_and_is_sent_for_once(
    team: Team, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    name_pictures(page.id)
    trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor)

    monkeypatch.setattr("app.publishing.removals.waiting", lambda _queue: 1)
    assert send_removals() == 0
    monkeypatch.setattr("app.publishing.removals.waiting", lambda _queue: 0)
    assert send_removals() == 1

    other = new_id()
    assert hold("removals", other, timedelta(minutes=1))
    assert remove_objects() == 0
    let_go("removals", other)
    assert remove_objects() == 4
    assert hold("removals", other, timedelta(minutes=1))


def test_who_copies_for_a_page_that_was_withdrawn_meanwhile_takes_his_copies_back(team: Team, page: Page) -> None:
    storage, put = studio().storage, type(studio().storage).put

    def withdraw_then_put(store: object, key: str, content: bytes, media_type: str) -> None:
        if fresh(Page, page.id).state == "published":
            trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor)
            change(Page, page.id, names_due_at=db_now())
            name_pictures(page.id)
            remove_objects()
        put(store, key, content, media_type)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(storage), "put", withdraw_then_put)
        name_pictures(page.id)
    assert len(keys("public/")) == 4
    remove_objects()

    assert keys("public/") == set()


def test_a_title_that_is_changed_while_it_is_named_gets_its_name_at_once(team: Team, page: Page) -> None:
    storage, put = studio().storage, type(studio().storage).put

    def rename_then_put(store: object, key: str, content: bytes, media_type: str) -> None:
        if fresh(Page, page.id).title != "Storm at Sea":
            text = Text("Storm at Sea", "", [])
            edit_page(page.id, text, After.KEEP, workspace_id=team.workspace_id, actor=team.actor)
        put(store, key, content, media_type)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(storage), "put", rename_then_put)
        name_pictures(page.id)

    assert send_unnamed() == 1
    name_pictures(page.id)
    assert public_file(page).startswith("storm-sea-")
    assert send_unnamed() == 0


def test_a_page_that_is_public_again_gets_a_name_nobody_knew(app: Flask, team: Team, page: Page) -> None:
    name_pictures(page.id)
    before = public_file(page)
    trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor)
    name_pictures(page.id)
    restore_page(page.id, workspace_id=team.workspace_id, actor=team.actor)
    name_pictures(page.id)
    remove_objects()

    assert public_file(page) != before
    assert len(keys("public/")) == 4
    assert Visitor(app).get(f"/pictures/{before}").status_code == 301
