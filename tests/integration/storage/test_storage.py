"""What every store promises. A new backend joins by one more parameter."""

import errno
import os
from pathlib import Path

import pytest

from app.core.errors import ConfigurationError, NotStored, StorageError
from app.storage.interface import NewObject, Storage
from app.storage.local import LocalStorage
from app.storage.open import open_storage
from tests.services.s3 import Bucket

KEY = "originals/01890000-0000-7000-8000-000000000000/1.png"


@pytest.fixture(params=["local", "moto_s3", "rclone_s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty store: a folder, or a folder in a new bucket."""
    if request.param == "local":
        return LocalStorage(tmp_path / "media")
    bucket: Bucket = request.getfixturevalue(request.param)
    return open_storage(bucket.storage_url("proofsheet"))


def stored_keys(storage: Storage, prefix: str = "") -> list[str]:
    return [stored.key for stored in storage.keys(prefix)]


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 4096])
def test_what_is_put_is_got_back_unchanged(storage: Storage, content: bytes) -> None:
    storage.put(KEY, content, "image/png")

    assert storage.get(KEY, once=True) == content
    assert storage.get(KEY) == content
    with storage.open(KEY) as file:
        assert file.read() == content
    assert storage.exists(KEY)


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="this system takes no advice about files")
@pytest.mark.parametrize("refused", [False, True])
def test_only_what_is_read_once_is_dropped_from_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    storage, advised = LocalStorage(tmp_path), []

    def advise(descriptor: int, _offset: int, _length: int, advice: int) -> None:
        advised.append((os.fstat(descriptor).st_ino, advice))
        if refused:
            raise OSError(errno.ENOSYS, "not here")

    monkeypatch.setattr(os, "posix_fadvise", advise)
    storage.put(KEY, b"a picture", "image/png")

    assert storage.get(KEY) == b"a picture"
    assert advised == []
    assert storage.get(KEY, once=True) == b"a picture"
    assert advised == [((tmp_path / KEY).stat().st_ino, os.POSIX_FADV_DONTNEED)]


def test_a_second_put_replaces_the_whole_object(storage: Storage) -> None:
    storage.put(KEY, b"a long first version", "image/png")
    storage.put(KEY, b"short", "image/png")

    assert storage.get(KEY) == b"short"
    assert stored_keys(storage) == [KEY]


def test_objects_that_are_put_together_are_all_there_and_replace_what_was(storage: Storage) -> None:
    keys = [f"variants/a/{name}.jpg" for name in ("thumb", "medium", "large")] + ["variants/b/thumb.jpg"]
    storage.put(keys[1], b"an earlier version", "image/jpeg")

    storage.put_all([NewObject(key, key.encode(), "image/jpeg") for key in keys])

    assert {key: storage.get(key) for key in stored_keys(storage)} == {key: key.encode() for key in keys}


def test_a_disk_that_fails_among_several_leaves_each_whole_and_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = LocalStorage(tmp_path / "media")
    storage.put("variants/a/b.jpg", b"before", "image/jpeg")
    fsync, left = os.fsync, [1]

    def fail_second(descriptor: int) -> None:
        if not left:
            raise OSError(28, "No space left on device")
        left.pop()
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fail_second)

    with pytest.raises(StorageError, match="No space left"):
        storage.put_all([NewObject(f"variants/a/{name}.jpg", b"after", "image/jpeg") for name in "abc"])

    assert [path.name for path in (tmp_path / "media" / "variants" / "a").iterdir()] == ["b.jpg"]
    assert storage.get("variants/a/b.jpg") == b"before"


def test_a_disk_that_fails_between_two_names_leaves_each_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = LocalStorage(tmp_path / "media")
    for name in "ab":
        storage.put(f"variants/a/{name}.jpg", b"before", "image/jpeg")
    replace, left = Path.replace, [1]

    def fail_second(part: Path, target: Path) -> Path:
        if not left:
            raise OSError(5, "Input/output error")
        left.pop()
        return replace(part, target)

    monkeypatch.setattr(Path, "replace", fail_second)

    with pytest.raises(StorageError, match="Input/output"):
        storage.put_all([NewObject(f"variants/a/{name}.jpg", b"after", "image/jpeg") for name in "ab"])

    found = {path.name: path.read_bytes() for path in (tmp_path / "media" / "variants" / "a").iterdir()}
    assert found == {"a.jpg": b"after", "b.jpg": b"before"}


def test_what_a_process_that_died_was_writing_is_erased_with_the_object(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "media")
    folder = tmp_path / "media" / "variants" / "a"
    storage.put("variants/a/b.jpg", b"whole", "image/jpeg")
    (folder / "b.jpg.0a1b2c3d.part").write_bytes(b"half")
    (folder / "bb.jpg.0a1b2c3d.part").write_bytes(b"of another object")

    storage.erase("variants/a/b.jpg")

    assert [path.name for path in folder.iterdir()] == ["bb.jpg.0a1b2c3d.part"]


def test_who_is_reading_while_it_is_replaced_reads_one_whole_version(storage: Storage) -> None:
    storage.put(KEY, b"one" * 1000, "image/png")
    with storage.open(KEY) as file:
        storage.put(KEY, b"two" * 1000, "image/png")
        assert file.read() == b"one" * 1000


