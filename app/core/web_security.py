"""What guards every request and every answer: hosts, proxies, forms, headers, redirects."""

import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from werkzeug.datastructures import Headers
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core.settings import Settings
from app.core.web import error_response, htmx_request

csrf = CSRFProtect()

MAX_BODY = 32 * 1024 * 1024
"""Bytes a request may carry: ten thousand prompts of three thousand characters."""
MAX_FIELDS = 20_000
"""Parts of a form: more than the images of the largest job."""
FORM_LIFETIME = timedelta(days=365)
PROBES = frozenset({"/livez", "/readyz"})
"""Asked by address instead of by name, by machines that watch over hosts."""

POLICY = (
    "default-src 'self'; img-src {pictures}; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HSTS = "max-age=31536000"

NOT_SIGNED_IN = "You are not signed in any more, so nothing was changed. Sign in and try again."
STALE_PAGE = "This page is older than your sign-in, so nothing was changed. Reload it and try again."
RENEWED_PAGE = (
    "This page was older than your sign-in, so nothing was changed. It is up to date now: press again. "
    "If you are signed out, sign in in another tab first."
)
RENEWING_HEADER = "X-Renewed-CSRF-Token"
"""The answer's header with the token that a page has to send from now on."""


def init_web_security(app: Flask, settings: Settings, *, picture_origins: Iterable[str] = ()) -> None:
    """Install every guard. Call before the blueprints are registered, so that no route answers without them.

    picture_origins: where pictures may come from besides this server, as scheme and host.
    """
    https = settings.site_url.startswith("https://")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=MAX_FIELDS,
        WTF_CSRF_TIME_LIMIT=None,
        SESSION_COOKIE_NAME="__Host-proofsheet_form" if https else "proofsheet_form",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=FORM_LIFETIME,
    )
    _believe_proxies(app, settings.trusted_proxies)
    _answer_only_to(app, settings.hosts)
    csrf.init_app(app)
    app.register_error_handler(CSRFError, _refuse_form)
    _send_headers(app, _headers(picture_origins, https=https))


def _believe_proxies(app: Flask, count: int) -> None:
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def _answer_only_to(app: Flask, hosts: list[str]) -> None:
    """A name in the Host header that is not ours could end up in links we send out, so it is refused."""
    known = {_bare(host) for host in hosts}

    def check_host() -> Response | None:
        asked = _bare(request.host)
        if asked in known or request.path in PROBES:
            return None
        problem = (
            f"This server does not answer to the name “{asked}”. "
            "If it should, the operator adds it to PROOFSHEET_ALLOWED_HOSTS."
        )
        return Response(problem, 400, mimetype="text/plain")

    app.before_request(check_host)


def _bare(host: str) -> str:
    """The name without its port and brackets, lower case. Empty for what cannot be a host."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _headers(picture_origins: Iterable[str], *, https: bool) -> dict[str, str]:
    policy = POLICY.format(pictures=" ".join(["'self'", "data:", *picture_origins]))
    return HEADERS | {"Content-Security-Policy": policy} | ({"Strict-Transport-Security": HSTS} if https else {})


def _send_headers(app: Flask, headers: dict[str, str]) -> None:
    def add_headers(response: Response) -> Response:
        _add_missing(response.headers, headers)
        return response

    app.after_request(add_headers)


def _add_missing(present: Headers, headers: dict[str, str]) -> None:
    for name, value in headers.items():
        present.setdefault(name, value)


def _refuse_form(_error: CSRFError) -> Response:
    """The token of a form does not fit: mostly a page that was open while its person signed out and in again.

    Scripts of our pages get a token that fits, so that what was typed is kept and can be sent again. No other site can
    read it: the headers of this answer are not shared with any.
    """
    if not _from_this_site():
        return error_response(400, [STALE_PAGE])
    if not _sent_by_script():
        return resend_page(400)
    response = error_response(400, [RENEWED_PAGE])
    response.headers[RENEWING_HEADER] = generate_csrf()
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _sent_by_script() -> bool:
    return htmx_request() or request.is_json


def _from_this_site() -> bool:
    """Whether the browser itself says that one of our pages sent this. Only then may the form be offered again."""
    origin = request.headers.get("Origin")
    return request.headers.get("Sec-Fetch-Site") == "same-origin" or origin == request.host_url.rstrip("/")


def resend_page(status: int) -> Response:
    """A page that holds all that was just sent, to send it again: what a person typed is not lost.

    Passwords are never sent back, and nothing is offered that another site sent in this person's name.
    """
    if not _from_this_site() or any("password" in name for name in request.form):
        return error_response(status, [NOT_SIGNED_IN if status == HTTPStatus.UNAUTHORIZED else STALE_PAGE])
    body = render_template(
        "errors/resend.html",
        action=request.full_path.rstrip("?"),
        fields=[(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"],
        files=[file.filename for file in request.files.values() if file.filename],
    )
    response = make_response(body, status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def safe_next(url: str | None, fallback: str = "/") -> str:
    """A path of this site to go on to, or the fallback.

    Browsers take `//evil`, `/\\evil` and `/<tab>/evil` for another host, so none of these passes.
    """
    if not url or not url.startswith("/") or url.startswith("//") or "\\" in url:
        return fallback
    if any(unicodedata.category(character).startswith("C") for character in url):
        return fallback
    parts = urlsplit(url)
    return fallback if parts.scheme or parts.netloc else url
