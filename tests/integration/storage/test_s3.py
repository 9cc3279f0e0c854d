"""An S3 store besides what every store promises: what goes wrong on the way, and what it refuses."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.core.errors import NotStored, StorageError
from app.storage.location import read_location
from app.storage.open import open_storage
from app.storage.patience import ATTEMPTS
from app.storage.s3 import PerProcess, S3Storage
from tests.services.bad_line import SLOW_DOWN, BadLine, Fault, answered, cut, lost
from tests.services.s3 import ACCESS_KEY, SECRET_KEY, Bucket, RcloneServer

KEY = "originals/01890000-0000-7000-8000-000000000000/1.png"
PICTURE = b"\x89PNG" + bytes(range(256)) * 40

ACTS: dict[str, Callable[[S3Storage], object]] = {
    "put": lambda storage: storage.put(KEY, PICTURE, "image/png"),
    "get": lambda storage: storage.get(KEY),
    "open": lambda storage: storage.open(KEY),
    "exists": lambda storage: storage.exists(KEY),
    "delete": lambda storage: storage.delete(KEY),
    "keys": lambda storage: list(storage.keys("originals/")),
    "check": lambda storage: storage.check(),
}
every_act = pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)


def storage_of(bucket: Bucket, prefix: str = "", **options: str) -> S3Storage:
    storage = open_storage(bucket.storage_url(prefix, **options), connections=8)
    assert isinstance(storage, S3Storage)
    return storage


def through(line: BadLine, bucket: Bucket) -> S3Storage:
    return storage_of(bucket, endpoint_url=line.endpoint)


def refusal(act: Callable[[S3Storage], object], storage: S3Storage) -> str:
    """The sentence of the StorageError, which says neither that the object is missing nor any secret."""
    with pytest.raises(StorageError) as caught:
        act(storage)
    assert not isinstance(caught.value, NotStored)
    assert SECRET_KEY not in caught.value.message
    assert ACCESS_KEY not in caught.value.message
    return caught.value.message


def test_an_object_carries_its_type_and_how_long_it_may_be_kept(moto_s3: Bucket) -> None:
    storage_of(moto_s3, "studio").put(KEY, PICTURE, "image/png")

    found = moto_s3.client.head_object(Bucket=moto_s3.name, Key=f"studio/{KEY}")
    assert (found["ContentType"], found["CacheControl"]) == ("image/png", "public, max-age=86400")


def test_two_folders_of_a_bucket_know_nothing_of_each_other(rclone_s3: Bucket) -> None:
    one, other = storage_of(rclone_s3, "one"), storage_of(rclone_s3, "one-more")
    one.put(KEY, PICTURE, "image/png")

    assert [stored.key for stored in one.keys("")] == [KEY]
    assert list(other.keys("")) == []
    assert not other.exists(KEY)


def test_objects_that_are_not_ours_are_not_listed(rclone_s3: Bucket) -> None:
    storage = storage_of(rclone_s3)
    rclone_s3.client.put_object(Bucket=rclone_s3.name, Key="Holiday Photos/1.JPG", Body=b"x")
    storage.put(KEY, PICTURE, "image/png")

    assert [stored.key for stored in storage.keys("")] == [KEY]


def test_an_object_of_twenty_megabytes_survives(rclone_s3: Bucket) -> None:
    storage, large = storage_of(rclone_s3), bytes(range(256)) * (20 * 1024 * 4)

    storage.put(KEY, large, "image/png")

    assert storage.get(KEY) == large


def test_more_objects_than_a_page_holds_are_all_listed(rclone_s3: Bucket, rclone_server: RcloneServer) -> None:
    folder = rclone_server.folder / rclone_s3.name / "originals"
    folder.mkdir()
    for number in range(1005):
        (folder / f"{number}.png").write_bytes(b"x")

    listed = [stored.key for stored in storage_of(rclone_s3).keys("originals/")]

    assert len(listed) == len(set(listed)) == 1005


def test_many_threads_share_one_store(rclone_s3: Bucket) -> None:
    storage = storage_of(rclone_s3)
    contents = {f"originals/{number}/1.png": f"picture {number}".encode() for number in range(40)}

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda item: storage.put(*item, "image/png"), contents.items()))
        assert dict(zip(contents, pool.map(storage.get, contents), strict=True)) == contents


@every_act
def test_a_store_that_is_down_is_told_soon(
    rclone_s3: Bucket, rclone_server: RcloneServer, act: Callable[[S3Storage], object]
) -> None:
    storage = storage_of(rclone_s3)
    rclone_server.kill()

    begun = time.monotonic()
    assert "cannot be reached" in refusal(act, storage)
    assert time.monotonic() - begun < 10


def test_a_store_that_came_back_is_used_again(rclone_s3: Bucket, rclone_server: RcloneServer) -> None:
    storage = storage_of(rclone_s3)
    storage.put(KEY, PICTURE, "image/png")
    rclone_server.kill()
    refusal(ACTS["get"], storage)

    rclone_server.start()

    assert storage.get(KEY) == PICTURE


def test_a_store_that_keeps_silent_is_given_up(aws_environment: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        location = replace(read_location(f"s3://bucket?endpoint_url={endpoint}"), timeout=0.1)
        assert "ReadTimeoutError" in refusal(ACTS["get"], S3Storage(location, connections=1))


@every_act
def test_a_wrong_secret_is_refused(
    rclone_s3: Bucket, monkeypatch: pytest.MonkeyPatch, act: Callable[[S3Storage], object]
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another-secret-of-the-tests")

    assert "AWS credentials are wrong" in refusal(act, storage_of(rclone_s3))


@every_act
def test_without_credentials_the_variables_are_named(
    rclone_s3: Bucket, monkeypatch: pytest.MonkeyPatch, act: Callable[[S3Storage], object]
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    storage = storage_of(rclone_s3)

    assert "AWS_ACCESS_KEY_ID" in refusal(act, storage)
    assert "AWS_ACCESS_KEY_ID" in refusal(lambda storage: storage.url(KEY, public=False), storage)


@every_act
def test_a_missing_bucket_is_not_a_missing_object(moto_s3: Bucket, act: Callable[[S3Storage], object]) -> None:
    missing = Bucket(moto_s3.endpoint, moto_s3.client)

    assert "bucket" in refusal(act, storage_of(missing))


def test_a_put_whose_answer_is_lost_is_sent_again_and_leaves_one_object(rclone_s3: Bucket, bad_line: BadLine) -> None:
    storage = through(bad_line, rclone_s3)
    bad_line.break_answers(lost, times=1)

    storage.put(KEY, PICTURE, "image/png")

    assert len(bad_line.requests) == 2
    assert [(stored.key, stored.bytes) for stored in storage.keys("")] == [(KEY, len(PICTURE))]
    assert storage.get(KEY) == PICTURE


def test_a_put_that_never_hears_an_answer_fails_and_can_be_done_again(rclone_s3: Bucket, bad_line: BadLine) -> None:
    storage = through(bad_line, rclone_s3)
    bad_line.break_answers(lost, times=ATTEMPTS)

    refusal(ACTS["put"], storage)
    assert storage_of(rclone_s3).get(KEY) == PICTURE
    storage.put(KEY, PICTURE, "image/png")

    assert [stored.key for stored in storage.keys("")] == [KEY]


def test_a_delete_whose_answer_is_lost_is_done(rclone_s3: Bucket, bad_line: BadLine) -> None:
    storage = through(bad_line, rclone_s3)
    storage.put(KEY, PICTURE, "image/png")
    bad_line.break_answers(lost, times=1)

    storage.delete(KEY)

    assert not storage.exists(KEY)


def test_half_an_object_is_never_taken_for_the_whole(rclone_s3: Bucket, bad_line: BadLine) -> None:
    storage = through(bad_line, rclone_s3)
    storage.put(KEY, PICTURE, "image/png")
    bad_line.break_answers(cut, times=ATTEMPTS)

    refusal(ACTS["get"], storage)


def test_bytes_that_changed_on_the_way_are_not_stored(rclone_s3: Bucket, bad_line: BadLine) -> None:
    storage = through(bad_line, rclone_s3)
    bad_line.change_requests(b"\x89PNG", b"\x89PNH")

    refusal(ACTS["put"], storage)

    assert not storage.exists(KEY)


def test_a_store_that_asks_to_slow_down_is_asked_again(rclone_s3: Bucket, bad_line: BadLine) -> None:
    storage = through(bad_line, rclone_s3)
    bad_line.break_answers(SLOW_DOWN, times=ATTEMPTS - 1)

    storage.put(KEY, PICTURE, "image/png")

    assert storage.get(KEY) == PICTURE


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (SLOW_DOWN, "overloaded or out of order (503 SlowDown)"),
        (answered("507 Insufficient Storage"), "overloaded or out of order (507)"),
        (answered("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>"), "refuses (403 AccessDenied)"),
        (answered("403 Forbidden", "<Error><Code>RequestTimeTooSkewed</Code></Error>"), "clock of this host"),
        (answered("404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>"), "does not know the bucket"),
        (answered("400 Bad Request", f"<Error><Code>my {SECRET_KEY}</Code></Error>"), "answered 400."),
        (answered("200 OK"), "is not a store"),
    ],
)
def test_what_the_store_answers_is_said(rclone_s3: Bucket, bad_line: BadLine, fault: Fault, said: str) -> None:
    bad_line.break_answers(fault, times=ATTEMPTS)

    assert said in refusal(ACTS["put"], through(bad_line, rclone_s3))


def test_a_web_server_that_is_no_store_has_no_objects_and_misses_none(rclone_s3: Bucket, bad_line: BadLine) -> None:
    storage = through(bad_line, rclone_s3)
    bad_line.break_answers(answered("404 Not Found", "<html>Nothing here</html>"), times=ATTEMPTS)

    refusal(ACTS["get"], storage)


def test_a_check_leaves_nothing_behind_and_does_not_wait_for_a_second_try(rclone_s3: Bucket, bad_line: BadLine) -> None:
    storage = through(bad_line, rclone_s3)
    storage.check()
    assert list(storage.keys("")) == []
    bad_line.requests.clear()
    bad_line.break_answers(SLOW_DOWN, times=1)

    refusal(ACTS["check"], storage)

    assert len(bad_line.requests) == 1


def test_each_process_makes_its_own_connection_and_its_threads_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = PerProcess(object)  # type: ignore[arg-type]
    with ThreadPoolExecutor(8) as pool:
        (ours,) = set(pool.map(lambda _: made.get(), range(50)))

    monkeypatch.setattr("app.storage.s3.os.getpid", lambda: -1)

    assert made.get() is not ours
    assert made.get() is made.get()
