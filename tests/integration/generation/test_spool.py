"""What a host has on its disk because the store was down: it brings all of it, and says what it waits for."""

import os
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import db
from app.core.errors import StorageError
from app.generation.call import Call
from app.generation.models import Asset
from app.generation.originals import spool_folder, spool_path
from app.generation.postpone import WAITS_FOR_STORE
from app.generation.rerun import rerun_image
from app.generation.settle import settle_success
from app.generation.spool import MOST_REFUSED, Drainer, drain_spool, the_hosts_turn, waiting
from app.generation.states import ImageState, JobState
from app.generation.store import store_image
from app.generation.studio import studio
from app.generation.sweep import sweep
from tests.integration.generation.situations import (
    ANSWER,
    attempt_of,
    claimed_by_the_dead,
    image_of,
    kept,
    set_image,
    store_down,
)
from tests.services.application import Team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob
from tests.services.waiting import wait_until


def all_assets() -> list[Asset]:
    db.session.rollback()
    return list(db.session.scalars(select(Asset).execution_options(populate_existing=True)))


def grow_old(path: Path) -> None:
    os.utime(path, (0, 0))


def spooled_without_a_row(engine: Engine, openai_job: MakeOpenAIJob) -> Call:
    """The call of a process that died between the spool and its row."""
    call = claimed_by_the_dead(engine, openai_job(1), sent=True)
    with store_down():
        kept(call)
    return call


