"""Browsers for the people of two teams, and a job form that can be started."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask

from tests.services.application import Team, make_team
from tests.web.visitor import Visitor

Fill = Callable[..., dict[str, str]]


@pytest.fixture
def editor(app: Flask, team: Team) -> Visitor:
    return Visitor(app).be(team.editor)


@pytest.fixture
def viewer(app: Flask, team: Team) -> Visitor:
    return Visitor(app).be(team.viewer)


@pytest.fixture
def stranger(app: Flask) -> Visitor:
    """An owner of another team."""
    return Visitor(app).be(make_team("rivals").owner)


@pytest.fixture
def fill() -> Fill:
    """The fields of a form without problems, changed as the test wants."""

    def make(**changes: str) -> dict[str, str]:
        fields = {
            "form_token": str(uuid4()),
            "mode": "paste",
            "prompts": "a lighthouse\n---\na red mailbox\nin the frost",
            "model": "demo/painter",
            "choices_for": "demo/painter",
            "quality": "medium",
            "size": "1024x1024",
            "images_per_prompt": "2",
            "visibility": "public",
            "character_description": "",
            "fallback_prompt": "",
            "title": "",
            "generator": "",
        }
        return fields | changes

    return make
