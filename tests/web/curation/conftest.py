"""A team, its people's browsers, and strangers of another team."""

import pytest
from flask import Flask

from tests.services.application import Team, make_team
from tests.web.visitor import Visitor


@pytest.fixture
def other_team(app: Flask, team: Team) -> Team:
    """People who have nothing to do with the first team."""
    return make_team("rivals")


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
