"""Every route, asked by everybody, for what is theirs and for what is not.

The walk takes the routes from the application itself, so a route that is added later is walked too. One that carries no
rule, or an address parameter that tests/web/belongings.py does not know, fails.
"""

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.accounts.access import MEMBER_RULES, AccessRule
from app.accounts.models import Role, User
from app.core.database import db, transaction
from app.generation.models import Image
from tests.services.application import Team, make_team
from tests.web.belongings import BODIES, Belongings, address, make_belongings, object_parameters
from tests.web.visitor import Visitor

ROLES = list(Role)
REFUSED = {401, 403, 404, 405}
Ask = tuple[Rule, str, bool]
"""A route, a method, and whether htmx asks."""
MakeJob = Callable[..., object]


@pytest.fixture
def asks(app: Flask) -> list[Ask]:
    """Every route with every method it answers to, as a page and as a fragment."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    return [
        (rule, method, htmx)
        for rule in rules
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        for htmx in (False, True)
    ]


@pytest.fixture
def own(team: Team, make_job: MakeJob) -> Belongings:
    return make_belongings(make_job, team, visibility="private")


@pytest.fixture
def foreign(team: Team, make_job: MakeJob) -> Belongings:
    """What belongs to another workspace and is not published."""
    return make_belongings(make_job, make_team("rivals"), visibility="private")


@pytest.fixture
def members(app: Flask, team: Team) -> dict[Role, Visitor]:
    """One person of each role, signed in."""
    return {role: Visitor(app).be(getattr(team, role)) for role in ROLES}


@pytest.fixture
def site_staff(app: Flask, team: Team) -> Visitor:
    """Somebody of the site's staff, who is a viewer in the workspace."""
    with transaction():
        db.session.execute(update(User).where(User.id == team.viewer).values(is_staff=True))
    return Visitor(app).be(team.viewer)


def rule_of(app: Flask, rule: Rule) -> AccessRule:
    found = getattr(app.view_functions[rule.endpoint], "access_rule", None)
    assert isinstance(found, AccessRule), f"{rule.rule} ({rule.endpoint}) has no access rule"
    return found


def send(app: Flask, visitor: Visitor, ask: Ask, of: dict[str, Belongings], body_of: Belongings) -> TestResponse:
    """Ask, and follow where a page leads to, as a browser does."""
    rule, method, htmx = ask
    body = BODIES[rule.endpoint](body_of) if method != "GET" and rule.endpoint in BODIES else {}
    path = address(app, rule, of)
    answer = visitor.get(path, htmx=htmx) if method == "GET" else visitor.post(path, body, htmx=htmx)
    while method == "GET" and answer.location and not answer.location.startswith("/login"):
        answer = visitor.get(answer.location, htmx=htmx)
    return answer


def everything(rule: Rule, belongings: Belongings) -> dict[str, Belongings]:
    return dict.fromkeys(object_parameters(rule), belongings)


def mixtures(rule: Rule, own: Belongings, foreign: Belongings) -> Iterator[dict[str, Belongings]]:
    """Every way to fill the address in which at least one thing is foreign."""
    names = object_parameters(rule)
    for whose in product((own, foreign), repeat=len(names)):
        if foreign in whose:
            yield dict(zip(names, whose, strict=True))


def told(ask: Ask, who: str, answer: TestResponse) -> str:
    rule, method, htmx = ask
    return f"{who}: {method} {rule.rule}{' (htmx)' if htmx else ''} → {answer.status_code}"


def may(role: Role, rule: AccessRule) -> bool:
    """Whether a member with this role, who is not staff, passes the rule."""
    needed = MEMBER_RULES.get(rule)
    return rule is not AccessRule.STAFF if needed is None else role.includes(needed)


def test_a_stranger_gets_only_what_is_public(app: Flask, asks: list[Ask], own: Belongings) -> None:
    wrong = []
    for ask in asks:
        rule, method, htmx = ask
        if rule_of(app, rule) is AccessRule.PUBLIC:
            continue
        answer = send(app, Visitor(app), ask, everything(rule, own), own)
        if method == "GET" and not htmx:
            refused = answer.status_code == 302 and str(answer.location).startswith("/login")
        else:
            refused = answer.status_code == 401
        if not refused:
            wrong.append(told(ask, "stranger", answer))
    assert wrong == []


