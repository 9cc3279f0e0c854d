"""A workspace keeps an owner also when its owners leave at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.accounts.models import Membership, Role
from app.accounts.workspaces import change_role, remove_member
from app.core.database import db
from app.core.errors import Conflict
from tests.services.application import Team


def test_of_two_owners_who_leave_at_once_one_stays(app: Flask, team: Team) -> None:
    change_role(team.workspace_id, team.editor, Role.OWNER, team.actor)
    start = Barrier(2)

    def leave(user_id: UUID) -> bool:
        with app.app_context():
            start.wait()
            try:
                remove_member(team.workspace_id, user_id, team.actor)
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(2) as threads:
        left = list(threads.map(leave, [team.owner, team.editor]))
    assert sorted(left) == [False, True]
    owners = select(Membership).where(Membership.workspace_id == team.workspace_id, Membership.role == "owner")
    assert len(db.session.scalars(owners).all()) == 1
