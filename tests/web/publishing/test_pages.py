"""My pages, the review queue and the edit form."""

import pytest
from flask import Flask

from app.accounts.models import User
from app.core.database import transaction
from app.writing.interface import Failure, Unwritten
from tests.services.application import Team, make_team
from tests.services.completed import PublishPages, SetWriter, pages_of, written
from tests.web.visitor import Visitor


@pytest.fixture
def staff(app: Flask, team: Team) -> Visitor:
    """Somebody of the site's staff who is in no team of the test's."""
    person = make_team("house").owner
    with transaction() as session:
        session.get_one(User, person).is_staff = True
    return Visitor(app).be(person)


def test_my_pages_shows_every_state_and_filters(app: Flask, team: Team, publish_pages: PublishPages) -> None:
    public = publish_pages(1)[0]
    draft = publish_pages(("a quiet garden by the house",), visibility="private")[0]
    browser = Visitor(app).be(team.viewer)

    everything = browser.get("/pages/").text
    drafts = browser.get("/pages/?state=draft").text

    assert public.title in everything
    assert draft.title in everything
    assert f"page-{draft.id}" in drafts
    assert f"page-{public.id}" not in drafts
    assert browser.get("/pages/?state=nonsense&page=x").status_code == 200


def test_a_workspace_without_pages_says_how_to_get_some(app: Flask, team: Team) -> None:
    assert "No pages yet" in Visitor(app).be(team.viewer).get("/pages/").text


def test_another_workspace_does_not_see_them(app: Flask, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]
    browser = Visitor(app).be(make_team("rivals").owner)

    assert str(page.id) not in browser.get("/pages/").text
    assert browser.get(f"/pages/{page.id}/edit").status_code == 404
    assert browser.post(f"/pages/{page.id}/edit", {"title": "Mine now"}).status_code == 404
    assert browser.post(f"/pages/{page.id}/write-again").status_code == 404


def test_a_viewer_may_not_edit(app: Flask, team: Team, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]
    browser = Visitor(app).be(team.viewer)

    assert browser.get(f"/pages/{page.id}/edit").status_code == 403
    assert browser.post(f"/pages/{page.id}/edit", {"title": "No"}).status_code == 403


def test_a_wrong_text_is_shown_again_with_every_problem(app: Flask, team: Team, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]
    typed = {"title": "", "description": "My <b>words</b>", "tags": "ocean, unheard of"}

    answer = Visitor(app).be(team.editor).post(f"/pages/{page.id}/edit", typed)

    assert answer.status_code == 422
    assert "A page needs a title." in answer.text
    assert "unheard of" in answer.text
    assert "My &lt;b&gt;words&lt;/b&gt;" in answer.text


def test_completing_from_my_pages_publishes(
    app: Flask, team: Team, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_writer(Unwritten(Failure.TIMEOUT, "No answer."))
    page = publish_pages(1)[0]

    answer = (
        Visitor(app)
        .be(team.editor)
        .post(f"/pages/{page.id}/edit", {"title": "By a Person", "description": "", "tags": "", "after": "publish"})
    )

    assert answer.status_code == 303
    assert pages_of(page.job_id)[0].state == "published"


def test_staff_see_what_waits_in_every_workspace_with_its_reason(
    staff: Visitor, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_writer(written(violations=("violence or gore",)))
    page = publish_pages(1)[0]

    queue = staff.get("/review/").text

    assert page.title in queue
    assert "violence or gore" in queue
    assert page.prompt[:20] in queue
    assert staff.get(f"/pages/{page.id}/edit?from=review").status_code == 200
    assert staff.get(f"/media/{page.asset_id}/thumb").status_code == 200


def test_staff_approve_and_refuse(staff: Visitor, set_writer: SetWriter, publish_pages: PublishPages) -> None:
    set_writer(written(violations=("violence or gore",)))
    good, bad = publish_pages(2)

    approved = staff.post(
        f"/pages/{good.id}/edit", {"title": good.title, "description": "", "after": "publish", "from": "review"}
    )
    refused = staff.post(f"/review/{bad.id}/refuse", {"reason": "It shows an injury."})

    assert approved.location.endswith("/review/")
    assert refused.status_code == 303
    states = {page.id: (page.state, page.review_reason) for page in pages_of(good.job_id)}
    assert states == {good.id: ("published", None), bad.id: ("held", "Refused: It shows an injury.")}


def test_the_review_queue_is_for_staff(app: Flask, team: Team, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]
    browser = Visitor(app).be(team.owner)

    assert browser.get("/review/").status_code == 403
    assert browser.post(f"/review/{page.id}/refuse", {"reason": "x"}).status_code == 403


def test_the_bar_counts_what_waits_for_staff(
    staff: Visitor, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_writer(Unwritten(Failure.TIMEOUT, "No answer."))
    publish_pages(2)

    assert '<b class="bar-count">2</b>' in staff.get("/review/").text
