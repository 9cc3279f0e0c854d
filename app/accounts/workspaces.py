"""Workspaces and who is in them with which role."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import contains_eager

from app.accounts.models import Membership, Role, SignInSession, User, Workspace
from app.accounts.naming import free_slug, plain_email, plain_name
from app.accounts.sessions import SignedIn
from app.audit.record import Actor, record
from app.core.database import db, lock_for, transaction
from app.core.errors import BadInput, Conflict, NotThere

LOCK = "workspaces"
LAST_OWNER = "A workspace needs an owner. Make somebody else an owner first."


def add_workspace(name: str, actor: Actor) -> Workspace:
    """Make a workspace without members. Raises BadInput when the name cannot be one."""
    with transaction():
        return save_workspace(name, actor)


def save_workspace(name: str, actor: Actor) -> Workspace:
    """Add a workspace to the open transaction."""
    plain = plain_name(name, what="The name of the workspace")
    lock_for(LOCK)
    workspace = Workspace(name=plain, slug=free_slug(plain, otherwise="workspace", is_taken=_slug_is_taken))
    db.session.add(workspace)
    db.session.flush()
    record(actor, "workspace.added", workspace_id=workspace.id, subject_id=workspace.id, name=plain)
    return workspace


def _slug_is_taken(slug: str) -> bool:
    return bool(db.session.scalar(select(exists().where(Workspace.slug == slug))))


def find_workspace(name: str) -> Workspace:
    """The workspace with this slug or name. Raises NotThere; Conflict when several are called so."""
    found = db.session.scalars(select(Workspace).where(Workspace.slug == name)).one_or_none()
    if found:
        return found
    same_name = (Workspace.name == name) | (func.lower(Workspace.name) == name.lower())
    called = db.session.scalars(select(Workspace).where(same_name)).all()
    if not called:
        raise NotThere(f"There is no workspace “{name}”. `proofsheet workspaces list` shows them.")
    if len(called) > 1:
        slugs = ", ".join(each.slug for each in called)
        raise Conflict(f"Several workspaces are called “{name}”. Take one of these: {slugs}.")
    return called[0]


def members_of(workspace_id: UUID) -> Sequence[Membership]:
    """Everybody in the workspace with their account, by name."""
    query = (
        select(Membership)
        .join(Membership.user)
        .options(contains_eager(Membership.user))
        .where(Membership.workspace_id == workspace_id)
        .order_by(func.lower(User.display_name), User.email)
    )
    return db.session.scalars(query).all()


def add_member(workspace_id: UUID, email: str, role: Role, actor: Actor) -> User:
    """Let an existing account into the workspace.

    Raises BadInput when no active account has the address, Conflict when it is a member already.
    """
    with transaction():
        lock_for(str(workspace_id))
        user = db.session.scalars(select(User).where(User.email == plain_email(email), User.is_active)).one_or_none()
        if user is None:
            raise BadInput(["Nobody has an account with this address. The operator makes one: `proofsheet users add`."])
        save_member(workspace_id, user, role, actor)
        return user


def save_member(workspace_id: UUID, user: User, role: Role, actor: Actor) -> None:
    """Add a membership to the open transaction. Raises Conflict when there is one."""
    if db.session.get(Membership, (user.id, workspace_id)):
        raise Conflict(f"{user.display_name} is a member already. Change the role in the list of members.")
    db.session.add(Membership(user_id=user.id, workspace_id=workspace_id, role=role))
    record(actor, "member.added", workspace_id=workspace_id, subject_id=user.id, role=role)


def change_role(workspace_id: UUID, user_id: UUID, role: Role, actor: Actor) -> None:
    """Raises NotThere for somebody who is no member, Conflict when no owner would be left."""
    with transaction():
        membership = _lock_member(workspace_id, user_id)
        if membership.role == role:
            return
        if role is not Role.OWNER:
            _keep_an_owner(membership)
        before, membership.role = membership.role, role
        record(actor, "member.role_changed", workspace_id=workspace_id, subject_id=user_id, before=before, role=role)


def remove_member(workspace_id: UUID, user_id: UUID, actor: Actor) -> None:
    """Raises NotThere for somebody who is no member, Conflict when no owner would be left."""
    with transaction():
        membership = _lock_member(workspace_id, user_id)
        _keep_an_owner(membership)
        db.session.delete(membership)
        record(actor, "member.removed", workspace_id=workspace_id, subject_id=user_id, role=membership.role)


def _lock_member(workspace_id: UUID, user_id: UUID) -> Membership:
    """The membership, while nobody else changes members of this workspace."""
    lock_for(str(workspace_id))
    membership = db.session.get(Membership, (user_id, workspace_id))
    if membership is None:
        raise NotThere("This person is no member of the workspace.")
    return membership


def _keep_an_owner(membership: Membership) -> None:
    """Deactivated owners do not count: they cannot sign in."""
    others = (
        select(Membership.user_id)
        .join(Membership.user)
        .where(Membership.workspace_id == membership.workspace_id, Membership.role == Role.OWNER)
        .where(Membership.user_id != membership.user_id, User.is_active)
    )
    if membership.role == Role.OWNER and not db.session.scalar(select(others.exists())):
        raise Conflict(LAST_OWNER)


def switch_workspace(asker: SignedIn, workspace_id: UUID, actor: Actor) -> Workspace:
    """Look at another workspace from now on in this browser. Raises NotThere for one the person is not in."""
    chosen = next((each.workspace for each in asker.memberships if each.workspace_id == workspace_id), None)
    if chosen is None:
        raise NotThere("You are in no such workspace.")
    with transaction():
        session = update(SignInSession).where(SignInSession.id == asker.session.id)
        db.session.execute(session.values(workspace_id=workspace_id))
        record(actor, "workspace.switched", workspace_id=workspace_id, subject_id=asker.user.id)
    return chosen
