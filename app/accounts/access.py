"""Who may ask for what. Every route carries exactly one of these rules, beneath its `@blueprint.get(…)`:

    public            anybody
    signed_in         a person with an account, also one without a workspace
    viewer            a member of the current workspace
    editor            a member who may create, run, mark and publish
    owner             a member who also decides about members, limits and deletion
    staff             the site's own people: review queue and operations, across workspaces
    editor_or_staff   an editor for what is in the current workspace, staff for what is in any

Membership is read from the database at every request, never from the cookie. Objects of other workspaces are kept apart
by the queries, which all filter by `current_workspace().id`: for a stranger they do not exist (404).
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, make_response, redirect, request, url_for
from sqlalchemy.exc import SQLAlchemyError

from app.accounts.models import Membership, Role, User, Workspace
from app.accounts.sessions import SignedIn, find_session, needs_touch, touch
from app.audit.record import Actor
from app.core.errors import NotAllowed
from app.core.web import error_response, htmx_request
from app.core.web_security import resend_page, safe_next

log = structlog.get_logger()

SESSION_COOKIE = "proofsheet_session"
ENDED = "You are not signed in any more. Sign in in another tab, then try again here: nothing on this page is lost."
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

View = TypeVar("View", bound=Callable[..., Any])


class AccessRule(StrEnum):
    """What a route asks of the one who calls it."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"
    STAFF = "staff"
    EDITOR_OR_STAFF = "editor_or_staff"


MEMBER_RULES = {
    AccessRule.VIEWER: Role.VIEWER,
    AccessRule.EDITOR: Role.EDITOR,
    AccessRule.OWNER: Role.OWNER,
    AccessRule.EDITOR_OR_STAFF: Role.EDITOR,
}


def public(view: View) -> View:
    """Anybody may ask."""
    return _guarded(view, AccessRule.PUBLIC)


def signed_in(view: View) -> View:
    """Anybody with an account may ask."""
    return _guarded(view, AccessRule.SIGNED_IN)


def viewer(view: View) -> View:
    """Every member of the current workspace may ask."""
    return _guarded(view, AccessRule.VIEWER)


def editor(view: View) -> View:
    """Editors and owners of the current workspace may ask."""
    return _guarded(view, AccessRule.EDITOR)


def owner(view: View) -> View:
    """Owners of the current workspace may ask."""
    return _guarded(view, AccessRule.OWNER)


def staff(view: View) -> View:
    """The site's own people may ask, whatever workspace they look at."""
    return _guarded(view, AccessRule.STAFF)


def editor_or_staff(view: View) -> View:
    """Editors and owners of the current workspace may ask, and the site's own people for any workspace."""
    return _guarded(view, AccessRule.EDITOR_OR_STAFF)


def _guarded(view: View, rule: AccessRule) -> View:
    @wraps(view)
    def guarded(*arguments: Any, **keywords: Any) -> Any:
        refusal = _refusal(rule)
        return view(*arguments, **keywords) if refusal is None else refusal

    guarded.access_rule = rule  # type: ignore[attr-defined]
    return cast(View, guarded)


def _refusal(rule: AccessRule) -> Response | None:
    """The answer to somebody who is not signed in, or None. Raises NotAllowed when the role is missing."""
    if rule is AccessRule.PUBLIC:
        return None
    asker = asking()
    if asker is None:
        return _ask_to_sign_in()
    if needs_touch(asker.session):
        touch(asker.session.id)
    _check_role(rule, asker)
    return None


def _check_role(rule: AccessRule, asker: SignedIn) -> None:
    if rule is AccessRule.EDITOR_OR_STAFF and asker.user.is_staff:
        return
    if rule is AccessRule.STAFF and not asker.user.is_staff:
        raise NotAllowed("This page is for the site's staff. Ask the operator if you should be one of them.")
    needed = MEMBER_RULES.get(rule)
    if needed is None:
        return
    if asker.role is None:
        raise NotAllowed("You are in no workspace yet. Ask an owner to add you to one.")
    if not asker.role.includes(needed):
        raise NotAllowed(f"You are {asker.role} here, and this needs the role {needed}. Ask an owner to change yours.")


