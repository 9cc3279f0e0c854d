"""`proofsheet users …` and `proofsheet workspaces …`: accounts from the server's own command line."""

import functools
import sys
from collections.abc import Callable
from typing import Any

import click
from sqlalchemy import func, select

from app import create_app
from app.accounts.models import Membership, Role, User, Workspace
from app.accounts.passwords import generate_password
from app.accounts.plans import change_plan, plan_of
from app.accounts.users import Added, NewUser, add_user, draft_user, find_user, save_user
from app.accounts.users import deactivate as shut_out
from app.accounts.users import reactivate as let_in
from app.accounts.users import set_password as give_password
from app.accounts.workspaces import add_member as add_to_workspace
from app.accounts.workspaces import add_workspace, change_role, find_workspace, save_member
from app.audit.record import Actor
from app.commands.acting import NO_SERVER, check_database, found_settings
from app.core.database import db, end_read, transaction

OPERATOR = Actor(user_id=None, address="cli")
ROLE = click.Choice([role.value for role in Role])
ONCE = "Password (shown only now): {password}"


def on_the_rows(command: Callable[..., None]) -> Callable[..., None]:
    """For a command that only needs the database: nothing has to run, and nothing is sent."""

    @functools.wraps(command)
    def run(**arguments: Any) -> None:
        settings = found_settings()
        check_database(settings)
        app = create_app(settings.model_copy(update={"redis_url": settings.redis_url or NO_SERVER}))
        with app.app_context():
            command(**arguments)

    return run


@click.group()
def users() -> None:
    """People who can sign in."""


@users.command("add")
@click.argument("email")
@click.option("--name", default="", help="Default: taken from the address.")
@click.option("--staff", is_flag=True, help="Sees the review queue and operations of the whole site.")
@click.option("--workspace", help="Slug or name of a workspace to be in.")
@click.option("--role", type=ROLE, default=Role.EDITOR.value, show_default=True, help="Role in that workspace.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input. Default: generated.")
@on_the_rows
def add(*, email: str, name: str, staff: bool, workspace: str | None, role: str, password_stdin: bool) -> None:
    """Make an account for EMAIL."""
    password = _read_password() if password_stdin else None
    order = NewUser(email=email, display_name=name, password=password, is_staff=staff)
    added = _add_to(workspace, order, Role(role)) if workspace else add_user(order, OPERATOR)
    click.echo(f"Added {added.user.email}.")
    if not password_stdin:
        click.echo(ONCE.format(password=added.password))
    if not workspace:
        click.echo("In no workspace yet: `proofsheet workspaces add-member` changes that.", err=True)


def _add_to(workspace: str, order: NewUser, role: Role) -> Added:
    """The account and its membership, both or neither."""
    place = find_workspace(workspace)
    end_read()
    draft = draft_user(order)
    with transaction():
        added = save_user(draft, OPERATOR)
        save_member(place.id, added.user, role, OPERATOR)
    return added


@users.command("list")
@on_the_rows
def list_users() -> None:
    """Show every account."""
    for user in db.session.scalars(select(User).order_by(User.email)):
        notes = [word for word, said in (("staff", user.is_staff), ("deactivated", not user.is_active)) if said]
        click.echo("\t".join([user.email, user.display_name, ", ".join(notes)]).rstrip())


@users.command("set-password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input. Default: generated.")
@on_the_rows
def set_password(email: str, password_stdin: bool) -> None:
    """Give EMAIL a new password and sign it out everywhere."""
    user_id = find_user(email).id
    end_read()
    password = _read_password() if password_stdin else generate_password()
    give_password(user_id, password, OPERATOR)
    click.echo(f"The password of {email} was changed.")
    if not password_stdin:
        click.echo(ONCE.format(password=password))


@users.command()
@click.argument("email")
@on_the_rows
def deactivate(email: str) -> None:
    """Shut EMAIL out and sign it out everywhere; what it made stays."""
    shut_out(find_user(email).id, OPERATOR)
    click.echo(f"{email} cannot sign in any more.")


@users.command()
@click.argument("email")
@on_the_rows
def activate(email: str) -> None:
    """Let EMAIL in again."""
    let_in(find_user(email).id, OPERATOR)
    click.echo(f"{email} can sign in again.")


@click.group()
def workspaces() -> None:
    """Where teams keep what they make."""


@workspaces.command("add")
@click.argument("name")
@on_the_rows
def add_named(name: str) -> None:
    """Make a workspace called NAME, without members."""
    workspace = add_workspace(name, OPERATOR)
    click.echo(f"Added {workspace.name} ({workspace.slug}).")


@workspaces.command("list")
@on_the_rows
def list_workspaces() -> None:
    """Show every workspace with its slug, name and number of members."""
    members = select(func.count()).where(Membership.workspace_id == Workspace.id).scalar_subquery()
    for workspace, count in db.session.execute(select(Workspace, members).order_by(Workspace.slug)):
        click.echo(f"{workspace.slug}\t{workspace.name}\t{count} {'member' if count == 1 else 'members'}")


@workspaces.command()
@click.argument("workspace")
@click.argument("email")
@click.option("--role", type=ROLE, default=Role.EDITOR.value, show_default=True)
@on_the_rows
def add_member(workspace: str, email: str, role: str) -> None:
    """Let the account EMAIL into WORKSPACE (slug or name)."""
    place = find_workspace(workspace)
    add_to_workspace(place.id, email, Role(role), OPERATOR)
    click.echo(f"{email} is in {place.slug} now, as {role}.")


@workspaces.command()
@click.argument("workspace")
@click.argument("email")
@click.option("--role", type=ROLE, required=True)
@on_the_rows
def set_role(workspace: str, email: str, role: str) -> None:
    """Change the role of the member EMAIL in WORKSPACE (slug or name)."""
    place, user = find_workspace(workspace), find_user(email)
    change_role(place.id, user.id, Role(role), OPERATOR)
    click.echo(f"{email} is {role} in {place.slug} now.")


@workspaces.command()
@click.argument("workspace")
@click.argument("plan")
@on_the_rows
def set_plan(workspace: str, plan: str) -> None:
    """Put WORKSPACE (slug or name) on PLAN, such as premium."""
    place = find_workspace(workspace)
    change_plan(place.id, plan, OPERATOR)
    chosen = plan_of(place.id)
    click.echo(f"{place.slug} has the plan {chosen.name} now: its trash is kept for {chosen.trash_days} days.")


def _read_password() -> str:
    """The first line of standard input."""
    return sys.stdin.readline().rstrip("\r\n")
