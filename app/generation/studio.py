"""What a running process works with: settings, catalogue, providers, store, limiter. Made once by create_app."""

import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import current_app

from app.core.errors import ConfigurationError
from app.core.redis import redis_client
from app.core.settings import Settings
from app.generation.limiter import Limiter
from app.prompts.words import load_words
from app.providers.catalogue import Catalogue
from app.providers.registry import ProviderKeys, Providers
from app.storage.interface import Storage
from app.storage.open import open_storage

SPARE_CONNECTIONS = 8
"""To the store, for the threads of a process that do not generate: heartbeat, health, web requests."""


@dataclass(frozen=True)
class Studio:
    settings: Settings
    catalogue: Catalogue
    providers: Providers
    storage: Storage
    limiter: Limiter
    blocked_words: tuple[str, ...]
    """No prompt may contain one of these."""
    host_id: str
    """Stays the same for one data folder; says whose spool holds bytes that are not in the store yet."""


def studio() -> Studio:
    """The studio of the current application."""
    return cast(Studio, current_app.extensions["studio"])


def make_studio(settings: Settings) -> Studio:
    """The studio of these settings. Raises ConfigurationError when one of them cannot work."""
    url = settings.redis_url
    if url is None:
        raise ConfigurationError("REDIS_URL: is not set. Start everything with `proofsheet up`, or name a server.")
    return Studio(
        settings=settings,
        catalogue=Catalogue.load(settings.catalogue, images_per_minute=settings.images_per_minute),
        providers=Providers(_keys(settings)),
        storage=open_storage(settings.storage, connections=settings.generate_threads + SPARE_CONNECTIONS),
        limiter=Limiter(lambda: redis_client(url)),
        blocked_words=_blocked_words(settings),
        host_id=_host_id(settings.data_dir),
    )


def _keys(settings: Settings) -> ProviderKeys:
    return ProviderKeys(
        openai_api_key=settings.openai_key,
        openai_base_url=settings.openai_base_url,
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
    """The name of this data folder, made once. The link is atomic: processes that race agree on the first."""
    path = folder / "host-id"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        mine = folder / f"host-id.{uuid.uuid4().hex}"
        mine.write_text(uuid.uuid4().hex)
        with suppress(FileExistsError):
            path.hardlink_to(mine)
        mine.unlink()
    return path.read_text()
