import pytest

from app.core.settings import Settings


@pytest.fixture
def settings(openai_settings: Settings) -> Settings:
    """The engine is tested against the provider's API, with the lease of real life: the engine of a test beats so often."""
    return openai_settings.model_copy(update={"lease_seconds": 30.0})
