"""Jobs, their images, every call made for them, and the pictures that came of it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User, Workspace
from app.core.clock import utc_now
from app.core.database import Base, new_id, one_of, partial_index
from app.generation.deletion import Deletable
from app.generation.states import ImageState, JobState, Mark, check_image_move, check_job_move


class Job(Deletable, Base):
    """Many prompts, one set of settings.

    `revision` grows with every visible change of the job or one of its images, in the transaction that makes the
    change and under this row's lock, so revision order is commit order. The counters equal the rows by the same lock.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint(one_of("state", JobState), name="ck_jobs_state"),
        CheckConstraint("visibility IN ('public', 'private')", name="ck_jobs_visibility"),
        CheckConstraint("default_mark IN ('none', 'keep')", name="ck_jobs_default_mark"),
        UniqueConstraint("workspace_id", "form_token", name="uq_jobs_workspace_id_form_token"),
        Index("ix_jobs_workspace_id_state", "workspace_id", "state"),
        Index("ix_jobs_workspace_id_dispatched_at", "workspace_id", "dispatched_at"),
        Index("ix_jobs_state", "state"),
        partial_index("ix_jobs_deleted_at", "deleted_at", where="deleted_at IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str]
    state: Mapped[str] = mapped_column(default=JobState.QUEUED)
    revision: Mapped[int] = mapped_column(default=1)
    priority: Mapped[int] = mapped_column(default=0)  # higher goes first

    model: Mapped[str]
    quality: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    images_per_prompt: Mapped[int]
    visibility: Mapped[str] = mapped_column(default="public")
    generator: Mapped[str]
    character_description: Mapped[str] = mapped_column(Text, default="")
    fallback_prompt: Mapped[str] = mapped_column(Text, default="")
    form_token: Mapped[str]
    """Made with the form; the same token creates one job however often it is sent."""

    total_prompts: Mapped[int]
    total_images: Mapped[int]
    queued_count: Mapped[int] = mapped_column(default=0)
    generating_count: Mapped[int] = mapped_column(default=0)
    storing_count: Mapped[int] = mapped_column(default=0)
    completed_count: Mapped[int] = mapped_column(default=0)
    failed_count: Mapped[int] = mapped_column(default=0)
    cancelled_count: Mapped[int] = mapped_column(default=0)
    unknown_count: Mapped[int] = mapped_column(default=0)
    kept_count: Mapped[int] = mapped_column(default=0)
    rejected_count: Mapped[int] = mapped_column(default=0)
    trashed_count: Mapped[int] = mapped_column(default=0)
    """Pictures in the trash. They count in their state, and no longer as kept or rejected."""
    default_mark: Mapped[str] = mapped_column(default=Mark.NONE)
    """What a new picture is marked with: none, or keep."""

    estimated_cost: Mapped[Decimal]
    actual_cost: Mapped[Decimal] = mapped_column(default=Decimal(0))
    writing_cost: Mapped[Decimal] = mapped_column(default=Decimal(0))
    """What writing its pages has cost, as far as the writer's price is known; not a part of `actual_cost`."""
    prices_as_of: Mapped[str]
    pause_reason: Mapped[str | None]
    paused_for: Mapped[str | None]
    """What has to be put right when no person paused it: an account, a model that cannot be used, a full disk."""
    error_summary: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Failures by class: {"content_policy": {"count": 3, "message": "…"}}, and `stalled` while nothing moves."""

    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    progressed_at: Mapped[datetime | None]
    """When an image last changed its state."""
    dispatched_at: Mapped[datetime | None]
    """When one of its images was last given a start: who waited longest goes first."""

    workspace: Mapped[Workspace] = relationship()
    author: Mapped[User] = relationship(foreign_keys=[created_by])

    def move_to(self, state: JobState) -> None:
        """Change the state, or raise IllegalMove. The caller holds the row's lock."""
        check_job_move(JobState(self.state), state)
        self.state = state

    @property
    def counts(self) -> dict[str, int]:
        """Images per state, every state named."""
        return {state.value: getattr(self, f"{state}_count") for state in ImageState}

    @property
    def ended_count(self) -> int:
        return self.completed_count + self.failed_count + self.cancelled_count + self.unknown_count

    @property
    def progress_percent(self) -> int:
        """Ended images of all, 0 to 100, rounded down so that 100 means all."""
        return self.ended_count * 100 // self.total_images if self.total_images else 100

    @property
    def size(self) -> str:
        return f"{self.width}x{self.height}"


class Image(Base):
    """One picture that is wanted. `attempt` is its fencing number: it grows with every claim and never shrinks."""

    __tablename__ = "images"
    __table_args__ = (
        CheckConstraint(one_of("state", ImageState), name="ck_images_state"),
        CheckConstraint(one_of("mark", Mark), name="ck_images_mark"),
        CheckConstraint("rating BETWEEN 0 AND 5", name="ck_images_rating"),
        CheckConstraint("state <> 'generating' OR claimed_by IS NOT NULL", name="ck_images_generating_claimed"),
        CheckConstraint(
            "(state IN ('completed', 'failed', 'cancelled', 'unknown')) = (finished_at IS NOT NULL)",
            name="ck_images_finished_at",
        ),
        CheckConstraint("state <> 'completed' OR asset_id IS NOT NULL", name="ck_images_completed_asset"),
        UniqueConstraint("job_id", "position", name="uq_images_job_id_position"),
        Index("ix_images_job_id_revision", "job_id", "revision"),
        Index("ix_images_job_id_state_position", "job_id", "state", "position"),
        partial_index("ix_images_moving", "state", "model", where="state IN ('generating', 'storing')"),
        partial_index("ix_images_dispatched_until", "dispatched_until", where="dispatched_until IS NOT NULL"),
        partial_index("ix_images_rerouted", "model", "job_id", where="rerouted AND state = 'queued'"),
        Index("ix_images_job_id_finished_at", "job_id", "finished_at"),
        partial_index("ix_images_trashed_at", "trashed_at", where="trashed_at IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"))
    prompt_order: Mapped[int]
    """From 1, as typed."""
    variation: Mapped[int]
    """From 1 within the prompt."""
    position: Mapped[int]
    """From 0 within the job: the order of the sheet and of the work."""
    seed: Mapped[int]

    prompt_typed: Mapped[str] = mapped_column(Text)
    prompt_sent: Mapped[str] = mapped_column(Text)
    """The combined prompt, or the fallback once it is used."""
    prompt_revised: Mapped[str | None] = mapped_column(Text)
    fallback_prompt: Mapped[str] = mapped_column(Text, default="")
    """The prompt's own, before that of the job, the workspace and the site."""
    used_fallback: Mapped[bool] = mapped_column(default=False)
    fallback_source: Mapped[str | None]
    """Whose fallback was used last: prompt, job, workspace or site; empty while none was."""
    model: Mapped[str]
    rerouted: Mapped[bool] = mapped_column(default=False)
    """Whether a person chose another model for it than its job's."""
    quality: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]

    state: Mapped[str] = mapped_column(default=ImageState.QUEUED)
    mark: Mapped[str] = mapped_column(default=Mark.NONE)
    marked_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    """Who set mark or rating last."""
    marked_at: Mapped[datetime | None]
    rating: Mapped[int] = mapped_column(default=0)
    """0 (none) to 5 stars."""
    trashed_at: Mapped[datetime | None]
    """Set while a picture is in the trash; only completed images go there."""
    trashed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    revision: Mapped[int] = mapped_column(default=1)
    """The job's revision at this image's last visible change."""
    attempt: Mapped[int] = mapped_column(default=0)
    transient_failures: Mapped[int] = mapped_column(default=0)
    crashes: Mapped[int] = mapped_column(default=0)
    """How many processes died over it since it was claimed for a call, or since its picture came."""
    not_before: Mapped[datetime | None]
    """A retry waits until then."""
    dispatched_until: Mapped[datetime | None]
    """A message is under way; past this moment it is taken for lost."""
    claimed_by: Mapped[UUID | None]

    error_type: Mapped[str | None]
    error_message: Mapped[str | None] = mapped_column(Text)
    provider_request_id: Mapped[str | None]
    cost: Mapped[Decimal | None]
    asset_id: Mapped[UUID | None] = mapped_column(ForeignKey("assets.id"))

    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    started_at: Mapped[datetime | None]
    """When the present attempt was claimed."""
    finished_at: Mapped[datetime | None]

    job: Mapped[Job] = relationship()
    asset: Mapped["Asset | None"] = relationship(foreign_keys=[asset_id])

    def move_to(self, state: ImageState) -> None:
        """Change the state, or raise IllegalMove. The caller holds the job's lock and keeps its counters."""
        check_image_move(ImageState(self.state), state)
        self.state = state


