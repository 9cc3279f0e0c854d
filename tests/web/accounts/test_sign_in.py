"""Signing in and out."""

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import SignInSession, User
from app.accounts.sessions import hash_token
from app.accounts.sign_in import PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, REFUSED
from app.accounts.users import deactivate
from app.audit.models import AuditEvent
from app.core.database import db, transaction
from tests.services.application import Team
from tests.services.valkey import ValkeyServer
from tests.web.visitor import Visitor

EMAIL = "owner@studio.example"


def test_the_right_password_leads_to_the_page_that_was_asked_for(visitor: Visitor, team: Team) -> None:
    asked = visitor.get("/account/?tab=members")
    assert asked.location == "/login?next=/account/?tab%3Dmembers"
    answer = visitor.sign_in(EMAIL, next="/account/?tab=members")
    assert (answer.status_code, answer.location) == (303, "/account/?tab=members")
    assert visitor.get("/account/").status_code == 200


def test_the_form_carries_on_where_to_go(visitor: Visitor) -> None:
    assert 'name="next" value="/account/?tab=members"' in visitor.get("/login?next=/account/?tab%3Dmembers").text


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_no_other_site_is_led_to(visitor: Visitor, team: Team, evil: str) -> None:
    assert visitor.sign_in(EMAIL, next=evil).location == "/jobs/"
    assert visitor.get(f"/login?next={evil}").location == "/jobs/"


def test_the_address_may_be_typed_in_any_case(visitor: Visitor, team: Team) -> None:
    assert visitor.sign_in(" Owner@Studio.EXAMPLE ").status_code == 303


def test_the_cookie_is_out_of_reach_for_scripts_and_only_its_hash_is_kept(visitor: Visitor, team: Team) -> None:
    answer = visitor.sign_in(EMAIL)
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("proofsheet_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    token = visitor.token()
    assert token
    assert len(token) >= 43
    assert db.session.scalars(select(SignInSession.token_hash)).all() == [hash_token(token)]


def test_over_tls_the_cookie_is_secure(app: Flask, team: Team) -> None:
    visitor = Visitor(app, scheme="https")
    answer = visitor.post(
        "/login", {"email": EMAIL, "password": "correct horse battery"}, headers={"Referer": "https://localhost/login"}
    )
    assert "Secure" in next(line for line in answer.headers.getlist("Set-Cookie") if "proofsheet_session" in line)


def test_signing_in_again_makes_a_new_session_and_ends_the_old_one(app: Flask, visitor: Visitor, team: Team) -> None:
    visitor.sign_in(EMAIL)
    first = visitor.token()
    visitor.sign_in("editor@studio.example")
    assert visitor.token() != first
    thief = Visitor(app)
    thief.keep(str(first))
    assert thief.get("/account/").status_code == 302


def test_a_session_chosen_by_a_stranger_is_not_taken_over(visitor: Visitor, team: Team) -> None:
    visitor.keep("planted")
    visitor.sign_in(EMAIL)
    assert visitor.token() != "planted"


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "wrong horse battery"), ("nobody@studio.example", "correct horse battery"), ("", ""), (EMAIL, "x" * 5000)],
)
def test_what_does_not_fit_is_refused_in_the_same_words_and_the_address_stays_typed(
    visitor: Visitor, team: Team, email: str, password: str
) -> None:
    answer = visitor.sign_in(email, password)
    assert answer.status_code == 422
    assert REFUSED in answer.text
    assert f'value="{email}"' in answer.text
    assert visitor.token() is None


def test_a_deactivated_account_is_refused_in_the_same_words(visitor: Visitor, team: Team) -> None:
    deactivate(team.owner, team.actor)
    assert REFUSED in visitor.sign_in(EMAIL).text


