"""The account page: name, password, workspaces."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from app.accounts.models import Role, User
from app.accounts.passwords import verify_password
from app.accounts.workspaces import save_member
from app.audit.models import AuditEvent
from app.core.database import db, transaction
from tests.services.application import PASSWORD, Team
from tests.web.visitor import Visitor

NEW = "another long password"


def change(browser: Visitor, current: str = PASSWORD, new: str = NEW) -> int:
    return browser.post("/account/password", {"current_password": current, "new_password": new}).status_code


def test_the_page_shows_who_one_is_and_where(owner: Visitor, team: Team) -> None:
    page = owner.get("/account/").text
    assert "owner@studio.example" in page
    assert "Members of Studio" in page
    assert "viewer@studio.example" in page


def test_somebody_without_a_workspace_sees_what_to_do(
    app: Flask, team: Team, add_person: Callable[[str], User]
) -> None:
    page = Visitor(app).be(add_person("loner@example.com").id).get("/account/")
    assert page.status_code == 200
    assert "You are in no workspace yet" in page.text


def test_a_new_password_signs_out_all_other_browsers_and_gives_this_one_a_new_session(
    app: Flask, owner: Visitor, team: Team, fresh_user: Callable[[object], User]
) -> None:
    elsewhere, before = Visitor(app).be(team.owner), owner.token()
    assert change(owner) == 303
    assert verify_password(fresh_user(team.owner).password_hash, NEW)
    assert owner.token() != before
    assert owner.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


def test_every_problem_of_a_new_password_is_said_at_once(owner: Visitor) -> None:
    answer = owner.post("/account/password", {"current_password": "wrong", "new_password": "short"})
    assert answer.status_code == 422
    assert "The current password does not fit." in answer.text
    assert "at least 10 characters; this one has 5" in answer.text
    assert "short" not in answer.text.replace("at least", "").split("field-new_password")[1].split(">")[0]


def test_the_current_password_cannot_be_guessed_from_an_open_browser(owner: Visitor) -> None:
    for _ in range(10):
        assert change(owner, current="wrong") == 422
    assert change(owner) == 429


def test_the_password_is_never_recorded(owner: Visitor, team: Team) -> None:
    change(owner)
    event = db.session.scalars(select(AuditEvent)).one()
    assert (event.action, event.user_id, event.details) == ("user.password_changed", team.owner, {})


def test_the_name_changes_and_the_author_address_stays(
    owner: Visitor, team: Team, fresh_user: Callable[[object], User]
) -> None:
    assert owner.post("/account/profile", {"display_name": " Ana  Silva "}).status_code == 303
    user = fresh_user(team.owner)
    assert (user.display_name, user.handle) == ("Ana Silva", "owner-studio")


def test_an_empty_name_is_refused_with_the_reason(owner: Visitor) -> None:
    answer = owner.post("/account/profile", {"display_name": " "})
    assert answer.status_code == 422
    assert "The name cannot be empty." in answer.text


def test_switching_leads_to_the_other_workspace(app: Flask, team: Team, other_team: Team) -> None:
    with transaction():
        save_member(other_team.workspace_id, db.session.get_one(User, team.owner), Role.VIEWER, team.actor)
    owner = Visitor(app).be(team.owner)
    assert "Members of Studio" in owner.get("/account/").text
    assert owner.post("/account/workspace", {"workspace_id": str(other_team.workspace_id)}).location == "/jobs/"
    assert "Members of Rivals" in owner.get("/account/").text


def test_a_workspace_one_is_not_in_does_not_exist(owner: Visitor, other_team: Team) -> None:
    for unknown in (str(other_team.workspace_id), "00000000-0000-7000-8000-000000000000", "no id", ""):
        assert owner.post("/account/workspace", {"workspace_id": unknown}).status_code == 404
    assert "Members of Studio" in owner.get("/account/").text
