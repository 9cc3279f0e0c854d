"""Signed-in browsers: a random token in a cookie, and only its hash in the database.

Moments here are the host's: a session lives for weeks, so clocks that differ by minutes change nothing.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts.models import Membership, Role, SignInSession, User, Workspace
from app.core.clock import utc_now
from app.core.database import db, transaction

IDLE = timedelta(days=30)
"""A session that nobody used for so long has ended."""
TOUCH_EVERY = timedelta(minutes=5)
"""`last_seen_at` is written at most this often, so that polling does not write."""
TOKEN_BYTES = 32
LIVE = (
    select(SignInSession, User, Membership, Workspace)
    .join(User, User.id == SignInSession.user_id)
    .outerjoin(Membership, Membership.user_id == User.id)
    .outerjoin(Workspace, Workspace.id == Membership.workspace_id)
    .where(SignInSession.token_hash == bindparam("token_hash"))
    .where(SignInSession.expires_at > bindparam("now"), User.is_active)
    .order_by(Workspace.name)
)
"""Built once: every request asks it, also that for the smallest picture."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who asks, as the database knows it at this request. The rows are detached: they outlive the read transaction."""

    session: SignInSession
    user: User
    memberships: tuple[Membership, ...]
    """Every workspace of the user, by name."""

    @property
    def membership(self) -> Membership | None:
        """The membership of the workspace that is looked at; the oldest one if that has ended or none was chosen."""
        chosen = (each for each in self.memberships if each.workspace_id == self.session.workspace_id)
        return next(chosen, None) or min(self.memberships, key=lambda each: each.created_at, default=None)

    @property
    def workspace(self) -> Workspace | None:
        return self.membership.workspace if self.membership else None

    @property
    def role(self) -> Role | None:
        return Role(self.membership.role) if self.membership else None


def hash_token(token: str) -> str:
    """SHA-256, hex. The token has 256 random bits, so it needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_session(token: str) -> SignedIn | None:
    """The live session of a token with its active user and their memberships, in one query; else None."""
    rows = db.session.execute(LIVE, {"token_hash": hash_token(token), "now": utc_now()}).all()
    if not rows:
        return None
    memberships = tuple(_with_workspace(row.Membership, row.Workspace) for row in rows if row.Membership)
    found = SignedIn(session=rows[0].SignInSession, user=rows[0].User, memberships=memberships)
    _detach(found)
    return found


def _with_workspace(membership: Membership, workspace: Workspace) -> Membership:
    set_committed_value(membership, "workspace", workspace)
    return membership


def _detach(found: SignedIn) -> None:
    for membership in found.memberships:
        db.session.expunge(membership)
        db.session.expunge(membership.workspace)
    db.session.expunge(found.session)
    db.session.expunge(found.user)


def needs_touch(session: SignInSession) -> bool:
    return utc_now() - session.last_seen_at > TOUCH_EVERY


def touch(session_id: UUID) -> None:
    """Note that the session is in use; it then lives for another `IDLE`."""
    now = utc_now()
    with transaction():
        db.session.execute(
            update(SignInSession)
            .where(SignInSession.id == session_id, SignInSession.last_seen_at < now - TOUCH_EVERY)
            .values(last_seen_at=now, expires_at=now + IDLE)
        )


def open_session(user_id: UUID, *, workspace_id: UUID | None = None) -> str:
    """Add a session to the open transaction and answer its token, which is kept nowhere else."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    db.session.add(
        SignInSession(
            token_hash=hash_token(token), user_id=user_id, workspace_id=workspace_id, expires_at=utc_now() + IDLE
        )
    )
    return token


def end_session(token: str) -> None:
    """Delete the session of a token within the open transaction, if there is one."""
    db.session.execute(delete(SignInSession).where(SignInSession.token_hash == hash_token(token)))


def end_all_sessions(user_id: UUID) -> None:
    """Sign the user out everywhere, within the open transaction."""
    db.session.execute(delete(SignInSession).where(SignInSession.user_id == user_id))


def delete_expired() -> None:
    """Drop what has ended by itself, within the open transaction."""
    db.session.execute(delete(SignInSession).where(SignInSession.expires_at <= utc_now()))
