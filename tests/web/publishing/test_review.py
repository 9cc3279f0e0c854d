"""The review queue, tags, the choices of a workspace, and retrying from the panel, as people meet them."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import User, Workspace
from app.audit.models import AuditEvent
from app.core.database import db, transaction
from app.moderation.interface import Severity, Verdict
from app.publishing.models import Page, Tag
from app.writing.interface import Failure, Unwritten
from tests.services.application import Team, make_team
from tests.services.completed import PublishPages, SetModerator, SetWriter, pages_of, written
from tests.web.visitor import Visitor

GRAVE = Verdict(Severity.HIGH, "demo", ("violence or gore",), {"violence": 0.81})
SECRET = "A Title Nobody May Read Yet"


@pytest.fixture
def staff(app: Flask, team: Team) -> Visitor:
    """Somebody of the site's staff who is in no team of the test's."""
    person = make_team("house").owner
    with transaction() as session:
        session.get_one(User, person).is_staff = True
    return Visitor(app).be(person)


def test_the_queue_says_everything_staff_need_to_decide(
    staff: Visitor, set_moderator: SetModerator, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_moderator(GRAVE)
    set_writer(written())
    page = publish_pages(("a knight after the battle",))[0]

    queue = staff.get("/review/").text

    for text in (
        page.title,
        "the moderator found violence or gore",
        "a knight after the battle",
        page.description,
        "lighthouse, ocean",
        "violence 0.81",
        "Editor, Studio",
        "just now",
        "demo moderation",
        f"/media/{page.asset_id}/thumb",
    ):
        assert text in queue
    assert "1 page waits for review" in staff.get("/notifications/").text


def test_staff_approve_with_one_click_what_the_author_chose(
    staff: Visitor, set_moderator: SetModerator, publish_pages: PublishPages
) -> None:
    set_moderator(GRAVE)
    public = publish_pages(1)[0]
    private = publish_pages(("a quiet garden by the house",), visibility="private")[0]

    for page in (public, private):
        assert staff.post(f"/review/{page.id}/approve").location.endswith("/review/")

    assert pages_of(public.job_id)[0].state == "published"
    assert pages_of(private.job_id)[0].state == "draft"
    assert staff.post(f"/review/{public.id}/approve").status_code == 409


def test_a_refused_page_is_listed_apart_and_can_be_approved_later(
    staff: Visitor, set_moderator: SetModerator, publish_pages: PublishPages
) -> None:
    set_moderator(GRAVE)
    page = publish_pages(1)[0]

    staff.post(f"/review/{page.id}/refuse", {"reason": "Not here."})

    assert f"page-{page.id}" not in staff.get("/review/").text
    assert f"page-{page.id}" in staff.get("/review/?show=refused").text
    staff.post(f"/review/{page.id}/approve")
    assert pages_of(page.job_id)[0].state == "published"


@pytest.mark.parametrize("state", ["processing", "draft", "needs_review", "held", "refused", "unpublished", "trashed"])
def test_what_is_not_public_cannot_be_fetched_by_any_address(
    app: Flask,
    team: Team,
    set_writer: SetWriter,
    publish_pages: PublishPages,
    state: str,
) -> None:
    """It was public before, so that every address of it is known."""
    set_writer(written(SECRET))
    page = publish_pages(1)[0]
    slug, stranger = page.slug, Visitor(app)
    assert stranger.get(f"/prompt/{slug}/").status_code == 200
    values: dict[str, object] = {"state": {"refused": "held", "unpublished": "draft"}.get(state, state)}
    if values["state"] == "held":
        values["held_for"] = "violation"
    if state == "trashed":
        values |= {"trashed_at": page.created_at, "trashed_from": "draft"}
    with transaction() as session:
        for name, value in values.items():
            setattr(session.get_one(Page, page.id), name, value)

    for who in (stranger, Visitor(app).be(make_team("rivals").owner)):
        for path in (f"/prompt/{slug}/", f"/media/{page.asset_id}/thumb", f"/media/{page.asset_id}/original"):
            assert who.get(path).status_code == 404
        for path in (f"/pages/{page.id}/edit", f"/jobs/{page.job_id}/publish", f"/jobs/{page.job_id}/publish/progress"):
            assert who.get(path).status_code in {302, 404}
        for path in ("/", f"/authors/{page.author.handle}/", "/tags/lighthouse/", "/generators/other/"):
            answer = who.get(path)
            assert SECRET not in answer.text
            assert str(page.asset_id) not in answer.text


def test_failures_are_asked_about_again_from_the_panel(
    app: Flask, team: Team, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_writer(Unwritten(Failure.TIMEOUT, "It did not answer."))
    page = publish_pages(2)[0]
    browser = Visitor(app).be(team.editor)
    path = f"/jobs/{page.job_id}/publish/again"

    answer = browser.post(path, {"reason": "timeout"}, htmx=True)

    assert 'hx-trigger="every 2s"' in answer.text
    assert "2 waiting" in answer.text
    assert browser.post(path).location.endswith(f"/jobs/{page.job_id}/publish")
    assert browser.post(path, {"reason": "nonsense"}).status_code == 422
    assert Visitor(app).be(team.viewer).post(path).status_code == 403


def test_one_page_is_asked_about_again_from_the_panel(
    app: Flask, team: Team, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_writer(Unwritten(Failure.TIMEOUT, "It did not answer."))
    first, second = publish_pages(2)
    browser = Visitor(app).be(team.editor)

    fragment = browser.post(f"/pages/{first.id}/write-again", {"from": "panel"}, htmx=True).text
    plain = browser.post(f"/pages/{second.id}/write-again", {"from": "panel"})

    assert 'id="publish-progress"' in fragment
    assert plain.location.endswith(f"/jobs/{first.job_id}/publish")
    assert {page.state for page in pages_of(first.job_id)} == {"processing"}


def test_unpublishing_from_the_list(app: Flask, team: Team, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]
    browser = Visitor(app).be(team.editor)

    assert browser.post(f"/pages/{page.id}/unpublish").status_code == 303

    assert pages_of(page.job_id)[0].state == "draft"
    assert Visitor(app).get(f"/prompt/{page.slug}/").status_code == 404
    assert browser.post(f"/pages/{page.id}/unpublish").status_code == 409


def test_tags_are_curated_by_staff(
    app: Flask, staff: Visitor, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_writer(written(new_tags=("sea spray",)))
    publish_pages(1)
    proposed = db.session.scalars(select(Tag).where(Tag.name == "sea spray")).one().id
    ocean = db.session.scalars(select(Tag).where(Tag.name == "ocean")).one().id

    assert "sea spray" in staff.get("/review/tags").text
    staff.post(f"/review/tags/{proposed}/approve")
    staff.post("/review/tags", {"name": "tide pools"})
    staff.post(f"/review/tags/{ocean}/merge", {"into": "sea spray"})

    assert "tide pools" in staff.get("/review/tags?q=tide").text
    assert "ocean" in staff.get("/review/tags?state=retired").text
    assert Visitor(app).get("/tags/ocean/").location.endswith("/tags/sea-spray/")
    assert Visitor(app).get("/tags/sea-spray/").status_code == 200
    assert "is not a known tag" in _followed(staff, f"/review/tags/{ocean}/merge", {"into": "nonsense"})


def _followed(browser: Visitor, path: str, form: dict[str, str]) -> str:
    return browser.get(browser.post(path, form).location).text


def test_owners_choose_language_and_moderation(app: Flask, team: Team) -> None:
    browser = Visitor(app).be(team.owner)

    assert browser.post("/account/pages", {"language": "de", "moderates_all": "1"}).status_code == 303
    assert browser.post("/account/pages", {"language": "xx"}).status_code == 422

    db.session.rollback()
    workspace = db.session.get_one(Workspace, team.workspace_id, populate_existing=True)
    assert (workspace.writing_language, workspace.moderates_all) == ("de", True)
    assert db.session.scalars(select(AuditEvent.action)).all().count("workspace.publishing_changed") == 1
    assert Visitor(app).be(team.editor).get("/account/pages").status_code == 403
