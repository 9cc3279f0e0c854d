"""Pictures in a bucket of AWS S3, Backblaze B2, MinIO or another store that speaks S3."""

import io
import os
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, timedelta
from hashlib import md5
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from botocore.exceptions import ClientError

from app.core.clock import utc_now
from app.core.errors import StorageError
from app.storage.breaker import Breaker
from app.storage.interface import KEY, NewObject, StoredObject, check_key, check_prefix
from app.storage.location import S3Location
from app.storage.patience import PIECE, TimedBytes, check_time, in_time, persistently, within
from app.storage.s3_errors import failures_explained, status_of
from app.storage.s3_versions import erase

if TYPE_CHECKING:
    from app.storage.s3_client import Connection

Result = TypeVar("Result")

SILENCE_SECONDS = 15.0
"""How long the store may be silent while an object is written or read."""
QUICK_SECONDS = 5.0
"""The same for what is answered without an object, and for the try whether a store that was down is back."""
OPERATION_SECONDS = 45.0
"""After which no more bytes are moved. With one silence more it is half of the time that storing a picture may take."""
CACHING = "public, max-age=86400"
"""A day. Who may fetch it at all is decided by the address, which is signed."""
PUBLIC = "public/"
PUBLIC_CACHING = "public, max-age=300"
"""Five minutes for what a CDN may fetch without asking us: it may be withdrawn at any moment."""
SIGNED_AHEAD = timedelta(minutes=15)
"""Signatures are dated so much before the hour, so that a host whose clock is fast signs nothing in the future."""
SIGNED_SECONDS = 2 * 3600 + 900
"""From that date until two hours after the hour began, so every signed address lives for another hour at least."""


class S3Storage:
    """Objects in one bucket, below the location's prefix. Credentials are found by boto3, in its usual variables.

    A store that is down costs each caller a bounded time, and after a few failures none: see `breaker`.
    """

    def __init__(self, location: S3Location, *, connections: int) -> None:
        """connections: threads that may use the store at once."""
        self.location = location
        self._breaker = Breaker()
        silence = location.timeout or SILENCE_SECONDS
        self._patient = PerProcess(lambda: _connect(location, connections, silence))
        self._quick = PerProcess(lambda: _connect(location, connections, min(silence, QUICK_SECONDS)))

    @property
    def origins(self) -> tuple[str, ...]:
        return self.location.origins

    @property
    def is_down(self) -> bool:
        return self._breaker.is_open

    def room(self) -> int | None:
        return None

    def put(self, key: str, content: bytes, media_type: str) -> None:
        place = self._object(key)
        caching = PUBLIC_CACHING if key.startswith(PUBLIC) else CACHING
        self._ask(lambda client: _put(client, place, content, media_type, caching), key)

    def put_all(self, objects: Sequence[NewObject]) -> None:
        for each in objects:
            self.put(each.key, each.content, each.media_type)

    def get(self, key: str, *, once: bool = False) -> bytes:
        place = self._object(key)
        return self._ask(lambda client: _get(client, place), key)

    def open(self, key: str) -> BinaryIO:
        """The object as a file, which is in memory as a whole: so nothing can fail any more while it is read."""
        return io.BytesIO(self.get(key))

    def exists(self, key: str) -> bool:
        place = self._object(key)
        return self._ask(lambda client: _exists(client, place), key, quick=True)

    def delete(self, key: str) -> None:
        place = self._object(key)
        self._ask(lambda client: client.delete_object(**place), key, quick=True)

    def erase(self, key: str) -> None:
        place = self._object(key)
        self._ask(lambda client: erase(client, place), key, quick=True)

    def keys(self, prefix: str = "") -> Iterator[StoredObject]:
        """A page of a thousand at a time. Objects whose names cannot be ours are left out."""
        ours, place = self.location.prefix, {"Bucket": self.location.bucket}
        place["Prefix"] = ours + check_prefix(prefix)
        while True:
            page = self._ask(lambda client: client.list_objects_v2(**place), quick=True)
            for listed in page.get("Contents", ()):
                key = str(listed["Key"]).removeprefix(ours)
                if KEY.fullmatch(key):
                    yield StoredObject(key, listed["Size"], listed["LastModified"].astimezone(UTC))
            if not page.get("IsTruncated"):
                return
            place["ContinuationToken"] = page["NextContinuationToken"]

    def url(self, key: str, *, public: bool, name: str = "") -> str | None:
        """A public object below the public base URL, if there is one; else a signed address, the same for a clock hour.

        A signed address works for one to two hours more, and tells browsers the name to save it by.
        """
        if public and self.location.public_base:
            return f"{self.location.public_base}/{check_key(key)}"
        return self._signed(key, name)

    def check(self) -> None:
        """Write and delete a small object, without a second try and whatever is known of the store."""
        client, place = self._quick.get().client, self._object(f"checks/{secrets.token_hex(8)}")
        with failures_explained(), within(QUICK_SECONDS):
            _put(client, place, b"ok", "text/plain")
            client.delete_object(**place)

    def _ask(self, act: Callable[[Any], Result], key: str = "", *, quick: bool = False) -> Result:
        """What `act` answers with a client. Raises StorageError; after the time of `within` without asking."""
        check_time()

        def once() -> Result:
            connection = self._quick if quick or is_probe else self._patient
            with failures_explained(key):
                return act(connection.get().client)

        with self._breaker.passage() as is_probe, within(OPERATION_SECONDS):
            return once() if is_probe else persistently(once)

    def _signed(self, key: str, name: str) -> str:
        from app.storage.s3_client import signed_address  # noqa: PLC0415  as in _connect

        hour = utc_now().replace(minute=0, second=0, microsecond=0)
        with failures_explained():
            return signed_address(
                f"{self.location.address}/{self._object(key)['Key']}",
                self._patient.get().credentials,
                region=self.location.region,
                signed_at=hour - SIGNED_AHEAD,
                seconds=SIGNED_SECONDS,
                name=name,
            )

    def _object(self, key: str) -> dict[str, str]:
        return {"Bucket": self.location.bucket, "Key": self.location.prefix + check_key(key)}


def _put(client: Any, place: dict[str, str], content: bytes, media_type: str, caching: str = CACHING) -> None:
    """With the digest of the content the store itself refuses what has not arrived whole."""
    digest = b64encode(md5(content, usedforsecurity=False).digest()).decode()
    body = TimedBytes(content)
    answer = client.put_object(**place, Body=body, ContentMD5=digest, ContentType=media_type, CacheControl=caching)
    if not answer.get("ETag"):
        raise StorageError("What answers at the store's address is not a store. Check endpoint_url.")


def _get(client: Any, place: dict[str, str]) -> bytes:
    answer = client.get_object(**place)
    with closing(answer["Body"]) as body:
        return b"".join(in_time(body.iter_chunks(PIECE)))


def _exists(client: Any, place: dict[str, str]) -> bool:
    try:
        client.head_object(**place)
    except ClientError as error:
        if status_of(error) != 404:
            raise
        # An answer to HEAD has no body: a bucket that is missing looks the same as an object that is missing.
        client.head_bucket(Bucket=place["Bucket"])
        return False
    return True


def _connect(location: S3Location, connections: int, silence: float) -> "Connection":
    from app.storage.s3_client import connect  # noqa: PLC0415  boto3 takes long to import, and not every process needs it

    with failures_explained():
        return connect(location, connections=connections, read_timeout=silence)


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
