"""What guards every request and every answer."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from app import create_app
from app.core.database import db
from app.core.web_security import MAX_BODY, init_web_security
from tests.services.application import Team, make_settings
from tests.web.visitor import Visitor

MakeApp = Callable[..., Flask]


@pytest.fixture
def make_app(tmp_path: Path, sqlite_url: str, redis_url: str) -> Iterator[MakeApp]:
    """The application with settings that differ from the usual ones."""
    made: list[Flask] = []

    def make(**values: Any) -> Flask:
        app = create_app(make_settings(tmp_path / "data", sqlite_url, redis_url, **values))
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()


@pytest.fixture
def stranger(make_app: MakeApp) -> Visitor:
    return Visitor(make_app())


@pytest.mark.parametrize("path", ["/login", "/account/", "/nowhere", "/livez", "/static/css/tokens.css"])
def test_every_answer_carries_the_headers(stranger: Visitor, path: str) -> None:
    headers = stranger.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    for part in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
        assert part in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_behind_tls_browsers_are_told_to_stay_there_and_cookies_are_secure(make_app: MakeApp) -> None:
    visitor = Visitor(make_app(public_url="https://studio.example"), host="studio.example", scheme="https")
    answer = visitor.get("/login")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-proofsheet_form=")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:5", "[::1]:8000", "LOCALHOST", "studio.example"]
)
def test_own_names_are_answered_with_any_port(make_app: MakeApp, host: str) -> None:
    visitor = Visitor(make_app(public_url="http://studio.example:8000"))
    assert visitor.get("/login", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "[::1", ""])
def test_other_names_are_refused_with_advice(stranger: Visitor, host: str) -> None:
    answer = stranger.get("/login", headers={"Host": host})
    assert answer.status_code == 400
    assert "PROOFSHEET_ALLOWED_HOSTS" in answer.text


def test_probes_may_ask_by_address(stranger: Visitor) -> None:
    assert stranger.get("/livez", headers={"Host": "10.0.0.3:8000"}).status_code == 200


def test_allowed_hosts_replace_the_usual_ones(make_app: MakeApp) -> None:
    visitor = Visitor(make_app(allowed_hosts=["studio.example"]))
    assert visitor.get("/login", headers={"Host": "studio.example"}).status_code == 200
    assert visitor.get("/login", headers={"Host": "localhost"}).status_code == 400


@pytest.mark.parametrize(("proxies", "seen"), [(0, "203.0.113.7"), (1, "198.51.100.9"), (2, "192.0.2.1")])
def test_only_as_many_proxies_are_believed_as_there_are(make_app: MakeApp, proxies: int, seen: str) -> None:
    app = make_app(trusted_proxies=proxies)
    app.add_url_rule("/whence", view_func=lambda: str(request.remote_addr))
    answer = Visitor(app).get("/whence", headers={"X-Forwarded-For": "192.0.2.1, 198.51.100.9"})
    assert answer.text == seen


def test_a_forwarded_name_is_checked_too(make_app: MakeApp) -> None:
    visitor = Visitor(make_app(trusted_proxies=1))
    assert visitor.get("/login", headers={"X-Forwarded-Host": "evil.example"}).status_code == 400


def test_a_form_without_its_token_changes_nothing(owner: Visitor) -> None:
    answer = owner.send("POST", "/account/profile", {"display_name": "Mallory"})
    assert answer.status_code == 400
    assert "Mallory" not in answer.text
    assert "Mallory" not in owner.get("/account/").text


def test_a_foreign_page_gets_no_form_to_send_again(owner: Visitor) -> None:
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = owner.send("POST", "/account/profile", {"display_name": "Mallory"}, headers=foreign)
    assert answer.status_code == 400
    assert "Reload it and try again" in answer.text
    assert "csrf_token" not in answer.text.split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize("sent_by", [{"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}])
def test_what_was_typed_into_a_stale_page_can_be_sent_again(owner: Visitor, sent_by: dict[str, str]) -> None:
    typed = {"display_name": 'Ana "A" <Silva>', "csrf_token": "stale"}
    answer = owner.send("POST", "/account/profile?from=menu", typed, headers=sent_by)
    assert answer.status_code == 400
    assert 'action="/account/profile?from=menu"' in answer.text
    assert 'name="display_name" value="Ana &#34;A&#34; &lt;Silva&gt;"' in answer.text
    assert 'value="stale"' not in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_what_was_sent_without_a_session_can_be_sent_again_after_signing_in(visitor: Visitor, team: Team) -> None:
    answer = visitor.post("/account/profile", {"display_name": "Ana"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 401
    assert 'name="display_name" value="Ana"' in answer.text
    assert 'href="/login" target="_blank"' in answer.text
    token = answer.text.split('name="csrf_token" value="')[1].split('"')[0]
    visitor.sign_in("owner@studio.example")
    again = visitor.send("POST", "/account/profile", {"display_name": "Ana", "csrf_token": token})
    assert again.status_code == 303


def test_a_password_is_never_sent_back(visitor: Visitor) -> None:
    typed = {"current_password": "correct horse battery", "new_password": "another long password"}
    answer = visitor.post("/account/password", typed, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 401
    assert "horse" not in answer.text
    assert "another" not in answer.text


def test_the_token_of_a_page_outlives_signing_in_elsewhere(visitor: Visitor, team: Team) -> None:
    before = visitor.form_token()
    visitor.sign_in("owner@studio.example")
    visitor.sign_in("owner@studio.example")
    assert visitor.send("POST", "/account/profile", {"display_name": "Ana", "csrf_token": before}).status_code == 303


def test_htmx_sends_the_token_as_a_header(owner: Visitor) -> None:
    headers = {"X-CSRFToken": owner.form_token()}
    assert (
        owner.send("POST", "/account/profile", {"display_name": "Ana"}, htmx=True, headers=headers).status_code == 303
    )


def test_a_stale_page_of_htmx_stays_and_says_so(owner: Visitor) -> None:
    answer = owner.send("POST", "/account/profile", {"display_name": "Ana"}, htmx=True)
    assert answer.status_code == 400
    assert "<hx-partial" in answer.text
    assert "Reload it" in answer.text


def test_a_stale_page_gets_a_token_with_which_it_can_be_sent_again(owner: Visitor) -> None:
    own = {"Sec-Fetch-Site": "same-origin"}
    refused = owner.send("POST", "/account/profile", {"display_name": "Ana"}, htmx=True, headers=own)
    assert refused.status_code == 400
    assert "press again" in refused.text
    assert "Reload it" not in refused.text
    assert refused.headers["Cache-Control"] == "private, no-store"
    fresh = {"X-CSRFToken": refused.headers["X-Renewed-CSRF-Token"]}
    again = owner.send("POST", "/account/profile", {"display_name": "Ana"}, htmx=True, headers=fresh)
    assert again.status_code == 303


def test_a_token_received_while_signed_out_fits_after_signing_in(visitor: Visitor, team: Team) -> None:
    own = {"Sec-Fetch-Site": "same-origin"}
    refused = visitor.send("POST", "/account/profile", {"display_name": "Ana"}, htmx=True, headers=own)
    fresh = {"X-CSRFToken": refused.headers["X-Renewed-CSRF-Token"]}
    signed_out = visitor.send("POST", "/account/profile", {"display_name": "Ana"}, htmx=True, headers=fresh)
    visitor.sign_in("owner@studio.example")
    again = visitor.send("POST", "/account/profile", {"display_name": "Ana"}, htmx=True, headers=fresh)
    assert (refused.status_code, signed_out.status_code, again.status_code) == (400, 401, 303)


def test_another_site_gets_no_token(owner: Visitor) -> None:
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = owner.send("POST", "/account/profile", {"display_name": "Mallory"}, htmx=True, headers=foreign)
    assert answer.status_code == 400
    assert "X-Renewed-CSRF-Token" not in answer.headers


def test_polling_changes_no_cookie(owner: Visitor) -> None:
    owner.get("/account/")
    assert "Set-Cookie" not in owner.get("/account/").headers


@pytest.mark.parametrize("path", ["/account/", "/nowhere", "/login"])
def test_what_a_signed_in_person_sees_is_kept_by_no_cache(owner: Visitor, path: str) -> None:
    headers = owner.get(path).headers
    assert headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in headers["Vary"]


def test_static_files_may_be_cached_for_everybody(owner: Visitor) -> None:
    assert "no-store" not in owner.get("/static/css/tokens.css").headers["Cache-Control"]


def test_too_large_a_body_is_refused(owner: Visitor) -> None:
    answer = owner.send("POST", "/account/profile", {"display_name": "x" * (MAX_BODY + 1)})
    assert answer.status_code == 413
    assert "larger than this server accepts" in answer.text


def test_a_list_of_prompts_of_several_megabytes_is_accepted(owner: Visitor) -> None:
    assert owner.post("/account/profile", {"display_name": "x" * 5_000_000}).status_code == 422


def test_a_view_may_send_headers_of_its_own(settings: Any) -> None:
    app = Flask("own")
    app.secret_key = "a"
    init_web_security(app, settings)
    app.add_url_rule("/", view_func=lambda: ("", 200, {"Content-Security-Policy": "sandbox"}))
    assert Visitor(app).get("/").headers.getlist("Content-Security-Policy") == ["sandbox"]
