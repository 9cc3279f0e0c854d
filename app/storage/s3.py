"""Pictures in a bucket of AWS S3, Backblaze B2, MinIO or another store that speaks S3."""

import io
import os
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, timedelta
from hashlib import md5
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO

from botocore.exceptions import ClientError

from app.core.clock import utc_now
from app.core.errors import StorageError
from app.storage.interface import KEY, StoredObject, check_key, check_prefix
from app.storage.location import S3Location
from app.storage.s3_errors import failures_explained, status_of

if TYPE_CHECKING:
    from app.storage.s3_client import Connection

ATTEMPTS = 3
READ_TIMEOUT = 60.0
PROBE_TIMEOUT = 5.0
"""Seconds; who asks whether the store is well does not wait as long as who has a paid picture to store."""
CACHING = "public, max-age=86400"
"""A day, because a published picture may be withdrawn. Who may fetch it at all is decided by the address."""
SIGNED_AHEAD = timedelta(minutes=15)
"""Signatures are dated so much before the hour, so that a host whose clock is fast signs nothing in the future."""
SIGNED_SECONDS = 2 * 3600 + 900
"""From that date until two hours after the hour began, so every signed address lives for another hour at least."""


class S3Storage:
    """Objects in one bucket, below the location's prefix. Credentials are found by boto3, in its usual variables."""

    def __init__(self, location: S3Location, *, connections: int, read_timeout: float = READ_TIMEOUT) -> None:
        """connections: threads that may use the store at once. read_timeout: seconds the store may be silent."""
        self.location = location
        self._connection = PerProcess(
            lambda: _connect(location, connections=connections, attempts=ATTEMPTS, read_timeout=read_timeout)
        )
        self._probe = PerProcess(lambda: _connect(location, connections=2, attempts=1, read_timeout=PROBE_TIMEOUT))

    @property
    def origins(self) -> tuple[str, ...]:
        return self.location.origins

    def put(self, key: str, content: bytes, media_type: str) -> None:
        self._put(self._client(), key, content, media_type)

    def get(self, key: str) -> bytes:
        client = self._client()
        with failures_explained(key):
            answer = client.get_object(**self._object(key))
            with closing(answer["Body"]) as body:
                content: bytes = body.read()
        return content

    def open(self, key: str) -> BinaryIO:
        """The object as a file, which is in memory as a whole: so nothing can fail any more while it is read."""
        return io.BytesIO(self.get(key))

    def exists(self, key: str) -> bool:
        client = self._client()
        with failures_explained(key):
            try:
                client.head_object(**self._object(key))
            except ClientError as error:
                if status_of(error) != 404:
                    raise
                # An answer to HEAD has no body: a bucket that is missing looks the same as an object that is missing.
                client.head_bucket(Bucket=self.location.bucket)
                return False
        return True

    def delete(self, key: str) -> None:
        client = self._client()
        with failures_explained(key):
            client.delete_object(**self._object(key))

    def keys(self, prefix: str = "") -> Iterator[StoredObject]:
        """A page of a thousand at a time. Objects whose names cannot be ours are left out."""
        ours = self.location.prefix
        pages = self._client().get_paginator("list_objects_v2")
        with failures_explained():
            for page in pages.paginate(Bucket=self.location.bucket, Prefix=ours + check_prefix(prefix)):
                for listed in page.get("Contents", ()):
                    key = str(listed["Key"]).removeprefix(ours)
                    if KEY.fullmatch(key):
                        yield StoredObject(key, listed["Size"], listed["LastModified"].astimezone(UTC))

    def url(self, key: str, *, public: bool) -> str | None:
        """A public object below the public base URL, if there is one; else a signed address, the same for a clock hour.

        A signed address works for one to two hours more.
        """
        if public and self.location.public_base:
            return f"{self.location.public_base}/{check_key(key)}"
        return self._signed(key)

    def check(self) -> None:
        """Write and delete a small object."""
        client, key = self._probe.get().client, f"checks/{secrets.token_hex(8)}"
        self._put(client, key, b"ok", "text/plain")
        with failures_explained():
            client.delete_object(**self._object(key))

    def _put(self, client: Any, key: str, content: bytes, media_type: str) -> None:
        """With the digest of the content the store itself refuses what has not arrived whole."""
        digest = b64encode(md5(content, usedforsecurity=False).digest()).decode()
        with failures_explained():
            answer = client.put_object(
                **self._object(key),
                Body=content,
                ContentMD5=digest,
                ContentType=media_type,
                CacheControl=CACHING,
            )
        if not answer.get("ETag"):
            raise StorageError("What answers at the store's address is not a store. Check endpoint_url.")

    def _signed(self, key: str) -> str:
        from app.storage.s3_client import signed_address  # noqa: PLC0415  as in _connect

        hour = utc_now().replace(minute=0, second=0, microsecond=0)
        with failures_explained():
            return signed_address(
                f"{self.location.address}/{self._object(key)['Key']}",
                self._connection.get().credentials,
                region=self.location.region,
                signed_at=hour - SIGNED_AHEAD,
                seconds=SIGNED_SECONDS,
            )

    def _object(self, key: str) -> dict[str, str]:
        return {"Bucket": self.location.bucket, "Key": self.location.prefix + check_key(key)}

    def _client(self) -> Any:
        return self._connection.get().client


def _connect(location: S3Location, *, connections: int, attempts: int, read_timeout: float) -> "Connection":
    from app.storage.s3_client import connect  # noqa: PLC0415  boto3 takes long to import, and not every process needs it

    with failures_explained():
        return connect(location, connections=connections, attempts=attempts, read_timeout=read_timeout)


class PerProcess:
    """A connection that each process makes for itself on first use: sockets must not be shared across a fork."""

    def __init__(self, make: "Callable[[], Connection]") -> None:
        self._make = make
        self._lock = Lock()
        self._made: tuple[int, Connection] | None = None

    def get(self) -> "Connection":
        """The one of this process; threads that ask at the same time get the same."""
        made = self._made
        if made is None or made[0] != os.getpid():
            with self._lock:
                if self._made is None or self._made[0] != os.getpid():
                    self._made = (os.getpid(), self._make())
                return self._made[1]
        return made[1]
