"""A store that hangs, fails or crawls costs who asks it a bounded time, and soon none."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.errors import NotStored, StorageError, StoreDown
from app.storage import breaker, patience, s3
from app.storage.open import open_storage
from app.storage.patience import TimedBytes, within
from app.storage.s3 import S3Storage
from tests.services.bad_line import SLOW_DOWN, BadLine, answered
from tests.services.s3 import Bucket
from tests.services.waiting import wait_until

KEY = "originals/01890000-0000-7000-8000-000000000000/1.png"
PICTURE = b"\x89PNG" + bytes(range(256)) * 40
# Long enough for a busy machine to answer in, short enough to wait for.
SILENCE = 1.0


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent store is given up soon."""
    monkeypatch.setattr(s3, "SILENCE_SECONDS", SILENCE)
    monkeypatch.setattr(patience, "RETRY_SECONDS", SILENCE / 2)


@pytest.fixture
def storage(rclone_s3: Bucket, bad_line: BadLine) -> S3Storage:
    """Holds PICTURE under KEY."""
    made = open_storage(rclone_s3.storage_url("studio", endpoint_url=bad_line.endpoint), connections=8)
    assert isinstance(made, S3Storage)
    made.put(KEY, PICTURE, "image/png")
    bad_line.requests.clear()
    return made


@pytest.fixture
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that was down may be tried again at once."""
    monkeypatch.setattr(breaker, "REST_SECONDS", 0.0)


def fail(storage: S3Storage, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(StoreDown):
            storage.get(KEY)


@pytest.mark.usefixtures("hasty")
def test_a_silent_store_is_not_asked_twice_by_one_operation(storage: S3Storage, bad_line: BadLine) -> None:
    bad_line.fall_silent()
    fail(storage)

    assert len(bad_line.requests) == 1


def test_after_some_failures_in_a_row_the_store_is_left_alone(storage: S3Storage, bad_line: BadLine) -> None:
    bad_line.break_answers(SLOW_DOWN, times=1000)
    fail(storage, breaker.MOST_FAILURES)
    asked = len(bad_line.requests)
    assert storage.is_down

    for act in (storage.get, storage.exists, storage.delete, storage.open):
        with pytest.raises(StoreDown, match="does not answer"):
            act(KEY)

    assert len(bad_line.requests) == asked


def test_a_success_in_between_makes_the_count_begin_anew(storage: S3Storage, bad_line: BadLine) -> None:
    for _ in range(3):
        bad_line.break_answers(SLOW_DOWN, times=1000)
        fail(storage, breaker.MOST_FAILURES - 1)
        bad_line.heal()
        assert storage.get(KEY) == PICTURE

    assert not storage.is_down


def test_what_a_store_refuses_does_not_count_as_down(storage: S3Storage, bad_line: BadLine) -> None:
    bad_line.break_answers(answered("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>"), times=4)
    for _ in range(4):
        with pytest.raises(StorageError, match="refuses"):
            storage.get(KEY)
    for _ in range(4):
        with pytest.raises(NotStored):
            storage.get(KEY.replace("1.png", "2.png"))

    assert not storage.is_down


@pytest.mark.usefixtures("hasty")
def test_a_store_that_is_back_is_used_again(storage: S3Storage, bad_line: BadLine, no_rest: None) -> None:
    bad_line.fall_silent()
    fail(storage, breaker.MOST_FAILURES)
    bad_line.speak_again()

    assert storage.get(KEY) == PICTURE
    assert not storage.is_down


@pytest.mark.usefixtures("hasty")
def test_only_one_thread_waits_to_see_whether_a_hanging_store_is_back(
    storage: S3Storage, bad_line: BadLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad_line.fall_silent()
    fail(storage, breaker.MOST_FAILURES)
    bad_line.requests.clear()
    monkeypatch.setattr(storage._breaker, "_down_until", 0.0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: fail(storage), range(8)))

    assert len(bad_line.requests) == 1


@pytest.mark.usefixtures("hasty")
def test_eight_threads_and_a_hanging_store_are_free_after_one_silence(storage: S3Storage, bad_line: BadLine) -> None:
    bad_line.fall_silent()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: fail(storage), range(200)))

    # Each thread's first operation and, while the count was not full yet, at most one more.
    assert len(bad_line.requests) <= 16


def test_an_object_that_crawls_is_given_up(storage: S3Storage, rclone_s3: Bucket, bad_line: BadLine) -> None:
    storage.put(KEY, bytes(4 << 20), "image/png")
    bad_line.delay = SILENCE / 6

    with within(SILENCE), pytest.raises(StoreDown, match="takes too long"):
        storage.get(KEY)


def test_nothing_is_sent_any_more_when_time_is_over(storage: S3Storage, bad_line: BadLine) -> None:
    with within(-1.0):
        with pytest.raises(StoreDown, match="takes too long"):
            TimedBytes(b"a picture").read()
        fail(storage, 5)

    assert bad_line.requests == []
    assert not storage.is_down
    assert storage.get(KEY) == PICTURE


def test_the_inner_of_two_bounds_cannot_be_longer_than_the_outer(storage: S3Storage) -> None:
    with within(-1.0), within(100.0):
        fail(storage)


def test_a_check_asks_a_store_that_counts_as_down(storage: S3Storage, bad_line: BadLine) -> None:
    bad_line.break_answers(SLOW_DOWN, times=1000)
    fail(storage, breaker.MOST_FAILURES)
    bad_line.heal()
    assert storage.is_down

    storage.check()


def test_time_outs_are_the_stores_own_where_it_names_them(rclone_s3: Bucket) -> None:
    url = rclone_s3.storage_url(timeout_seconds="2.5")
    named, usual = open_storage(url, connections=12), open_storage(rclone_s3.storage_url(), connections=12)
    assert isinstance(named, S3Storage)
    assert isinstance(usual, S3Storage)

    silences = [each.get().client.meta.config.read_timeout for each in (named._patient, named._quick, usual._quick)]
    assert silences == [2.5, 2.5, s3.QUICK_SECONDS]


def test_boto3_is_told_what_backblaze_and_our_threads_need(rclone_s3: Bucket) -> None:
    storage = open_storage(rclone_s3.storage_url(), connections=104)
    assert isinstance(storage, S3Storage)

    config = storage._patient.get().client.meta.config

    assert config.request_checksum_calculation == "when_required"
    assert config.response_checksum_validation == "when_required"
    assert config.max_pool_connections == 104
    assert (config.connect_timeout, config.read_timeout) == (5.0, s3.SILENCE_SECONDS)
    assert config.retries == {"mode": "standard", "total_max_attempts": 1}
    assert config.signature_version == "s3v4"


def test_no_checksum_trailer_is_sent_and_each_object_is_deleted_by_itself(
    storage: S3Storage, bad_line: BadLine
) -> None:
    bad_line.sent.clear()
    storage.put(KEY, PICTURE, "image/png")
    storage.delete(KEY)

    wait_until(lambda: len(bad_line.requests) == 2, what="both requests")
    sent = b"".join(bad_line.sent).lower()
    for word in (b"x-amz-checksum", b"x-amz-trailer", b"aws-chunked", b"x-amz-sdk-checksum"):
        assert word not in sent
    assert bad_line.requests[-1].startswith(b"DELETE ")
    assert b"content-md5" in sent