def test_what_is_not_published_does_not_exist_for_a_stranger(app: Flask, asks: list[Ask], own: Belongings) -> None:
    wrong = []
    for ask in asks:
        rule = ask[0]
        if rule_of(app, rule) is not AccessRule.PUBLIC or not object_parameters(rule):
            continue
        answer = send(app, Visitor(app), ask, everything(rule, own), own)
        if answer.status_code != 404:
            wrong.append(told(ask, "stranger", answer))
    assert wrong == []


def test_what_belongs_to_another_workspace_does_not_exist(
    app: Flask, asks: list[Ask], own: Belongings, foreign: Belongings, members: dict[Role, Visitor]
) -> None:
    wrong = []
    for (role, visitor), ask in product(members.items(), asks):
        expected = 404 if may(role, rule_of(app, ask[0])) else 403
        for of in mixtures(ask[0], own, foreign):
            answer = send(app, visitor, ask, of, foreign)
            if answer.status_code != expected:
                wrong.append(told(ask, role, answer))
    assert wrong == []


def test_somebody_without_a_workspace_gets_nothing_of_any(
    app: Flask, asks: list[Ask], own: Belongings, loner: Visitor
) -> None:
    wrong = []
    for ask in asks:
        if object_parameters(ask[0]):
            answer = send(app, loner, ask, everything(ask[0], own), own)
            if answer.status_code not in {403, 404}:
                wrong.append(told(ask, "loner", answer))
    assert wrong == []


@pytest.fixture
def loner(app: Flask, add_person: Callable[[str], User]) -> Visitor:
    return Visitor(app).be(add_person("loner@example.com").id)


def test_a_role_that_is_missing_is_refused(
    app: Flask, asks: list[Ask], own: Belongings, members: dict[Role, Visitor]
) -> None:
    wrong = []
    for (role, visitor), ask in product(members.items(), asks):
        if may(role, rule_of(app, ask[0])):
            continue
        answer = send(app, visitor, ask, everything(ask[0], own), own)
        if answer.status_code != 403:
            wrong.append(told(ask, role, answer))
    assert wrong == []


def test_a_role_that_suffices_is_let_through(
    app: Flask, asks: list[Ask], team: Team, make_job: MakeJob, site_staff: Visitor
) -> None:
    """Without this one, a walk in which everything is refused would pass too."""
    wrong = []
    for ask in asks:
        rule = rule_of(app, ask[0])
        belongings = make_belongings(make_job, team, visibility="public")
        lowest = MEMBER_RULES.get(rule)
        visitor = Visitor(app).be(getattr(team, lowest)) if lowest else site_staff
        answer = send(app, visitor, ask, everything(ask[0], belongings), belongings)
        if answer.status_code in REFUSED or answer.status_code >= 500:
            wrong.append(told(ask, lowest or "staff", answer))
        site_staff.be(team.viewer)
    assert wrong == []


def test_staff_see_the_review_of_all_but_belong_to_no_other_workspace(
    app: Flask, asks: list[Ask], foreign: Belongings, site_staff: Visitor
) -> None:
    wrong = []
    for ask in asks:
        rule = rule_of(app, ask[0])
        if rule not in MEMBER_RULES or rule is AccessRule.EDITOR_OR_STAFF or not object_parameters(ask[0]):
            continue
        answer = send(app, site_staff, ask, everything(ask[0], foreign), foreign)
        if answer.status_code not in {403, 404}:
            wrong.append(told(ask, "staff", answer))
    assert wrong == []


def test_pictures_of_another_workspace_cannot_be_marked_through_an_own_job(
    own: Belongings, foreign: Belongings, members: dict[Role, Visitor]
) -> None:
    members[Role.OWNER].post(f"/jobs/{own.job_id}/marks", {"images": [str(foreign.image_id)], "mark": "reject"})
    db.session.rollback()
    assert db.session.get_one(Image, foreign.image_id, populate_existing=True).mark == "keep"
