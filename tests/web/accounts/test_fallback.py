"""The workspace's fallback prompt on the account page: owners set it, everybody sees it."""

from app.accounts.models import Workspace
from app.core.database import db
from tests.web.visitor import Visitor


def kept(team) -> str:
    db.session.rollback()
    return db.session.get_one(Workspace, team.workspace_id, populate_existing=True).fallback_prompt


def test_an_owner_sets_it_and_takes_it_away(owner: Visitor, team) -> None:
    answer = owner.post("/account/fallback", {"fallback_prompt": "a calm lake\r\nat dawn"})
    assert (answer.status_code, answer.location) == (303, "/account/#fallback")
    assert kept(team) == "a calm lake\nat dawn"
    page = owner.get("/account/").text
    assert "a calm lake\nat dawn</textarea>" in page
    assert "is sent once for a refused prompt" in page
    owner.post("/account/fallback", {"fallback_prompt": " "})
    assert kept(team) == ""


def test_a_mistake_keeps_what_was_typed(owner: Visitor, team) -> None:
    answer = owner.post("/account/fallback", {"fallback_prompt": "lolicon"})
    assert answer.status_code == 422
    assert "Content flagged" in answer.text
    assert "lolicon</textarea>" in answer.text
    assert kept(team) == ""


def test_others_see_it_and_cannot_change_it(app, owner: Visitor, team) -> None:
    owner.post("/account/fallback", {"fallback_prompt": "a calm lake"})
    for role in ("viewer", "editor"):
        visitor = Visitor(app).be(getattr(team, role))
        page = visitor.get("/account/").text
        assert "a calm lake" in page
        assert 'action="/account/fallback"' not in page
        assert visitor.post("/account/fallback", {"fallback_prompt": "mine"}).status_code == 403
    assert kept(team) == "a calm lake"
