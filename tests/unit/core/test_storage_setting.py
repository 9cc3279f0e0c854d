"""STORAGE_URL is checked before anything starts."""

import pytest

from app.core.errors import ConfigurationError
from app.core.settings import load_settings


@pytest.mark.parametrize("url", ["file:///srv/media", "s3://pictures?region=eu-central-1"])
def test_a_folder_and_a_bucket_are_stores(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("STORAGE_URL", url)

    assert load_settings().storage == url


@pytest.mark.parametrize("url", ["/srv/media", "file://media", "ftp://user:secret@example.com", "s3:pictures"])
def test_anything_else_is_refused_by_its_name_and_not_repeated(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("STORAGE_URL", url)

    with pytest.raises(ConfigurationError, match="STORAGE_URL: ") as caught:
        load_settings()
    assert "secret" not in caught.value.message
