"""Who is in a workspace is decided by its owners, and there is always one."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Membership, User
from app.accounts.users import deactivate
from app.accounts.workspaces import LAST_OWNER
from app.audit.models import AuditEvent
from app.core.database import db
from tests.services.application import Team
from tests.web.visitor import Visitor


def role_of(user_id: UUID, team: Team) -> str | None:
    db.session.rollback()
    membership = db.session.get(Membership, (user_id, team.workspace_id))
    return membership.role if membership else None


def actions() -> list[tuple[str, UUID | None, dict[str, str]]]:
    db.session.rollback()
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action.like("member.%")).order_by(AuditEvent.id))
    return [(each.action, each.subject_id, each.details) for each in events]


def test_an_owner_lets_somebody_with_an_account_in(
    owner: Visitor, team: Team, add_person: Callable[[str], User]
) -> None:
    ana = add_person("ana@example.com").id
    assert owner.post("/account/members", {"email": "Ana@example.com ", "role": "editor"}).status_code == 303
    assert role_of(ana, team) == "editor"
    assert actions() == [("member.added", ana, {"role": "editor"})]


def test_an_unknown_address_is_explained_and_stays_typed(owner: Visitor) -> None:
    answer = owner.post("/account/members", {"email": "nobody@example.com", "role": "viewer"})
    assert answer.status_code == 422
    assert "Nobody has an account with this address" in answer.text
    assert 'value="nobody@example.com"' in answer.text
    assert '<option value="viewer" selected>viewer: sees everything' in answer.text


def test_a_deactivated_account_cannot_be_let_in(owner: Visitor, team: Team, add_person: Callable[[str], User]) -> None:
    deactivate(add_person("ana@example.com").id, team.actor)
    assert owner.post("/account/members", {"email": "ana@example.com", "role": "viewer"}).status_code == 422


def test_nobody_is_a_member_twice(owner: Visitor) -> None:
    answer = owner.post("/account/members", {"email": "viewer@studio.example", "role": "owner"})
    assert answer.status_code == 409
    assert "is a member already" in answer.text


@pytest.mark.parametrize("role", ["", "admin", "staff"])
def test_only_real_roles_can_be_given(owner: Visitor, team: Team, role: str) -> None:
    assert owner.post(f"/account/members/{team.viewer}/role", {"role": role}).status_code == 422
    assert role_of(team.viewer, team) == "viewer"


def test_an_owner_changes_a_role(owner: Visitor, team: Team) -> None:
    assert owner.post(f"/account/members/{team.viewer}/role", {"role": "editor"}).status_code == 303
    assert role_of(team.viewer, team) == "editor"
    assert actions() == [("member.role_changed", team.viewer, {"before": "viewer", "role": "editor"})]


def test_the_role_one_has_is_no_change(owner: Visitor, team: Team) -> None:
    assert owner.post(f"/account/members/{team.owner}/role", {"role": "owner"}).status_code == 303
    assert actions() == []


def test_an_owner_removes_a_member(owner: Visitor, team: Team) -> None:
    assert owner.post(f"/account/members/{team.viewer}/remove").status_code == 303
    assert role_of(team.viewer, team) is None
    assert actions() == [("member.removed", team.viewer, {"role": "viewer"})]


def test_the_last_owner_can_neither_go_nor_be_made_less(owner: Visitor, team: Team) -> None:
    for path, data in (("remove", {}), ("role", {"role": "editor"})):
        answer = owner.post(f"/account/members/{team.owner}/{path}", data)
        assert answer.status_code == 409
        assert LAST_OWNER in answer.text
    assert role_of(team.owner, team) == "owner"


def test_with_a_second_owner_the_first_may_go(owner: Visitor, team: Team) -> None:
    owner.post(f"/account/members/{team.editor}/role", {"role": "owner"})
    assert owner.post(f"/account/members/{team.owner}/remove").status_code == 303
    assert role_of(team.owner, team) is None


def test_a_deactivated_owner_is_none(owner: Visitor, team: Team) -> None:
    owner.post(f"/account/members/{team.editor}/role", {"role": "owner"})
    deactivate(team.editor, team.actor)
    assert owner.post(f"/account/members/{team.owner}/remove").status_code == 409


def test_people_of_another_workspace_do_not_exist(owner: Visitor, other_team: Team) -> None:
    for path in ("role", "remove"):
        assert owner.post(f"/account/members/{other_team.viewer}/{path}", {"role": "editor"}).status_code == 404
    assert role_of(other_team.viewer, other_team) == "viewer"


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_others_see_the_members_but_decide_nothing(app: Flask, team: Team, role: str) -> None:
    member = Visitor(app).be(getattr(team, role))
    page = member.get("/account/").text
    assert "owner@studio.example" in page
    assert "Add member" not in page
    assert "Remove" not in page
    assert member.post("/account/members", {"email": "x@example.com", "role": "owner"}).status_code == 403
