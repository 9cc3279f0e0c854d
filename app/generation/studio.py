"""What a running process works with: settings, catalogue, providers, store, limiter. Made once by create_app."""

import socket
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import current_app

from app.core.errors import ConfigurationError
from app.core.redis import redis_client
from app.core.settings import Settings
from app.generation.limiter import Limiter
from app.generation.model_settings import overlay
from app.generation.pauses import read_pauses
from app.generation.refreshed import Refreshed
from app.imaging.signing import Signer, make_signer
from app.prompts.words import load_words
from app.providers.catalogue import Catalogue
from app.providers.registry import ProviderKeys, Providers
from app.storage.interface import Storage
from app.storage.open import open_storage

SPARE_CONNECTIONS = 8
"""To the store, for the threads of a process that do not generate: heartbeat, health, web requests."""
OVERLAY_SECONDS = 2.0
PAUSES_SECONDS = 1.0
"""How soon a process knows what staff have set, and that a provider has refused, when another process wrote it."""


@dataclass(frozen=True)
class Studio:
    settings: Settings
    configured: Catalogue
    """The models by their files and the configuration alone; `catalogue` is what holds now."""
    overlaid: Refreshed[Catalogue] | None
    """The same with what staff have set; None where there is no database to ask."""
    pauses: Refreshed[Mapping[str, str]]
    """Accounts of providers that are paused, with the reasons."""
    providers: Providers
    storage: Storage
    limiter: Limiter
    signer: Signer | None
    """Signs the sizes of pictures where a certificate is configured."""
    blocked_words: tuple[str, ...]
    """No prompt may contain one of these."""
    host_id: str
    """Stays the same for one data folder; says whose spool holds bytes that are not in the store yet."""

    @property
    def catalogue(self) -> Catalogue:
        """The models as they are to be used now."""
        return self.configured if self.overlaid is None else self.overlaid.get()

    def forget(self) -> None:
        """Ask the database again: something has just been changed, or must be known for sure."""
        self.pauses.forget()
        if self.overlaid is not None:
            self.overlaid.forget()


def studio() -> Studio:
    """The studio of the current application."""
    return cast(Studio, current_app.extensions["studio"])


def make_studio(settings: Settings, *, staff: bool = True) -> Studio:
    """The studio of these settings. Raises ConfigurationError when one of them cannot work.

    staff: whether to ask the database what staff have set; not before it is known that there is one.
    """
    url = settings.redis_url
    if url is None:
        raise ConfigurationError("REDIS_URL: is not set. Start everything with `proofsheet up`, or name a server.")
    configured = Catalogue.load(settings.catalogue, images_per_minute=settings.images_per_minute)
    return Studio(
        settings=settings,
        configured=configured,
        overlaid=Refreshed(lambda connection: overlay(connection).over(configured), OVERLAY_SECONDS) if staff else None,
        pauses=Refreshed(read_pauses, PAUSES_SECONDS),
        providers=Providers(_keys(settings)),
        storage=open_storage(settings.storage, connections=settings.generate_threads + SPARE_CONNECTIONS),
        limiter=Limiter(lambda: redis_client(url)),
        signer=make_signer(
            settings.c2pa_certificate, settings.c2pa_key, settings.c2pa_algorithm, settings.c2pa_time_url
        ),
        blocked_words=_blocked_words(settings),
        host_id=_host_id(settings.data_dir),
    )


def _keys(settings: Settings) -> ProviderKeys:
    return ProviderKeys(
        openai_api_key=settings.openai_key,
        openai_base_url=settings.openai_base_url,
        replicate_api_token=settings.replicate_token,
        replicate_base_url=settings.replicate_base_url,
        replicate_file_host=settings.replicate_file_host,
        demo_latency_seconds=settings.demo_latency_seconds,
        demo_latency_jitter_seconds=settings.demo_latency_seconds / 2,
        demo_failure_rate=settings.demo_failure_rate,
    )


def _blocked_words(settings: Settings) -> tuple[str, ...]:
    try:
        return load_words(settings.blocked_words)
    except OSError as error:
        raise ConfigurationError(f"PROOFSHEET_BLOCKED_WORDS: cannot be read: {error.strerror}.") from None


def _host_id(folder: Path) -> str:
    """The name of this data folder, made once; people know the host by it.

    The link is atomic: processes that race agree on the first.
    """
    path = folder / "host-id"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        mine = folder / f"host-id.{uuid.uuid4().hex}"
        mine.write_text(f"{socket.gethostname()[:40]}-{uuid.uuid4().hex[:12]}")
        with suppress(FileExistsError):
            path.hardlink_to(mine)
        mine.unlink()
    return path.read_text()
