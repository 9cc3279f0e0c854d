"""People, the workspaces they belong to, and their sessions."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import utc_now
from app.core.database import Base, new_id


class Role(StrEnum):
    """What a member may do; each role may do all that the one before it may."""

    VIEWER = "viewer"
    """See everything of the workspace."""
    EDITOR = "editor"
    """Also create, run, mark and publish."""
    OWNER = "owner"
    """Also members, keys, limits, budgets and deletion."""

    def includes(self, other: "Role") -> bool:
        """Whether whoever has this role may do all that the other may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class User(Base):
    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(unique=True)
    """Lower case."""
    display_name: Mapped[str]
    handle: Mapped[str] = mapped_column(unique=True)
    """Names the author's public listing: /authors/<handle>/."""
    password_hash: Mapped[str]
    """argon2id."""
    is_staff: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class SignInSession(Base):
    """A signed-in browser. The cookie holds a random token, the row only its hash."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_user_id", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the token, hex."""
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    workspace_id: Mapped[UUID | None] = mapped_column(ForeignKey("workspaces.id", ondelete="SET NULL"))
    """The workspace being looked at; membership is checked at every request."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class Plan(Base):
    """A plan. The migrations bring `free` and `premium`; a workspace names its own."""

    __tablename__ = "plans"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    trash_days: Mapped[int]
    """How long what was thrown away can be restored."""
    uploads_per_week: Mapped[int | None]
    """In seven days, rolling; empty for any number."""
    uploads_per_hour: Mapped[int]
    """Addresses for direct uploads given out in an hour."""


class Workspace(Base):
    __tablename__ = "workspaces"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    fallback_prompt: Mapped[str] = mapped_column(Text, default="")
    """Used once for a refused prompt when neither it nor its job has a fallback."""
    writing_language: Mapped[str] = mapped_column(default="en")
    """In which its pages are written: a code of app.writing.languages."""
    moderates_all: Mapped[bool] = mapped_column(default=False)
    """Whether every picture is moderated before its page goes live, whatever its model needs."""
    plan: Mapped[str] = mapped_column(ForeignKey("plans.id"), default="free")
    """What it may do, and how long its trash is kept: a row of `plans`."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Membership(Base):
    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("role IN ('viewer', 'editor', 'owner')", name="ck_memberships_role"),
        Index("ix_memberships_workspace_id", "workspace_id"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    user: Mapped[User] = relationship()
    workspace: Mapped[Workspace] = relationship()


class SiteSecret(Base):
    """A secret all hosts must share and nobody has to type, such as the key that signs forms."""

    __tablename__ = "site_secrets"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
