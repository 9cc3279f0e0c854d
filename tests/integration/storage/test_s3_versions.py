"""Where a store keeps versions, what is erased is erased with all of them."""

from app.storage.open import open_storage
from tests.services.s3 import Bucket

KEY = "originals/01890000-0000-7000-8000-000000000000/1.png"


def versions(bucket: Bucket) -> list[str]:
    page = bucket.client.list_object_versions(Bucket=bucket.name)
    return [each["Key"] for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))]


def test_every_version_and_marker_goes_and_its_neighbours_stay(moto_s3: Bucket) -> None:
    moto_s3.client.put_bucket_versioning(Bucket=moto_s3.name, VersioningConfiguration={"Status": "Enabled"})
    storage = open_storage(moto_s3.storage_url("studio"))
    for content in (b"one", b"two", b"three"):
        storage.put(KEY, content, "image/png")
    storage.put(f"{KEY}0", b"a neighbour", "image/png")
    storage.delete(KEY)
    assert versions(moto_s3).count(f"studio/{KEY}") == 4

    storage.erase(KEY)

    assert versions(moto_s3) == [f"studio/{KEY}0"]
    assert storage.get(f"{KEY}0") == b"a neighbour"