def test_guessing_is_stopped_also_for_the_right_password_and_says_when_to_try_again(
    visitor: Visitor, team: Team
) -> None:
    for _ in range(PER_ACCOUNT_AND_ADDRESS.attempts):
        assert visitor.sign_in(EMAIL, "wrong").status_code == 422
    answer = visitor.sign_in(EMAIL)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= PER_ACCOUNT_AND_ADDRESS.seconds
    assert "Try again in 15 min" in answer.text


def test_accounts_that_do_not_exist_are_throttled_alike(visitor: Visitor, team: Team) -> None:
    answers = [visitor.sign_in("nobody@studio.example", "wrong") for _ in range(PER_ACCOUNT_AND_ADDRESS.attempts + 1)]
    assert [answer.status_code for answer in answers][-2:] == [422, 429]


def test_a_stranger_at_another_address_cannot_lock_the_owner_out(app: Flask, team: Team) -> None:
    stranger = Visitor(app, address="198.51.100.66")
    for _ in range(PER_ACCOUNT_AND_ADDRESS.attempts + 2):
        stranger.sign_in(EMAIL, "wrong")
    assert Visitor(app).sign_in(EMAIL).status_code == 303


def test_addresses_of_one_ipv6_customer_count_as_one(app: Flask, team: Team) -> None:
    for number in range(PER_ACCOUNT_AND_ADDRESS.attempts):
        Visitor(app, address=f"2001:db8:1:2::{number}").sign_in(EMAIL, "wrong")
    assert Visitor(app, address="2001:db8:1:2:ffff::1").sign_in(EMAIL).status_code == 429
    assert Visitor(app, address="2001:db8:1:3::1").sign_in(EMAIL).status_code == 303


def test_signing_in_starts_the_counter_anew(visitor: Visitor, team: Team) -> None:
    for _ in range(2):
        for _ in range(PER_ACCOUNT_AND_ADDRESS.attempts - 1):
            visitor.sign_in(EMAIL, "wrong")
        assert visitor.sign_in(EMAIL).status_code == 303


def test_one_address_cannot_try_its_luck_on_every_account(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.accounts.sign_in.verify_password", lambda *_: False)
    sprayer = Visitor(app)
    for number in range(PER_ADDRESS.attempts):
        assert sprayer.sign_in(f"{number}@studio.example", "wrong").status_code == 422
    assert sprayer.sign_in("last@studio.example", "wrong").status_code == 429


def test_a_lost_redis_does_not_keep_anybody_out(visitor: Visitor, team: Team, valkey: ValkeyServer) -> None:
    valkey.kill()
    assert visitor.sign_in(EMAIL).status_code == 303


def test_a_hash_of_older_parameters_is_replaced(
    visitor: Visitor, team: Team, fresh_user: Callable[[object], User]
) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=1024).hash("correct horse battery")
    with transaction():
        db.session.execute(update(User).where(User.id == team.owner).values(password_hash=old))
    visitor.sign_in(EMAIL)
    assert fresh_user(team.owner).password_hash != old
    assert visitor.sign_in(EMAIL).status_code == 303


def test_signing_out_ends_the_session_on_the_server(app: Flask, visitor: Visitor, team: Team) -> None:
    visitor.sign_in(EMAIL)
    token = visitor.token()
    assert visitor.post("/logout").location == "/login"
    assert visitor.token() is None
    copy = Visitor(app)
    copy.keep(str(token))
    assert copy.get("/account/").status_code == 302


def test_signing_out_twice_is_no_error(visitor: Visitor) -> None:
    assert visitor.post("/logout").location == "/login"


def test_nobody_is_signed_out_by_a_link(owner: Visitor) -> None:
    assert owner.get("/logout").status_code == 405


def test_who_came_and_went_is_recorded_with_the_address(visitor: Visitor, team: Team) -> None:
    visitor.sign_in(EMAIL)
    visitor.post("/logout")
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(each.action, each.user_id, each.address) for each in events] == [
        ("user.signed_in", team.owner, "203.0.113.7"),
        ("user.signed_out", team.owner, "203.0.113.7"),
    ]