def test_the_folder_is_empty_when_everything_has_gone(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(3)
    with store_down():
        engine.step(job)
    assert len(waiting()) == 3

    assert drain_spool() == 3

    assert list(spool_folder().glob("originals/*")) == []
    assert {asset.spool_host for asset in all_assets()} == {None}


def test_the_oldest_goes_first(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(3)
    with store_down():
        engine.step(job)
    oldest = waiting()[-1].path
    grow_old(oldest)

    assert waiting()[0].path == oldest


def test_a_copy_that_a_crash_left_behind_goes(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    """The store has it and the row says so; only the file was not removed yet."""
    job = openai_job(1)
    engine.step(job)
    (asset,) = all_assets()
    path = spool_path(asset.key)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a copy")

    assert drain_spool() == 0

    assert waiting() == []
    assert studio().storage.get(asset.key) != b"a copy"


class TestWithoutARow:
    """A file whose process died before it could write the row, while another host's sweep gave the image up."""

    def test_the_picture_comes_back_by_itself(
        self, engine: Engine, openai_job: MakeOpenAIJob, other_host: Flask
    ) -> None:
        call = spooled_without_a_row(engine, openai_job)
        with other_host.app_context():
            sweep()
        assert image_of(call.image_id).state == ImageState.UNKNOWN
        grow_old(waiting()[0].path)

        assert drain_spool() == 1

        assert waiting() == []
        assert image_of(call.image_id).state == ImageState.STORING
        assert attempt_of(call).outcome == "succeeded"
        assert engine.run(image_of(call.image_id).job).state == JobState.COMPLETED

    def test_a_process_that_may_only_be_slow_is_left_alone(self, engine: Engine, openai_job: MakeOpenAIJob) -> None:
        call = spooled_without_a_row(engine, openai_job)

        assert drain_spool() == 0

        assert len(waiting()) == 1
        assert image_of(call.image_id).state == ImageState.GENERATING

    def test_the_process_that_made_it_may_still_come(self, engine: Engine, openai_job: MakeOpenAIJob) -> None:
        call = claimed_by_the_dead(engine, openai_job(1), sent=True)
        with store_down():
            original = kept(call)
        grow_old(waiting()[0].path)
        assert drain_spool() == 1

        settle_success(call, ANSWER, original)

        assert len(all_assets()) == 1
        assert engine.run(image_of(call.image_id).job).state == JobState.COMPLETED

    def test_an_image_that_has_gone_on_keeps_its_newer_picture(
        self, engine: Engine, openai_job: MakeOpenAIJob, other_host: Flask, team: Team
    ) -> None:
        call = spooled_without_a_row(engine, openai_job)
        with other_host.app_context():
            sweep()
        rerun_image(call.image_id, workspace_id=team.workspace_id, actor=team.actor, may_bill_twice=True)
        engine.run(image_of(call.image_id).job)
        newer = image_of(call.image_id).asset_id
        grow_old(waiting()[0].path)

        assert drain_spool() == 1

        assert image_of(call.image_id).asset_id == newer
        assert attempt_of(call).asset_id not in (None, newer)
        assert len(all_assets()) == 2

    def test_what_is_no_picture_any_more_is_put_aside_and_not_removed(
        self, engine: Engine, openai_job: MakeOpenAIJob
    ) -> None:
        spooled_without_a_row(engine, openai_job)
        (file,) = waiting()
        file.path.write_bytes(b"broken")
        grow_old(file.path)

        assert drain_spool() == 0

        assert waiting() == []
        assert [path.name for path in file.path.parent.iterdir()] == ["1.png.unreadable"]

    def test_a_sweep_on_the_same_host_needs_no_store_to_find_it(
        self, engine: Engine, openai_job: MakeOpenAIJob
    ) -> None:
        call = claimed_by_the_dead(engine, openai_job(1), sent=True)
        with store_down():
            kept(call)
            sweep()
            assert image_of(call.image_id).state == ImageState.STORING


def test_a_picture_that_waits_for_the_store_says_so_once(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    with store_down():
        engine.step(job)
        (image,) = engine.images(job)
        assert image.error_message
        revision = engine.fresh(job).revision
        set_image(image.id, not_before=None)
        store_image(image.id, engine.process_id)

    assert engine.fresh(job).revision == revision
    set_image(image.id, not_before=None)
    assert engine.run(job).state == JobState.COMPLETED


def test_a_store_that_is_known_to_be_down_costs_an_image_nothing(
    engine: Engine, openai_job: MakeOpenAIJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = openai_job(1)
    with store_down():
        engine.step(job)
    (image,) = engine.images(job)
    set_image(image.id, not_before=None)
    monkeypatch.setattr(type(studio().storage), "is_down", True)

    assert not store_image(image.id, engine.process_id)

    assert image_of(image.id).claimed_by is None
    assert image_of(image.id).error_message == WAITS_FOR_STORE


def test_only_one_process_of_a_host_drains_at_a_time(app: Flask, tmp_path: Path) -> None:
    with the_hosts_turn(tmp_path) as first, the_hosts_turn(tmp_path) as second:
        assert (first, second) == (True, False)
    with the_hosts_turn(tmp_path) as later:
        assert later


def test_the_drainer_empties_the_spool_by_itself(
    app: Flask, engine: Engine, openai_job: MakeOpenAIJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = openai_job(2)
    with store_down():
        engine.step(job)
    monkeypatch.setattr("app.generation.spool.DRAIN_SECONDS", 0.05)
    drainer = Drainer(app)

    drainer.start()
    wait_until(lambda: waiting() == [], what="the spool to be empty")
    drainer.stop()

    assert {asset.spool_host for asset in all_assets()} == {None}


def test_one_file_that_the_store_never_takes_holds_up_no_other(
    engine: Engine, openai_job: MakeOpenAIJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = openai_job(6)
    with store_down():
        engine.step(job)
    bad = {file.key for file in waiting()[:2]}
    put = studio().storage.put

    def picky(_store: object, key: str, content: bytes, media_type: str) -> None:
        if key in bad:
            raise StorageError("The store answered 400.")
        put(key, content, media_type)

    monkeypatch.setattr(type(studio().storage), "put", picky)

    assert drain_spool() == 4

    assert {file.key for file in waiting()} == bad


def test_a_store_that_refuses_everything_is_not_asked_for_every_file(
    engine: Engine, openai_job: MakeOpenAIJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = openai_job(6)
    tries: list[str] = []

    def refuse(_store: object, key: str, _content: bytes, _media_type: str) -> None:
        tries.append(key)
        raise StorageError("The store refuses (403 AccessDenied).")

    with store_down():
        engine.step(job)
    monkeypatch.setattr(type(studio().storage), "put", refuse)

    assert drain_spool() == 0

    assert len(tries) == MOST_REFUSED
