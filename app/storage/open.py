"""Choose the store by its URL."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from app.core.errors import ConfigurationError
from app.storage.interface import Storage
from app.storage.local import LocalStorage
from app.storage.location import read_location


def open_storage(url: str, *, connections: int = 10) -> Storage:
    """The store of a STORAGE_URL: `file:///folder` or `s3://bucket/prefix?endpoint_url=…`.

    connections: threads that may use it at once. Nothing is asked of the store yet. Raises ConfigurationError, which
    names the variable, for any other URL.
    """
    scheme = url.partition(":")[0]
    if scheme == "file":
        return LocalStorage(Path(unquote(urlsplit(url).path)))
    if scheme == "s3":
        from app.storage.s3 import S3Storage  # noqa: PLC0415  each process imports what it uses

        return S3Storage(read_location(url), connections=connections)
    raise ConfigurationError("STORAGE_URL: is no store we know. Use file:///folder or s3://bucket?endpoint_url=….")
