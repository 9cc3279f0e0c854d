"""Connections to an S3-compatible store, and addresses signed for its objects."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3
from botocore.auth import SIGV4_TIMESTAMP, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from app.storage.location import S3Location

CONNECT_SECONDS = 5.0
"""Until the store has accepted a connection, or a piece of an object."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A client, which many threads may use, and the credentials that boto3 has found; None when there are none."""

    client: Any
    credentials: Any


def connect(location: S3Location, *, connections: int, read_timeout: float) -> Connection:
    """A client of this process, which opens up to `connections` sockets when they are needed. Nothing is sent yet.

    read_timeout: seconds of silence.
    """
    session = boto3.session.Session()
    config = Config(
        region_name=location.region,
        signature_version="s3v4",
        s3={"addressing_style": "path" if location.path_style else "virtual"},
        # Whether and how long to try again is decided in `patience`, where the time of the whole operation is known.
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_timeout,
        max_pool_connections=connections,
        # By default boto3 appends checksums to bodies, which Backblaze B2 and others refuse.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    client = session.client("s3", endpoint_url=location.endpoint, config=config)
    return Connection(client, session.get_credentials())


class _AuthAtAGivenTime(S3SigV4QueryAuth):  # type: ignore[misc]
    """botocore's signature of an address, for a moment that we choose instead of now."""

    def __init__(self, credentials: Any, region: str, *, signed_at: datetime, seconds: int) -> None:
        super().__init__(credentials, "s3", region, expires=seconds)
        self._signed_at = signed_at.strftime(SIGV4_TIMESTAMP)

    def _modify_request_before_signing(self, request: Any) -> None:
        request.context["timestamp"] = self._signed_at
        super()._modify_request_before_signing(request)


def signed_address(
    address: str, credentials: Any, *, region: str, signed_at: datetime, seconds: int, name: str = ""
) -> str:
    """The address with a signature under which everybody can fetch it, from `signed_at` (UTC) for so many seconds.

    name: what browsers call the file when it is saved. The same arguments give the same address. Raises botocore's
    errors when there are no credentials.
    """
    shown = {"response-content-disposition": f'inline; filename="{name}"'} if name else {}
    request = AWSRequest(method="GET", url=address, params=shown)
    frozen = credentials.get_frozen_credentials() if credentials else None
    _AuthAtAGivenTime(frozen, region, signed_at=signed_at, seconds=seconds).add_auth(request)
    return str(request.url)