def test_what_is_not_there_is_said(storage: Storage) -> None:
    assert not storage.exists(KEY)
    for read in (storage.get, storage.open):
        with pytest.raises(NotStored, match="no originals/"):
            read(KEY)


def test_what_is_deleted_is_gone_and_deleting_again_is_no_error(storage: Storage) -> None:
    storage.put(KEY, b"x", "image/png")

    storage.delete(KEY)
    storage.delete(KEY)

    assert not storage.exists(KEY)
    assert stored_keys(storage) == []


def test_objects_are_listed_by_the_beginning_of_their_keys(storage: Storage) -> None:
    for key in ("originals/a/1.png", "originals/a/11.png", "originals/ab/1.png", "variants/a/thumb.jpg"):
        storage.put(key, key.encode(), "image/png")

    assert stored_keys(storage, "originals/a/1.") == ["originals/a/1.png"]
    assert stored_keys(storage, "originals/a/") == ["originals/a/1.png", "originals/a/11.png"]
    assert sorted(stored_keys(storage, "originals/a")) == [
        "originals/a/1.png",
        "originals/a/11.png",
        "originals/ab/1.png",
    ]
    assert len(stored_keys(storage)) == 4
    assert stored_keys(storage, "nothing/here/") == []


def test_a_listing_tells_size_and_age(storage: Storage) -> None:
    storage.put(KEY, b"12345", "image/png")

    (stored,) = storage.keys("originals/")
    assert stored.bytes == 5
    assert stored.modified_at.utcoffset() is not None


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../outside",
        "originals/../../outside",
        "originals/./1.png",
        "originals//1.png",
        "originals/1.png/",
        ".hidden",
        "originals/.hidden",
        "Originals/1.png",
        "originals/ü.png",
        "originals/1 .png",
        "originals\\1.png",
        "originals/1.png\n",
        "originals/\x00.png",
        "a" * 513,
    ],
)
def test_a_key_that_is_none_of_ours_is_refused_everywhere(storage: Storage, key: str, tmp_path: Path) -> None:
    acts = (lambda: storage.put(key, b"x", "image/png"), lambda: storage.get(key), lambda: storage.delete(key))
    for act in (*acts, lambda: storage.exists(key), lambda: storage.open(key)):
        with pytest.raises(StorageError, match="Not a key"):
            act()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_listing_does_not_climb_out(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "file").write_text("x")

    with pytest.raises(StorageError):
        stored_keys(storage, "../secret/")


def test_a_store_that_works_passes_its_check(storage: Storage) -> None:
    storage.check()

    assert stored_keys(storage) == []


def test_the_url_decides_the_store(tmp_path: Path) -> None:
    store = open_storage(f"file://{tmp_path}/with%20space")

    assert isinstance(store, LocalStorage)
    assert store.folder == tmp_path / "with space"
    with pytest.raises(ConfigurationError, match="STORAGE_URL"):
        open_storage("ftp://somewhere")


class TestLocalFolder:
    """What can happen to a folder."""

    @pytest.fixture
    def local(self, tmp_path: Path) -> LocalStorage:
        return LocalStorage(tmp_path / "media")

    def test_a_write_leaves_no_partial_file(self, local: LocalStorage) -> None:
        local.put(KEY, b"x", "image/png")

        assert [path.name for path in local.folder.rglob("*") if path.is_file()] == ["1.png"]

    def test_a_failed_write_leaves_the_old_object_and_no_partial_file(
        self, local: LocalStorage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        local.put(KEY, b"old", "image/png")

        def full(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("app.storage.local.os.fsync", full)
        with pytest.raises(StorageError, match="No space left"):
            local.put(KEY, b"new", "image/png")

        assert local.get(KEY) == b"old"
        assert [path.name for path in local.folder.rglob("*") if path.is_file()] == ["1.png"]

    def test_a_partial_file_of_a_crash_is_no_object(self, local: LocalStorage) -> None:
        local.put(KEY, b"x", "image/png")
        (local.folder / f"{KEY}.abcd.part").write_bytes(b"ha")

        assert stored_keys(local) == [KEY]

    def test_every_new_folder_is_made_known_to_the_disk(
        self, local: LocalStorage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        synced: list[Path] = []
        monkeypatch.setattr("app.storage.local._sync_folder", synced.append)

        local.put(KEY, b"x", "image/png")

        folder = local.folder / KEY
        assert synced == [local.folder.parent, local.folder, folder.parent.parent, folder.parent]

    def test_a_file_in_place_of_the_folder_is_a_store_that_is_down(self, local: LocalStorage) -> None:
        local.folder.write_text("not a folder")

        acts = (
            lambda: local.put(KEY, b"x", "image/png"),
            lambda: local.get(KEY),
            lambda: local.exists(KEY),
            lambda: stored_keys(local, "originals/a/1."),
            lambda: stored_keys(local),
            local.check,
        )
        for act in acts:
            with pytest.raises(StorageError) as caught:
                act()
            assert not isinstance(caught.value, NotStored)


def test_what_is_erased_is_gone_and_erasing_again_is_no_error(storage: Storage) -> None:
    storage.put(KEY, b"x", "image/png")
    storage.put(KEY.replace("1.png", "10.png"), b"y", "image/png")

    storage.erase(KEY)
    storage.erase(KEY)

    assert stored_keys(storage) == [KEY.replace("1.png", "10.png")]
