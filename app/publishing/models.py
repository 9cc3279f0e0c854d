"""Public pages, the addresses they had, and tags."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.clock import utc_now
from app.core.database import Base, new_id, one_of
from app.generation.models import Asset, Image
from app.publishing.states import PageState, check_page_move

page_tags = Table(
    "page_tags",
    Base.metadata,
    Column("page_id", ForeignKey("pages.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_page_tags_tag_id", "tag_id"),
)


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Page(Base):
    """The public page of one image; the unique image keeps a second click from making a second page."""

    __tablename__ = "pages"
    __table_args__ = (
        CheckConstraint(one_of("state", PageState), name="ck_pages_state"),
        CheckConstraint("visibility IN ('public', 'private')", name="ck_pages_visibility"),
        CheckConstraint("(state <> 'published') OR (published_at IS NOT NULL)", name="ck_pages_published_at"),
        CheckConstraint("state IN ('processing', 'trashed') OR slug IS NOT NULL", name="ck_pages_slug"),
        Index("ix_pages_state_published_at", "state", "published_at", "id"),
        Index("ix_pages_author_id_state_published_at", "author_id", "state", "published_at", "id"),
        Index("ix_pages_generator_state_published_at", "generator", "state", "published_at", "id"),
        Index("ix_pages_asset_id", "asset_id"),
        Index("ix_pages_job_id_state", "job_id", "state"),
        Index("ix_pages_workspace_id_state", "workspace_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"))
    image_id: Mapped[UUID] = mapped_column(ForeignKey("images.id"), unique=True)
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("assets.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str] = mapped_column(default=PageState.PROCESSING)
    visibility: Mapped[str]
    """What was chosen in the publish panel: `public` publishes, `private` makes a draft."""
    attempt: Mapped[int] = mapped_column(default=0)
    """Fencing number of the writer's runs."""
    claimed_until: Mapped[datetime | None]
    """A writer is at work; past this moment it is taken for lost."""
    dispatched_until: Mapped[datetime | None]
    """A message is under way to a writer; past this moment another is sent."""
    crashes: Mapped[int] = mapped_column(default=0)
    """Writers that were lost since a person last asked for the text."""

    slug: Mapped[str | None] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(Text, default="")
    prompt: Mapped[str] = mapped_column(Text)
    generator: Mapped[str]
    relevance_score: Mapped[float | None]
    relevance_explanation: Mapped[str] = mapped_column(Text, default="")
    violations: Mapped[list[Any]] = mapped_column(default=list)
    review_reason: Mapped[str | None] = mapped_column(Text)
    """Why it is held or needs review, for a person."""
    written_by: Mapped[str | None]
    """The writer's model, `demo` for the embedded one."""
    refused_at: Mapped[datetime | None]
    """When staff decided that a held page stays hidden; the reason is in `review_reason`."""

    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)
    published_at: Mapped[datetime | None]
    trashed_at: Mapped[datetime | None]

    image: Mapped[Image] = relationship()
    asset: Mapped[Asset] = relationship()
    author: Mapped[User] = relationship()
    tags: Mapped[list[Tag]] = relationship(secondary=page_tags, order_by=Tag.name)

    def move_to(self, state: PageState) -> None:
        """Change the state, or raise IllegalMove."""
        check_page_move(PageState(self.state), state)
        self.state = state


class SlugRedirect(Base):
    """An address a page had; it leads to the present one for good."""

    __tablename__ = "slug_redirects"

    slug: Mapped[str] = mapped_column(primary_key=True)
    page_id: Mapped[UUID] = mapped_column(ForeignKey("pages.id", ondelete="CASCADE"))