def _ask_to_sign_in() -> Response:
    """A page leads to the sign-in and back. What was being sent is not thrown away: it can be sent again."""
    if htmx_request():
        return _answer_htmx()
    if request.method in SAFE_METHODS:
        return cast(Response, redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?"))))
    return resend_page(401)


def _answer_htmx() -> Response:
    """401. Whoever only looked is led to the sign-in; whoever sent something keeps the page with what was typed."""
    if request.method not in SAFE_METHODS:
        return error_response(401, [ENDED])
    response = make_response("", 401)
    response.headers["HX-Redirect"] = url_for("accounts.sign_in", next=_page_that_asks())
    return response


def _page_that_asks() -> str:
    """The path of the page in whose name htmx asks; the home page when the browser does not say it properly."""
    try:
        shown = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return safe_next(None)
    return safe_next(f"{shown.path}?{shown.query}" if shown.query else shown.path)


def asking() -> SignedIn | None:
    """Who asks, looked up once a request; None for a stranger."""
    if "asking" not in g:
        token = request.cookies.get(SESSION_COOKIE)
        g.asking = find_session(token) if token else None
    return cast(SignedIn | None, g.asking)


def visitor() -> User | None:
    """The signed-in user, or None: for public pages, which anybody may see."""
    asker = asking()
    return asker.user if asker else None


def current_user() -> User:
    """The signed-in user. Only for routes whose rule is not `public`."""
    return required().user


def current_workspace() -> Workspace:
    """The workspace that is looked at. Only for routes with the rule viewer, editor or owner."""
    workspace = required().workspace
    if workspace is None:
        raise NotAllowed("You are in no workspace yet. Ask an owner to add you to one.")
    return workspace


def current_role() -> Role | None:
    """The role in the current workspace; None without a workspace or for a stranger."""
    asker = asking()
    return asker.role if asker else None


def may(role: Role | str) -> bool:
    """Whether the one who asks has at least this role here: for templates that leave out what would be refused."""
    present = current_role()
    return present is not None and present.includes(Role(role))


def current_actor() -> Actor:
    """Who acts and from where, for the audit log."""
    user = visitor()
    return Actor(user_id=user.id if user else None, address=request.remote_addr or "unknown")


def required() -> SignedIn:
    """Who asks, with everything known of them. Only for routes whose rule is not `public`."""
    asker = asking()
    if asker is None:
        raise RuntimeError(f"{request.endpoint} is open to strangers but asked for the current user")
    return asker


def init_access(app: Flask) -> None:
    """Install what every request and template needs to know about the one who asks."""
    app.before_request(_forget)
    app.context_processor(_for_templates)
    app.after_request(_keep_private)


def _forget() -> None:
    """Contexts can outlive a request (the command line, tests): the one who asks must not."""
    g.pop("asking", None)


def _for_templates() -> dict[str, Any]:
    asker = _asking_or_stranger()
    memberships: tuple[Membership, ...] = asker.memberships if asker else ()
    return {
        "current_user": asker.user if asker else None,
        "current_workspace": asker.workspace if asker else None,
        "current_role": asker.role if asker else None,
        "memberships": memberships,
        "may": may,
    }


def _asking_or_stranger() -> SignedIn | None:
    """Error pages are rendered also when the database does not answer."""
    if not request:
        return None
    try:
        return asking()
    except SQLAlchemyError as error:
        log.warning("visitor_unknown", error_type=type(error).__name__)
        g.asking = None
        return None


def _keep_private(response: Response) -> Response:
    """What a signed-in person sees is kept by no cache, unless the view decided otherwise."""
    if request.endpoint == "static" or SESSION_COOKIE not in request.cookies:
        return response
    response.vary.add("Cookie")
    if not response.headers.get("Cache-Control"):
        response.headers["Cache-Control"] = "private, no-store"
    return response
