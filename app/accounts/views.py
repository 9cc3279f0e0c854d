"""Signing in and out, and the account page with the members of the workspace."""

from datetime import timedelta
from typing import cast
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue

from app.accounts.access import (
    SESSION_COOKIE,
    asking,
    current_actor,
    current_user,
    current_workspace,
    owner,
    public,
    required,
    signed_in,
    visitor,
)
from app.accounts.models import Role
from app.accounts.sign_in import sign_in as start_session
from app.accounts.sign_in import sign_out as stop_session
from app.accounts.throttle import throttle
from app.accounts.users import change_password as replace_password
from app.accounts.users import rename_user
from app.accounts.workspaces import add_member as let_in
from app.accounts.workspaces import change_role as give_role
from app.accounts.workspaces import members_of
from app.accounts.workspaces import remove_member as let_go
from app.accounts.workspaces import switch_workspace as look_at
from app.core.errors import BadInput, Conflict, NotThere, ProofsheetError, TooMany
from app.core.web_security import safe_next

blueprint = Blueprint("accounts", __name__)

COOKIE_LIFETIME = timedelta(days=365)
"""The server decides earlier when a session has ended: after `sessions.IDLE` without use."""


@blueprint.get("/login")
@public
def sign_in() -> ResponseReturnValue:
    """The form; whoever is signed in already goes on."""
    if visitor():
        return redirect(_next_page())
    return render_template("accounts/sign_in.html", email="", problems=[], next=_next_page())


@blueprint.post("/login")
@public
def start() -> ResponseReturnValue:
    """Check the two and go on, or show the form again with what was typed."""
    email = request.form.get("email", "")
    try:
        welcome = start_session(
            email,
            request.form.get("password", ""),
            address=current_actor().address,
            throttle=throttle(),
            old_token=request.cookies.get(SESSION_COOKIE),
        )
    except (BadInput, TooMany) as error:
        return _sign_in_again(email, error)
    form_session.permanent = True
    return _with_session(redirect(_next_page(), 303), welcome.token)


def _sign_in_again(email: str, error: BadInput | TooMany) -> Response:
    body = render_template("accounts/sign_in.html", email=email, problems=[error.message], next=_next_page())
    response = make_response(body, error.status_code)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


def _next_page() -> str:
    return safe_next(request.values.get("next"), url_for("generation.job_list"))


def _with_session(response: object, token: str) -> Response:
    """The answer with the cookie of a new session."""
    answer = cast(Response, response)
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=COOKIE_LIFETIME,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"] or request.is_secure),
    )
    return answer


@blueprint.post("/logout")
@public
def sign_out() -> ResponseReturnValue:
    """End the session of this browser; without one there is nothing to end."""
    asker = asking()
    if asker:
        stop_session(asker, request.cookies[SESSION_COOKIE], current_actor())
    form_session.clear()
    response = cast(Response, redirect(url_for("accounts.sign_in"), 303))
    response.delete_cookie(SESSION_COOKIE)
    return response


@blueprint.get("/account/")
@signed_in
def account() -> ResponseReturnValue:
    """Profile, password, workspaces, and the members of the current one."""
    return _account_page()


@blueprint.post("/account/profile")
@signed_in
def rename() -> ResponseReturnValue:
    name = request.form.get("display_name", "")
    try:
        rename_user(current_user().id, name, current_actor())
    except BadInput as error:
        return _account_page(error, part="profile", display_name=name)
    return _done("Your name was changed.")


@blueprint.post("/account/password")
@signed_in
def change_password() -> ResponseReturnValue:
    """Every other browser is signed out; this one goes on with a new session."""
    try:
        token = replace_password(
            required(),
            current=request.form.get("current_password", ""),
            new=request.form.get("new_password", ""),
            throttle=throttle(),
            actor=current_actor(),
        )
    except (BadInput, TooMany) as error:
        return _account_page(error, part="password")
    return _with_session(_done("Your password was changed. Other browsers were signed out."), token)


@blueprint.post("/account/workspace")
@signed_in
def switch_workspace() -> ResponseReturnValue:
    """Look at another of the own workspaces; any other one does not exist."""
    workspace = look_at(required(), _uuid("workspace_id"), current_actor())
    flash(f"You are in {workspace.name} now.", "success")
    return redirect(url_for("generation.job_list"), 303)


@blueprint.post("/account/members")
@owner
def add_member() -> ResponseReturnValue:
    """Let an existing account into the workspace."""
    email, role = request.form.get("email", ""), request.form.get("role", "")
    try:
        user = let_in(current_workspace().id, email, _role(role), current_actor())
    except (BadInput, Conflict) as error:
        return _account_page(error, part="members", email=email, role=role)
    return _done(f"{user.display_name} is in {current_workspace().name} now.")


@blueprint.post("/account/members/<uuid:user_id>/role")
@owner
def change_role(user_id: UUID) -> ResponseReturnValue:
    try:
        give_role(current_workspace().id, user_id, _role(request.form.get("role", "")), current_actor())
    except (BadInput, Conflict) as error:
        return _account_page(error, part="members")
    return _done("The role was changed.")


@blueprint.post("/account/members/<uuid:user_id>/remove")
@owner
def remove_member(user_id: UUID) -> ResponseReturnValue:
    try:
        let_go(current_workspace().id, user_id, current_actor())
    except Conflict as error:
        return _account_page(error, part="members")
    return _done("The member was removed. What they made stays in the workspace.")


def _account_page(error: ProofsheetError | None = None, *, part: str = "", **typed: str) -> Response:
    """The whole page; with an error it says what is wrong at the part it belongs to and keeps what was typed."""
    asker = required()
    body = render_template(
        "accounts/account.html",
        members=members_of(asker.workspace.id) if asker.workspace else [],
        roles=list(Role),
        problems={part: error.problems if isinstance(error, BadInput) else [error.message]} if error else {},
        typed=typed,
    )
    response = make_response(body, error.status_code if error else 200)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


def _done(text: str) -> ResponseReturnValue:
    flash(text, "success")
    return redirect(url_for("accounts.account"), 303)


def _role(text: str) -> Role:
    if text not in list(Role):
        raise BadInput(["Choose one of the roles."])
    return Role(text)


def _uuid(field: str) -> UUID:
    try:
        return UUID(request.form.get(field, ""))
    except ValueError:
        raise NotThere("There is no such workspace.") from None
