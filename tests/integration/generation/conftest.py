from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.core.database import db
from app.core.settings import Settings


@pytest.fixture
def settings(openai_settings: Settings) -> Settings:
    """The engine is tested against the provider's API, with the lease of real life: the engine of a test beats so often."""
    return openai_settings.model_copy(update={"lease_seconds": 30.0})


@pytest.fixture
def other_host(settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    """The same installation on a host with a data folder of its own; the store is shared."""
    shared = f"file://{settings.data_dir / 'media'}"
    made = create_app(settings.model_copy(update={"data_dir": tmp_path / "other", "storage_url": shared}))
    yield made
    with made.app_context():
        for each in db.engines.values():
            each.dispose()
