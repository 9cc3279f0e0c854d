import pytest

from app.core.settings import Settings


@pytest.fixture
def settings(openai_settings: Settings) -> Settings:
    """The engine is tested against the provider's API."""
    return openai_settings
