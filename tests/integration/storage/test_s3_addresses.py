"""Addresses at which browsers fetch objects of an S3 store."""

from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest

from app.core.errors import StorageError
from app.storage.open import open_storage
from app.storage.s3 import S3Storage
from tests.services.s3 import SECRET_KEY, Bucket, fetch

KEY = "variants/01890000-0000-7000-8000-000000000000/medium.jpg"
PICTURE = b"\xff\xd8 a picture"


@pytest.fixture
def storage(rclone_s3: Bucket) -> S3Storage:
    """Holds PICTURE under KEY."""
    made = open_storage(rclone_s3.storage_url("studio", public_base_url="https://cdn.example.com/studio/"))
    assert isinstance(made, S3Storage)
    made.put(KEY, PICTURE, "image/jpeg")
    return made


def address(storage: S3Storage, *, at: datetime | None = None, key: str = KEY) -> str:
    """The signed address that is given out at this moment."""
    with pytest.MonkeyPatch.context() as patch:
        if at:
            patch.setattr("app.storage.s3.utc_now", lambda: at)
        found = storage.url(key, public=False)
    assert found is not None
    return found


def this_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def signature_of(found: str) -> str:
    return parse_qs(urlsplit(found).query)["X-Amz-Signature"][0]


def test_a_signed_address_needs_nothing_else(storage: S3Storage) -> None:
    assert fetch(address(storage)) == (200, PICTURE)


def test_a_signed_address_does_not_hold_the_secret(storage: S3Storage) -> None:
    assert SECRET_KEY not in address(storage)


@pytest.mark.parametrize("bucket", ["moto_s3", "rclone_s3"])
def test_a_signed_address_says_what_the_file_is_called(request: pytest.FixtureRequest, bucket: str) -> None:
    storage = open_storage(request.getfixturevalue(bucket).storage_url("studio"))
    storage.put(KEY, PICTURE, "image/jpeg")

    found = storage.url(KEY, public=False, name="proofsheet-7c9e6679-medium.jpg")

    assert found == storage.url(KEY, public=False, name="proofsheet-7c9e6679-medium.jpg")
    assert fetch(str(found)) == (200, PICTURE)
    assert parse_qs(urlsplit(str(found)).query)["response-content-disposition"] == [
        'inline; filename="proofsheet-7c9e6679-medium.jpg"'
    ]


def test_browsers_save_it_by_that_name(moto_s3: Bucket) -> None:
    storage = open_storage(moto_s3.storage_url("studio"))
    storage.put(KEY, PICTURE, "image/jpeg")

    with urlopen(str(storage.url(KEY, public=False, name="proofsheet-1.jpg")), timeout=10) as answer:  # noqa: S310  ours
        assert answer.headers["Content-Disposition"] == 'inline; filename="proofsheet-1.jpg"'


def test_an_object_without_a_signature_is_private(storage: S3Storage) -> None:
    status, body = fetch(address(storage).partition("?")[0])

    assert status >= 400
    assert PICTURE not in body


def test_the_address_stays_the_same_for_a_whole_clock_hour(storage: S3Storage) -> None:
    hour = this_hour()
    minutes = [address(storage, at=hour + timedelta(minutes=minute)) for minute in range(60)]

    assert len({*minutes, address(storage, at=hour + timedelta(minutes=59, seconds=59, microseconds=999_999))}) == 1
    assert address(storage, at=hour + timedelta(hours=1)) not in minutes


def test_two_processes_give_out_the_same_address(storage: S3Storage) -> None:
    at = this_hour()

    assert address(S3Storage(storage.location, connections=1), at=at) == address(storage, at=at)


def test_the_address_of_the_last_hour_still_works(storage: S3Storage) -> None:
    assert fetch(address(storage, at=this_hour() - timedelta(seconds=1)))[0] == 200


def test_an_old_address_is_dead(storage: S3Storage) -> None:
    status, body = fetch(address(storage, at=this_hour() - timedelta(hours=2)))

    assert status >= 400
    assert PICTURE not in body


def test_a_host_whose_clock_is_fast_gives_out_addresses_that_work_at_once(storage: S3Storage) -> None:
    """Signed for an hour that has not begun: the date must not lie in the store's future."""
    hour = datetime(2026, 11, 20, 13, tzinfo=UTC)

    signed_at = parse_qs(urlsplit(address(storage, at=hour)).query)["X-Amz-Date"][0]

    assert datetime.strptime(signed_at, "%Y%m%dT%H%M%S%z") <= hour - timedelta(minutes=15)


def test_an_address_that_was_tampered_with_is_dead(storage: S3Storage) -> None:
    other = KEY.replace("medium", "large")
    storage.put(other, b"another picture", "image/jpeg")
    good = address(storage)
    signature = signature_of(good)
    turned = signature[:-1] + ("0" if signature[-1] != "0" else "1")

    for bad in (
        good.replace("/medium.jpg", "/large.jpg"),
        good.replace(signature, turned),
        good.replace("X-Amz-Expires=8100", "X-Amz-Expires=81000"),
    ):
        assert bad != good
        assert fetch(bad)[0] == 403


def test_an_address_reads_and_does_nothing_else(storage: S3Storage) -> None:
    for method in ("PUT", "DELETE"):
        with pytest.raises(HTTPError) as caught:
            urlopen(Request(address(storage), data=b"x", method=method), timeout=10)  # noqa: S310  our own server
        caught.value.close()
    assert storage.get(KEY) == PICTURE


def test_published_objects_have_the_public_address_and_others_never(storage: S3Storage) -> None:
    assert storage.url(KEY, public=True) == f"https://cdn.example.com/studio/{KEY}"
    assert "cdn.example.com" not in address(storage)


def test_without_a_public_address_published_objects_are_signed_too(rclone_s3: Bucket, storage: S3Storage) -> None:
    found = open_storage(rclone_s3.storage_url("studio")).url(KEY, public=True)

    assert found is not None
    assert fetch(found) == (200, PICTURE)


def test_boto3_would_sign_the_same_place(storage: S3Storage, rclone_s3: Bucket) -> None:
    theirs = rclone_s3.client.generate_presigned_url(
        "get_object", Params={"Bucket": rclone_s3.name, "Key": f"studio/{KEY}"}
    )

    assert address(storage).partition("?")[0] == theirs.partition("?")[0]


def test_a_bucket_of_aws_is_part_of_the_host_name(aws_environment: None) -> None:
    found = open_storage("s3://pictures/studio?region=eu-central-1").url(KEY, public=False)

    assert str(found).startswith(f"https://pictures.s3.eu-central-1.amazonaws.com/studio/{KEY}?")


@pytest.mark.parametrize("public", [True, False])
def test_a_key_that_is_none_of_ours_has_no_address(storage: S3Storage, public: bool) -> None:
    with pytest.raises(StorageError, match="Not a key"):
        storage.url("../secret", public=public)
