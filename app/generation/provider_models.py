"""What staff have set for models and providers while everything runs, over the catalogue and the configuration."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Float, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import utc_now
from app.core.database import Base


class ModelSetting(Base):
    """What holds for one model, or for all models of one provider; an empty field leaves the catalogue's value."""

    __tablename__ = "model_settings"

    name: Mapped[str] = mapped_column(primary_key=True)
    """A model id such as "openai/gpt-image-2", or a provider such as "openai"."""
    images_per_minute: Mapped[float | None] = mapped_column(Float)
    disabled_reason: Mapped[str | None] = mapped_column(Text)
    """Why it cannot be used, for people to read; empty while it can."""
    shutdown_date: Mapped[date | None]
    changed_at: Mapped[datetime] = mapped_column(default=utc_now)
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class ProviderPause(Base):
    """No call is started with this credential until a person resumes it: its quota is used up or its key refused."""

    __tablename__ = "provider_pauses"

    account: Mapped[str] = mapped_column(primary_key=True)
    """The provider and the fingerprint of its credential, "openai:1f2e…": a new key is a new account."""
    provider: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    paused_at: Mapped[datetime] = mapped_column(default=utc_now)
