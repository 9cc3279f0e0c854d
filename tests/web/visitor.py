"""A browser without a screen: it keeps cookies and sends form tokens. Each request has a context of its own, as on a server."""

import contextvars
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from app.accounts.access import SESSION_COOKIE
from app.accounts.sessions import open_session
from app.core.database import transaction
from tests.services.application import PASSWORD

Result = TypeVar("Result")
FORM_SECRET = "the same for all forms of this browser"
HTMX = {"HX-Request": "true"}


class Visitor:
    """Somebody at an address; a stranger until `sign_in` or `be`."""

    def __init__(
        self, app: Flask, *, address: str = "203.0.113.7", host: str = "localhost", scheme: str = "http"
    ) -> None:
        self._app = app
        self._client = app.test_client()
        self._address = {"REMOTE_ADDR": address}
        self._base_url = f"{scheme}://{host}"

    def get(self, path: str, *, htmx: bool = False, headers: Mapping[str, str] | None = None) -> TestResponse:
        return self.send("GET", path, htmx=htmx, headers=headers)

    def post(
        self, path: str, data: Any = None, *, htmx: bool = False, headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        """Send a form with its token."""
        return self.send("POST", path, {"csrf_token": self.form_token()} | (data or {}), htmx=htmx, headers=headers)

    def send(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        htmx: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Send exactly this."""
        sent = {**(HTMX if htmx else {}), **(headers or {})}
        return self._alone(
            lambda: self._client.open(
                path,
                method=method,
                data=data,
                headers=sent,
                base_url=self._base_url,
                environ_base=self._address,
                buffered=True,
            )
        )

    def sign_in(self, email: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        """Send the sign-in form."""
        return self.post("/login", {"email": email, "password": password} | fields)

    def be(self, user_id: UUID, *, workspace_id: UUID | None = None) -> "Visitor":
        """Be signed in without the form."""
        with transaction():
            token = open_session(user_id, workspace_id=workspace_id)
        self.keep(token)
        return self

    def keep(self, token: str) -> None:
        """Have this cookie of a session."""
        self._client.set_cookie(SESSION_COOKIE, token, domain=self._base_url.partition("://")[2])

    def token(self) -> str | None:
        """The cookie of the session."""
        cookie = self._client.get_cookie(SESSION_COOKIE, domain=self._base_url.partition("://")[2])
        return cookie.value if cookie else None

    def form_token(self) -> str:
        """What a page of this browser has in its forms."""

        def read() -> str:
            with self._client.session_transaction(base_url=self._base_url) as session:
                return str(session.setdefault("csrf_token", FORM_SECRET))

        secret = self._alone(read)
        return str(URLSafeTimedSerializer(str(self._app.secret_key), salt="wtf-csrf-token").dumps(secret))

    def _alone(self, call: Callable[[], Result]) -> Result:
        return contextvars.Context().run(call)
