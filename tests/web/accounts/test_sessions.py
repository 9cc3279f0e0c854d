"""How long a session lives, and what it costs to look it up."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import Membership, Role, SignInSession, User
from app.accounts.sessions import IDLE, TOUCH_EVERY
from app.accounts.users import deactivate, set_password
from app.accounts.workspaces import add_workspace, save_member
from app.core.clock import utc_now
from app.core.database import db, transaction
from tests.services.application import Team
from tests.services.statements import statements
from tests.web.visitor import Visitor


def age(by: timedelta) -> None:
    """Let every session have been used last so long ago."""
    with transaction():
        then = utc_now() - by
        db.session.execute(update(SignInSession).values(last_seen_at=then, expires_at=then + IDLE))


def last_seen() -> timedelta:
    db.session.rollback()
    return utc_now() - db.session.scalars(select(SignInSession.last_seen_at)).one()


def test_session_user_memberships_and_workspaces_take_one_query(owner: Visitor, team: Team) -> None:
    with statements() as seen:
        address = "/account/members/00000000-0000-7000-8000-000000000000/role"
        assert owner.post(address, {"role": "none"}).status_code == 422
    assert len([each for each in seen if "FROM sessions" in each]) == 1
    with statements() as seen:
        assert owner.get("/login").status_code == 302
    assert len(seen) == 1


def test_a_stranger_costs_no_query(visitor: Visitor) -> None:
    with statements() as seen:
        assert visitor.get("/account/").status_code == 302
    assert seen == []


def test_a_session_lives_on_while_it_is_used(owner: Visitor) -> None:
    age(IDLE - timedelta(hours=1))
    assert owner.get("/account/").status_code == 200
    age_after = last_seen()
    assert age_after < timedelta(minutes=1)


def test_a_session_nobody_used_has_ended(owner: Visitor) -> None:
    age(IDLE + timedelta(minutes=1))
    assert owner.get("/account/").status_code == 302


def test_use_is_written_down_only_every_few_minutes(owner: Visitor) -> None:
    age(TOUCH_EVERY - timedelta(minutes=1))
    with statements() as seen:
        owner.get("/account/")
    assert not [each for each in seen if each.startswith("UPDATE")]
    age(TOUCH_EVERY + timedelta(seconds=1))
    with statements() as seen:
        owner.get("/account/")
        owner.get("/account/")
    assert len([each for each in seen if each.startswith("UPDATE")]) == 1


def test_signing_in_clears_away_what_has_expired(visitor: Visitor, owner: Visitor, team: Team) -> None:
    age(IDLE + timedelta(days=1))
    visitor.sign_in("owner@studio.example")
    assert len(db.session.scalars(select(SignInSession)).all()) == 1


def test_deactivation_ends_every_session(owner: Visitor, team: Team) -> None:
    deactivate(team.owner, team.actor)
    assert owner.get("/account/").status_code == 302
    assert db.session.scalars(select(SignInSession)).all() == []


def test_a_new_password_from_the_operator_ends_every_session(owner: Visitor, team: Team) -> None:
    set_password(team.owner, "another long password", team.actor)
    assert owner.get("/account/").status_code == 302


def test_membership_is_read_at_every_request(app: Flask, team: Team) -> None:
    editor = Visitor(app).be(team.editor)
    assert "Studio" in editor.get("/account/").text
    with transaction():
        db.session.delete(db.session.get_one(Membership, (team.editor, team.workspace_id)))
    assert editor.get("/jobs/new").status_code == 403
    assert "You are in no workspace yet" in editor.get("/account/").text


def test_the_role_is_read_at_every_request(app: Flask, team: Team) -> None:
    editor = Visitor(app).be(team.editor)
    assert editor.get("/jobs/new").status_code == 200
    with transaction():
        db.session.execute(update(Membership).where(Membership.user_id == team.editor).values(role="viewer"))
    assert editor.get("/jobs/new").status_code == 403


def test_when_the_chosen_workspace_is_lost_the_oldest_one_is_shown(app: Flask, team: Team, other_team: Team) -> None:
    newest = add_workspace("Attic", team.actor).id
    with transaction():
        user = db.session.get_one(User, team.viewer)
        for place in (other_team.workspace_id, newest):
            save_member(place, user, Role.VIEWER, team.actor)
    viewer = Visitor(app).be(team.viewer, workspace_id=newest)
    assert "Members of Attic" in viewer.get("/account/").text
    with transaction():
        db.session.delete(db.session.get_one(Membership, (team.viewer, newest)))
    assert "Members of Studio" in viewer.get("/account/").text
