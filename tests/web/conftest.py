"""Two teams, and browsers for their people."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.accounts.models import User
from app.accounts.users import NewUser, add_user
from app.audit.record import Actor
from app.core.database import db
from tests.services.application import PASSWORD, Team, make_team
from tests.web.visitor import Visitor


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A stranger."""
    return Visitor(app)


@pytest.fixture
def other_team(app: Flask, team: Team) -> Team:
    """People the first team has nothing to do with."""
    return make_team("rivals")


@pytest.fixture
def owner(app: Flask, team: Team) -> Visitor:
    """The owner of the first team, signed in."""
    return Visitor(app).be(team.owner)


@pytest.fixture
def editor(app: Flask, team: Team) -> Visitor:
    return Visitor(app).be(team.editor)


@pytest.fixture
def viewer(app: Flask, team: Team) -> Visitor:
    return Visitor(app).be(team.viewer)


@pytest.fixture
def stranger(app: Flask, other_team: Team) -> Visitor:
    """Signed in, in another workspace, with every right there."""
    return Visitor(app).be(other_team.owner)


@pytest.fixture
def fresh_user(app: Flask) -> Callable[[object], User]:
    """Read a user as the database has it now."""

    def read(user_id: object) -> User:
        db.session.rollback()
        user = db.session.get(User, user_id)
        assert user is not None
        return user

    return read


@pytest.fixture
def add_person(app: Flask) -> Callable[[str], User]:
    """Make an account without a workspace."""

    def add(email: str) -> User:
        return add_user(NewUser(email=email, password=PASSWORD), Actor(None, "cli")).user

    return add