class AttemptOutcome(StrEnum):
    """How a call to a provider ended."""

    INTENDED = "intended"
    """Claimed. If `sent_at` is empty the call has not been made."""
    SUCCEEDED = "succeeded"
    """Its picture is stored."""
    TRANSIENT = "transient"
    CONTENT_POLICY = "content_policy"
    PERMANENT = "permanent"
    QUOTA = "quota"
    AUTH = "auth"
    AMBIGUOUS = "ambiguous"
    ABANDONED = "abandoned"
    """The process died before the call was made."""
    LOST = "lost"
    """The process died while the call was under way."""
    WITHDRAWN = "withdrawn"
    """Claimed and handed back without a call: the job was paused or cancelled in between."""
    CANCELLED = "cancelled"
    """Cancelled at the provider while it was being made."""


class Attempt(Base):
    """One call to a provider for one image: the intent is committed before the call is made."""

    __tablename__ = "attempts"
    __table_args__ = (
        CheckConstraint(one_of("outcome", AttemptOutcome), name="ck_attempts_outcome"),
        UniqueConstraint("image_id", "number", name="uq_attempts_image_id_number"),
        partial_index("ix_attempts_poll_at", "poll_at", where="poll_at IS NOT NULL"),
        partial_index("ix_attempts_billed_without_picture", "image_id", where="may_have_billed AND asset_id IS NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    image_id: Mapped[UUID] = mapped_column(ForeignKey("images.id"))
    number: Mapped[int]
    process_id: Mapped[UUID | None]
    provider: Mapped[str]
    model: Mapped[str]
    prompt_sent: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(default=AttemptOutcome.INTENDED)
    intended_at: Mapped[datetime] = mapped_column(default=utc_now)
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    latency_ms: Mapped[int | None]
    request_id: Mapped[str | None]
    remote_id: Mapped[str | None]
    """The provider's name for a job that it works on by itself; who knows it can ask what became of it."""
    poll_at: Mapped[datetime | None]
    """When to ask next about a remote job; empty once its end is known."""
    usage: Mapped[dict[str, Any] | None]
    cost: Mapped[Decimal | None]
    may_have_billed: Mapped[bool] = mapped_column(default=False)
    error_message: Mapped[str | None] = mapped_column(Text)
    asset_id: Mapped[UUID | None] = mapped_column(ForeignKey("assets.id"))
    """The picture this call brought, also when it came too late to be the image's."""


class Asset(Base):
    """A stored picture: the original bytes as they came, and the variants made from them."""

    __tablename__ = "assets"
    __table_args__ = (UniqueConstraint("key", name="uq_assets_key"), Index("ix_assets_image_id", "image_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    image_id: Mapped[UUID | None]
    """Whose call brought it. No foreign key: images point here, and a circle cannot be created in order."""
    attempt: Mapped[int]
    key: Mapped[str]
    """Where the original is in the store: originals/<image>/<attempt>.<extension>."""
    spool_host: Mapped[str | None]
    """The host that still holds the bytes because the store was down; empty once they are in the store."""
    media_type: Mapped[str]
    bytes: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    sha256: Mapped[str]
    variants: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{"thumb": {"key": …, "media_type": …, "bytes": …, "width": …, "height": …}, …}; empty until they are made."""
    placeholder: Mapped[str] = mapped_column(Text, default="")
    """A tiny picture as a data: URI, shown until the real one is there."""
    perceptual_hash: Mapped[str | None]
    sharpness: Mapped[float | None]
    credentials: Mapped[dict[str, Any] | None]
    """What the original's own C2PA manifest says: {"made_by": …, "says_ai": …}; {} when it has none."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
