"""Every route says who may ask, and every address in a template exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.accounts.access import AccessRule
from app.core.database import db
from app.core.web_security import csrf
from tests.services.application import make_settings

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
URL_FOR = re.compile(r"url_for\(\s*['\"]([\w.]+)['\"]")
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
SAFE = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Flask]:
    """The application, of which only the routes are looked at."""
    folder = tmp_path_factory.mktemp("routes")
    app = create_app(make_settings(folder, f"sqlite:///{sqlite_template}", "redis://127.0.0.1:1/0", secret_key="none"))
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def test_every_route_has_an_access_rule(routes: Flask) -> None:
    without = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in routes.url_map.iter_rules()
        if rule.endpoint != "static"
        and not isinstance(getattr(routes.view_functions[rule.endpoint], "access_rule", None), AccessRule)
    ]
    assert without == []


def test_no_form_is_exempt_from_its_token(routes: Flask) -> None:
    assert routes.config["WTF_CSRF_ENABLED"]
    assert routes.config["WTF_CSRF_CHECK_DEFAULT"]
    assert not csrf._exempt_views
    assert not csrf._exempt_blueprints


def test_no_route_both_shows_and_changes(routes: Flask) -> None:
    """What changes something is never reached by a link, so it asks for a token."""
    both = [
        rule.rule
        for rule in routes.url_map.iter_rules()
        if rule.methods & UNSAFE and rule.methods & (SAFE - {"OPTIONS"})
    ]
    assert both == []


def test_ids_in_addresses_are_uuids(routes: Flask) -> None:
    """Another kind of text would reach the database, and fail there instead of not being found."""
    loose = [
        rule.rule
        for rule in routes.url_map.iter_rules()
        for name in rule.arguments
        if name.endswith("_id") and f"<uuid:{name}>" not in rule.rule
    ]
    assert loose == []


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.*")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_every_address_in_a_template_exists(routes: Flask, template: Path) -> None:
    named = set(URL_FOR.findall(template.read_text()))
    assert named <= set(routes.view_functions)
