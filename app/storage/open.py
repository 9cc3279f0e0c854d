"""Choose the store by its URL."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from app.core.errors import ConfigurationError
from app.storage.interface import Storage
from app.storage.local import LocalStorage


def open_storage(url: str) -> Storage:
    """The store of a STORAGE_URL: `file:///folder`. Raises ConfigurationError for any other scheme."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStorage(Path(unquote(parts.path)))
    raise ConfigurationError(f"STORAGE_URL: {parts.scheme}:// is no store we know. Use file:///folder.")
