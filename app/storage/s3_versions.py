"""Stores that keep older versions of an object: Backblaze B2 always does, others when their bucket is set so.

Deleting there only hides the object under a marker. Whoever may list versions could fetch it, and it costs room.
"""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from app.storage.s3_errors import status_of

NO_VERSIONS = frozenset({400, 403, 404, 405, 501})
"""How stores answer that list no versions, or do not let us list them."""


def erase(client: Any, place: dict[str, str]) -> None:
    """Delete every version of one object, and its markers; plainly where the store lists none."""
    found = list(_versions(client, place))
    for version in found:
        client.delete_object(**place, VersionId=version)
    if not found:
        client.delete_object(**place)


def _versions(client: Any, place: dict[str, str]) -> Iterator[str]:
    question = {"Bucket": place["Bucket"], "Prefix": place["Key"]}
    while True:
        try:
            page = client.list_object_versions(**question)
        except ClientError as error:
            if status_of(error) in NO_VERSIONS:
                return
            raise
        for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            if each["Key"] == place["Key"]:
                yield str(each["VersionId"])
        if not page.get("IsTruncated"):
            return
        question |= {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
