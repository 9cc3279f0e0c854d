"""People: add them, change what they are called and their password, shut them out."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select

from app.accounts.models import User
from app.accounts.naming import email_problems, free_slug, name_from_email, plain_email, plain_name
from app.accounts.passwords import generate_password, hash_password, password_problems, verify_password
from app.accounts.sessions import SignedIn, end_all_sessions, open_session
from app.accounts.throttle import Limit, Throttle
from app.audit.record import Actor, record
from app.core.database import db, end_read, lock_for, transaction
from app.core.errors import BadInput, Conflict, NotThere, TooMany

LOCK = "accounts"
"""Serialises who is added, so that addresses and handles are found free only once."""
PASSWORD_CHANGES = Limit(attempts=10, seconds=15 * 60)


@dataclass(frozen=True, slots=True)
class NewUser:
    """An account to be. Without a password one is generated; without a name it is taken from the address."""

    email: str
    display_name: str = ""
    password: str | None = None
    is_staff: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """An account that was made. `password` is the only time it can be read."""

    user: User
    password: str


def add_user(order: NewUser, actor: Actor) -> Added:
    """Make an account. Raises BadInput with every problem, Conflict when the address has one already."""
    draft = draft_user(order)
    with transaction():
        return save_user(draft, actor)


def draft_user(order: NewUser) -> Added:
    """The checked account, not yet saved: hashing takes a while and must not happen inside a transaction."""
    email = plain_email(order.email)
    password = generate_password() if order.password is None else order.password
    problems = email_problems(email) + password_problems(password)
    if problems:
        raise BadInput(problems)
    name = plain_name(order.display_name or name_from_email(email), what="The name")
    user = User(email=email, display_name=name, password_hash=hash_password(password), is_staff=order.is_staff)
    return Added(user, password)


def save_user(draft: Added, actor: Actor) -> Added:
    """Add the draft to the open transaction, with a handle nobody has. Raises Conflict when the address is taken."""
    lock_for(LOCK)
    user = draft.user
    if db.session.scalar(select(exists().where(User.email == user.email))):
        raise Conflict(f"There is an account for {user.email} already.")
    user.handle = free_slug(user.display_name, otherwise="somebody", is_taken=_handle_is_taken)
    db.session.add(user)
    db.session.flush()
    record(actor, "user.added", workspace_id=None, subject_id=user.id, email=user.email, staff=user.is_staff)
    return draft


def _handle_is_taken(handle: str) -> bool:
    return bool(db.session.scalar(select(exists().where(User.handle == handle))))


def find_user(email: str) -> User:
    """The account of an address. Raises NotThere."""
    user = db.session.scalars(select(User).where(User.email == plain_email(email))).one_or_none()
    if user is None:
        raise NotThere(f"There is no account for {email}. `proofsheet users list` shows them all.")
    return user


def rename_user(user_id: UUID, display_name: str, actor: Actor) -> None:
    """Change how the person is called. The handle stays, because public addresses hang on it."""
    name = plain_name(display_name, what="The name")
    with transaction():
        user = _get(user_id)
        user.display_name = name
        record(actor, "user.renamed", workspace_id=None, subject_id=user_id)


def change_password(asker: SignedIn, *, current: str, new: str, throttle: Throttle, actor: Actor) -> str:
    """Change the own password and sign out everywhere else; answers the token of this browser's new session.

    Raises BadInput when the current password does not fit or the new one cannot be one, TooMany when it is guessed at.
    """
    user_id = asker.user.id
    wait = throttle.attempt(f"password:{user_id}", PASSWORD_CHANGES)
    if wait:
        raise TooMany("Too many attempts to change the password. Wait a few minutes and try again.", retry_after=wait)
    stored = _get(user_id).password_hash
    end_read()
    problems = [] if verify_password(stored, current) else ["The current password does not fit."]
    if problems := problems + password_problems(new):
        raise BadInput(problems)
    hashed = hash_password(new)
    with transaction():
        _replace_password(user_id, hashed, actor)
        return open_session(user_id, workspace_id=asker.session.workspace_id)


def set_password(user_id: UUID, password: str, actor: Actor) -> None:
    """Give an account a new password and sign it out everywhere. Raises BadInput when it cannot be one."""
    hashed = hash_password(password)
    with transaction():
        _replace_password(user_id, hashed, actor)


def _replace_password(user_id: UUID, hashed: str, actor: Actor) -> None:
    _get(user_id).password_hash = hashed
    end_all_sessions(user_id)
    record(actor, "user.password_changed", workspace_id=None, subject_id=user_id)


def deactivate(user_id: UUID, actor: Actor) -> None:
    """Shut an account out and sign it out everywhere. What it made stays where it is."""
    with transaction():
        _get(user_id).is_active = False
        end_all_sessions(user_id)
        record(actor, "user.deactivated", workspace_id=None, subject_id=user_id)


def reactivate(user_id: UUID, actor: Actor) -> None:
    """Let an account in again."""
    with transaction():
        _get(user_id).is_active = True
        record(actor, "user.reactivated", workspace_id=None, subject_id=user_id)


def _get(user_id: UUID) -> User:
    user = db.session.get(User, user_id)
    if user is None:
        raise NotThere("There is no such account.")
    return user
