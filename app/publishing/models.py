"""Public pages, the addresses they had, and tags."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User, Workspace
from app.core.clock import utc_now
from app.core.database import Base, new_id, one_of, partial_index
from app.generation.models import Asset, Image
from app.moderation.interface import Severity
from app.publishing.name_states import NameState
from app.publishing.states import Hold, PageState, Step, check_page_move
from app.publishing.tag_states import TagState, check_tag_move
from app.publishing.trash_models import PictureName
from app.writing.interface import Failure

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""A moment that has passed by every clock."""

page_tags = Table(
    "page_tags",
    Base.metadata,
    Column("page_id", ForeignKey("pages.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_page_tags_tag_id", "tag_id"),
)


class Tag(Base):
    """A word pages are found by. Only what is known is shown and chosen from; the pages of the others stay noted."""

    __tablename__ = "tags"
    __table_args__ = (
        CheckConstraint(one_of("state", TagState), name="ck_tags_state"),
        CheckConstraint("merged_into_id IS NULL OR state = 'retired'", name="ck_tags_merged"),
        Index("ix_tags_state_name", "state", "name"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default=TagState.KNOWN)
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("tags.id"))
    """The tag that has taken over; this one's address leads there."""

    def move_to(self, state: TagState) -> None:
        """Change the state, or raise IllegalMove."""
        check_tag_move(TagState(self.state), state)
        self.state = state


class Page(Base):
    """The public page of one image; the unique image keeps a second click from making a second page."""

    __tablename__ = "pages"
    __table_args__ = (
        CheckConstraint(one_of("state", PageState), name="ck_pages_state"),
        CheckConstraint("visibility IN ('public', 'private')", name="ck_pages_visibility"),
        CheckConstraint("(state <> 'published') OR (published_at IS NOT NULL)", name="ck_pages_published_at"),
        CheckConstraint("state IN ('processing', 'trashed') OR slug IS NOT NULL", name="ck_pages_slug"),
        CheckConstraint("state <> 'published' OR held_for IS NULL", name="ck_pages_published_not_held"),
        CheckConstraint("state <> 'held' OR held_for IS NOT NULL", name="ck_pages_held_for_something"),
        CheckConstraint(one_of("step", Step), name="ck_pages_step"),
        CheckConstraint(one_of("failure", Failure), name="ck_pages_failure"),
        CheckConstraint(one_of("held_for", Hold), name="ck_pages_held_for"),
        CheckConstraint(one_of("severity", Severity), name="ck_pages_severity"),
        partial_index(
            "ix_pages_review_since", "review_since", where="state IN ('needs_review', 'held') AND refused_at IS NULL"
        ),
        CheckConstraint("(state = 'trashed') = (trashed_at IS NOT NULL)", name="ck_pages_trashed_at"),
        partial_index("ix_pages_names_due_at", "names_due_at", where="names_due_at IS NOT NULL"),
        partial_index("ix_pages_trashed_at", "trashed_at", where="trashed_at IS NOT NULL"),
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
    waits: Mapped[int] = mapped_column(default=0)
    """How often the writer's account was at its limit since then."""
    step: Mapped[str | None]
    """What is being done for it now; empty unless a writer is at work."""

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
    review_since: Mapped[datetime | None]
    """Since when it has waited for a person."""
    failure: Mapped[str | None]
    """What kept the writer from writing it; empty once the text is complete."""
    held_for: Mapped[str | None]
    """Why it may not be published; set until staff decide, also while it is a draft or in the trash."""
    approved_at: Mapped[datetime | None]
    """When staff decided that its picture may be shown."""
    severity: Mapped[str | None]
    """The moderator's verdict about its picture; empty when none was asked for."""
    moderated_by: Mapped[str | None]
    """The moderator's model, `demo` for the embedded one."""
    moderation: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the moderator found: {"found": [words for people], "scores": {category: 0 to 1}}."""
    language: Mapped[str] = mapped_column(default="en")
    """Of title and description."""
    writing_cost: Mapped[Decimal] = mapped_column(default=Decimal(0))
    """What all its writers' calls have cost, as far as their price is known."""
    written_by: Mapped[str | None]
    """The writer's model, `demo` for the embedded one."""
    refused_at: Mapped[datetime | None]
    """When staff decided that a held page stays hidden; the reason is in `review_reason`."""

    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)
    published_at: Mapped[datetime | None]
    trashed_at: Mapped[datetime | None]
    trashed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    trashed_from: Mapped[str | None]
    """The state to which restoring leads back."""
    trashed_with_job: Mapped[bool] = mapped_column(default=False)
    """Whether it went to the trash because its job was deleted: it comes back, or is gone, together with the job."""
    names_due_at: Mapped[datetime | None]
    """Since it became public, or no longer is: when its public copies have to be looked at next."""

    image: Mapped[Image] = relationship()
    asset: Mapped[Asset] = relationship()
    workspace: Mapped[Workspace] = relationship()
    author: Mapped[User] = relationship(foreign_keys=[author_id])
    live_name: Mapped[PictureName | None] = relationship(
        primaryjoin=lambda: and_(PictureName.page_id == Page.id, PictureName.state == NameState.LIVE.value),
        viewonly=True,
        uselist=False,
    )
    """Under which everybody gets its picture while it is public; none until the copies are made."""
    tags: Mapped[list[Tag]] = relationship(
        secondary=page_tags,
        secondaryjoin=and_(page_tags.c.tag_id == Tag.id, Tag.state == TagState.KNOWN.value),
        order_by=Tag.name,
    )

    def move_to(self, state: PageState) -> None:
        """Change the state, or raise IllegalMove. Public copies of the picture follow: see `name_pictures`."""
        check_page_move(PageState(self.state), state)
        if PageState.PUBLISHED in (self.state, state):
            self.names_due_at = AT_ONCE
        self.state = state


class SlugRedirect(Base):
    """An address a page had; it leads to the present one for good."""

    __tablename__ = "slug_redirects"

    slug: Mapped[str] = mapped_column(primary_key=True)
    page_id: Mapped[UUID] = mapped_column(ForeignKey("pages.id", ondelete="CASCADE"))
