"""What boto3 and the network can raise, as the two errors that callers know."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from app.core.errors import NotStored, StorageError, StoreDown

NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)
# While a body is read, errors of urllib3 and of the socket come through unwrapped.
FAILURES = (BotoCoreError, ResponseParserError, HTTPError, OSError)
PASSING = frozenset({"RequestTimeout", "RequestTimeoutException", "SlowDown", "InternalError", "ServiceUnavailable"})
"""Codes of a store that is out of order, whatever the status."""
CODE = re.compile(r"[A-Za-z0-9.]{1,64}")


@contextmanager
def failures_explained(key: str = "") -> Iterator[None]:
    """Turn every failure into StorageError, and the store's word that there is no such object into NotStored.

    The sentences hold no address and no credential: of what the store says only its error code is repeated.
    """
    try:
        yield
    except ClientError as error:
        raise _answered(error, key) from error
    except NO_CREDENTIALS as error:
        raise StorageError(
            "There are no credentials for the store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error
    except FAILURES as error:
        raise StoreDown(f"The store cannot be reached ({type(error).__name__}).") from error


def status_of(error: ClientError) -> int:
    """The HTTP status the store answered with."""
    return int(_part(error, "ResponseMetadata").get("HTTPStatusCode", 0))


def _answered(error: ClientError, key: str) -> StorageError:
    code, status = str(_part(error, "Error").get("Code", "")), status_of(error)
    if code == "NoSuchKey":
        return NotStored(f"There is no {key} in the store.")
    said = code if CODE.fullmatch(code) and code != str(status) else ""
    shown = f"{status} {said}".strip()
    if code == "RequestTimeTooSkewed":
        return StorageError(f"The store refuses ({shown}): the clock of this host is wrong.")
    if status in {401, 403}:
        return StorageError(f"The store refuses ({shown}): the AWS credentials are wrong or may not do this.")
    if status == 404 or code == "NoSuchBucket":
        return StorageError(f"The store does not know the bucket ({shown}).")
    if status == 429 or status >= 500 or code in PASSING:
        return StoreDown(f"The store is overloaded or out of order ({shown}).")
    return StorageError(f"The store answered {shown}.")


def _part(error: ClientError, name: str) -> dict[str, Any]:
    part: dict[str, Any] = error.response.get(name, {})
    return part
