"""What a STORAGE_URL says, and what it may not say."""

import pytest

from app.core.errors import ConfigurationError
from app.storage.location import read_location
from app.storage.open import open_storage


def test_a_store_with_an_address_of_its_own_names_the_bucket_in_the_path() -> None:
    location = read_location("s3://pictures/studio/one?endpoint_url=https://s3.eu-1.example.com:9000/&region=eu-1")

    assert (location.bucket, location.prefix, location.region) == ("pictures", "studio/one/", "eu-1")
    assert location.address == "https://s3.eu-1.example.com:9000/pictures"
    assert location.origins == ("https://s3.eu-1.example.com:9000",)


def test_an_escaped_address_is_read_too() -> None:
    location = read_location("s3://pictures?endpoint_url=http%3A%2F%2F127.0.0.1%3A9000")

    assert (location.endpoint, location.region, location.prefix) == ("http://127.0.0.1:9000", "us-east-1", "")


def test_aws_needs_a_region_and_names_the_bucket_in_the_host() -> None:
    location = read_location("s3://pictures/?region=eu-central-1")

    assert location.address == "https://pictures.s3.eu-central-1.amazonaws.com"
    assert location.origins == ("https://pictures.s3.eu-central-1.amazonaws.com",)
    with pytest.raises(ConfigurationError, match="needs region"):
        read_location("s3://pictures")


def test_a_bucket_with_dots_is_not_in_the_host_name_for_which_aws_has_no_certificate() -> None:
    location = read_location("s3://pictures.example.com?region=eu-central-1")

    assert location.address == "https://s3.eu-central-1.amazonaws.com/pictures.example.com"


def test_pictures_come_from_the_store_and_from_the_public_address() -> None:
    location = read_location("s3://pictures?region=eu-1&public_base_url=https://cdn.example.com/p/")

    assert location.public_base == "https://cdn.example.com/p"
    assert location.origins == ("https://pictures.s3.eu-1.amazonaws.com", "https://cdn.example.com")


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3:///folder?region=eu-1",
        "s3://a?region=eu-1",
        "s3://pictures/../other?region=eu-1",
        "s3://pictures/a%20b?region=eu-1",
        "s3://pictures?region=eu 1",
        "s3://pictures?region=eu-1&public_base_url=cdn.example.com",
        "s3://pictures?region=eu-1&public_base_url=https://cdn.example.com;script-src%20*",
        "s3://pictures?endpoint_url=ftp://example.com",
        "s3://pictures?endpoint_url=https://",
        "s3://pictures?endpoint_url=https://me:secret@example.com",
        "s3://pictures?endpoint_url=https://example.com?a=secret",
        "s3://me:secret@pictures?region=eu-1",
        "s3://pictures?region=eu-1&secret_access_key=secret",
        "s3://[pictures?region=eu-1",
        "http://example.com/secret",
        "/a/folder",
        "",
    ],
)
def test_what_cannot_be_used_is_refused_by_the_variables_name_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_storage(url)

    assert caught.value.message.startswith("STORAGE_URL: ")
    assert "secret@" not in caught.value.message
    assert "=secret" not in caught.value.message


def test_keys_in_the_url_are_refused_with_the_place_where_they_belong() -> None:
    with pytest.raises(ConfigurationError, match="AWS_ACCESS_KEY_ID"):
        read_location("s3://me:secret@pictures?region=eu-1")
