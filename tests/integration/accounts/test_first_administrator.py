"""A new installation gets its first account and its signing key exactly once, however many processes start."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.first_administrator import ensure_first_administrator
from app.accounts.models import Membership, SiteSecret, User, Workspace
from app.accounts.passwords import verify_password
from app.accounts.secrets import SIGNING_KEY, secret_key
from app.accounts.users import NewUser, add_user
from app.audit.models import AuditEvent
from app.audit.record import Actor
from app.core.database import db
from app.core.errors import ConfigurationError
from app.core.settings import Settings
from tests.services.application import make_settings

AT_ONCE = 4


@pytest.fixture
def configured(tmp_path: Path, database_url: str, redis_url: str) -> Callable[..., Settings]:
    return lambda **values: make_settings(tmp_path / "data", database_url, redis_url, **values)


def at_once(app: Flask, call: Callable[[], Any]) -> list[Any]:
    """Call it in several threads at the same moment."""
    start = Barrier(AT_ONCE)

    def run(_number: int) -> Any:
        with app.app_context():
            start.wait()
            return call()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(run, range(AT_ONCE)))


def test_the_first_administrator_is_staff_and_owns_the_first_workspace(app: Flask, settings: Settings) -> None:
    made = ensure_first_administrator(settings)
    assert made is not None
    email, password = made
    user = db.session.scalars(select(User)).one()
    assert (user.email, user.handle, user.is_staff) == ("admin@example.com", "admin", True)
    assert email == user.email
    assert verify_password(user.password_hash, password)
    membership = db.session.scalars(select(Membership)).one()
    assert (membership.user_id, membership.role) == (user.id, "owner")
    assert db.session.scalars(select(Workspace.name)).all() == ["Studio"]


def test_what_was_made_is_recorded_as_done_by_the_operator(app: Flask, settings: Settings) -> None:
    ensure_first_administrator(settings)
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [each.action for each in events] == ["user.added", "workspace.added", "member.added"]
    assert {(each.address, each.user_id) for each in events} == {("cli", None)}


def test_a_second_start_makes_and_answers_nothing(app: Flask, settings: Settings) -> None:
    ensure_first_administrator(settings)
    assert ensure_first_administrator(settings) is None
    assert db.session.scalar(select(func.count(User.id))) == 1


def test_where_somebody_has_an_account_nothing_is_made(app: Flask, settings: Settings) -> None:
    add_user(NewUser("ana@example.com"), Actor(None, "cli"))
    assert ensure_first_administrator(settings) is None


def test_the_configured_sign_in_is_used(app: Flask, configured: Callable[..., Settings]) -> None:
    settings = configured(admin_email="Ana@Example.com", admin_password="correct horse battery")
    assert ensure_first_administrator(settings) == ("ana@example.com", "correct horse battery")


@pytest.mark.parametrize("values", [{"admin_email": "nobody"}, {"admin_password": "short"}])
def test_a_sign_in_that_cannot_be_one_names_the_variables(
    app: Flask, configured: Callable[..., Settings], values: dict[str, str]
) -> None:
    with pytest.raises(ConfigurationError, match="PROOFSHEET_ADMIN_EMAIL, PROOFSHEET_ADMIN_PASSWORD") as caught:
        ensure_first_administrator(configured(**values))
    assert "short" not in caught.value.message
    assert db.session.scalar(select(func.count(User.id))) == 0


def test_processes_that_start_at_once_make_one_administrator(app: Flask, settings: Settings) -> None:
    answers = at_once(app, lambda: ensure_first_administrator(settings))
    assert sorted(answer is None for answer in answers) == [False] + [True] * (AT_ONCE - 1)
    assert db.session.scalar(select(func.count(User.id))) == 1
    assert db.session.scalar(select(func.count(Workspace.id))) == 1


def test_processes_that_start_at_once_share_one_signing_key(app: Flask, settings: Settings) -> None:
    db.session.delete(db.session.get_one(SiteSecret, SIGNING_KEY))
    db.session.commit()
    assert len(set(at_once(app, lambda: secret_key(settings)))) == 1


def test_the_signing_key_stays_the_same(app: Flask, settings: Settings) -> None:
    assert app.secret_key == secret_key(settings)
    assert len(str(app.secret_key)) >= 64


def test_a_configured_signing_key_is_used(app: Flask, configured: Callable[..., Settings]) -> None:
    assert secret_key(configured(secret_key="given by the operator")) == "given by the operator"


def test_people_added_at_once_get_handles_of_their_own(app: Flask) -> None:
    numbers = iter(range(AT_ONCE))
    made = at_once(app, lambda: add_user(NewUser(f"ana@{next(numbers)}.example"), Actor(None, "cli")).user.handle)
    assert sorted(made) == ["ana", "ana-2", "ana-3", "ana-4"]
