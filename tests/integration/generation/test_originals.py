"""A paid picture is kept whatever the disks do, and never made again because of them."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import db
from app.core.errors import NotStored
from app.generation import run
from app.generation.models import Asset
from app.generation.originals import read, spool_path
from app.generation.queries import attempts_of
from app.generation.recover import abandoned
from app.generation.run import generate_image
from app.generation.spool import drain_spool
from app.generation.states import ImageState, JobState
from app.generation.store import store_image
from app.generation.studio import studio
from app.generation.sweep import sweep
from tests.fakes.openai_api import FakeOpenAI
from tests.integration.generation.situations import claimed_by_the_dead, image_of, kept, set_image, store_down
from tests.services.engine import Engine
from tests.services.invariants import check_invariants
from tests.services.provider import MakeOpenAIJob


def spooled_files() -> list[Path]:
    return [path for path in spool_path("originals").rglob("*") if path.is_file()]


def only_asset() -> Asset:
    db.session.rollback()
    return db.session.scalars(select(Asset).execution_options(populate_existing=True)).one()


def end_store_wait(engine: Engine, job: object) -> None:
    for image in engine.images(job):
        set_image(image.id, not_before=None)


def test_a_picture_waits_on_the_local_disk_while_the_store_is_down(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI
) -> None:
    job = openai_job(2)

    with store_down():
        engine.step(job)
        assert engine.fresh(job).storing_count == 2
        assert len(spooled_files()) == 2
        assert sweep().storing_sent == 0

    end_store_wait(engine, job)
    assert engine.run(job).state == JobState.COMPLETED
    assert spooled_files() == []
    assert len(api.bill) == 2
    check_invariants(job, api.bill)


def test_a_host_moves_what_it_has_spooled_into_the_store(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI
) -> None:
    job = openai_job(1)
    with store_down():
        engine.step(job)
        assert drain_spool() == 0
        assert only_asset().spool_host == studio().host_id

    assert drain_spool() == 1

    asset = only_asset()
    assert asset.spool_host is None
    assert studio().storage.exists(asset.key)
    assert spooled_files() == []


def test_a_spooled_picture_that_another_thread_has_moved_is_read_from_the_store(
    engine: Engine, openai_job: MakeOpenAIJob
) -> None:
    job = openai_job(1)
    with store_down():
        engine.step(job)
    asset = only_asset()
    content = read(asset)
    studio().storage.put(asset.key, content, asset.media_type)
    spool_path(asset.key).unlink()

    assert read(asset) == content
    (image,) = engine.images(job)
    end_store_wait(engine, job)
    assert store_image(image.id, engine.process_id)
    assert only_asset().spool_host is None


def test_a_lost_spooled_picture_fails_visibly_and_stops_no_sweep(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(2)
    with store_down():
        engine.step(job)
    lost, safe = engine.images(job)
    asset = db.session.get_one(Asset, lost.asset_id)
    spool_path(asset.key).unlink()

    sweep()
    end_store_wait(engine, job)
    for image in (lost, safe):
        store_image(image.id, engine.process_id)

    assert (image_of(lost.id).state, image_of(lost.id).error_type) == (ImageState.FAILED, "storage")
    assert image_of(safe.id).state == ImageState.COMPLETED
    assert engine.fresh(job).state == JobState.PARTIALLY_FAILED


def test_another_hosts_spool_is_waited_for(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    with store_down():
        engine.step(job)
    asset = only_asset()
    asset.spool_host = "another host"
    db.session.commit()

    with pytest.raises(NotStored, match="another host"):
        read(asset)
    end_store_wait(engine, job)
    (image,) = engine.images(job)
    assert not store_image(image.id, engine.process_id)
    assert image_of(image.id).state == ImageState.STORING
    assert image_of(image.id).not_before is not None


def test_a_dead_process_spool_is_found_again(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    call = claimed_by_the_dead(engine, openai_job(1), sent=True)
    with store_down():
        original = kept(call)
        assert original.spool_host == studio().host_id

    sweep()

    assert image_of(call.image_id).state == ImageState.STORING
    assert only_asset().sha256 == original.sha256


def test_a_disk_that_is_full_for_a_moment_costs_no_picture(
    app: Flask, engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = openai_job(1)
    (image_id,) = engine.dispatched(job)
    tries = []
    keep = run.keep

    def full_at_first(*arguments: object, **values: object) -> object:
        tries.append(arguments)
        spool = spool_path("originals")
        if len(tries) == 1:
            spool.parent.mkdir(parents=True, exist_ok=True)
            spool.write_text("full")
            with store_down():
                return keep(*arguments, **values)
        spool.unlink(missing_ok=True)
        return keep(*arguments, **values)

    monkeypatch.setattr(run, "keep", full_at_first)

    assert generate_image(image_id, engine.process_id, limiter_key="test")

    assert len(tries) == 2
    assert image_of(image_id).state == ImageState.STORING
    assert len(api.bill) == 1


def test_a_picture_no_disk_takes_is_unknown_and_stops_the_spending(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.generation.insist.PERSIST_SECONDS", 0.0)
    job = openai_job(3)
    other = openai_job(("another job's prompt",))
    image_id, *_ = engine.dispatched(job)
    spool_path("").mkdir(parents=True)
    spool_path("originals").write_text("no room for a folder")

    with store_down():
        generate_image(image_id, engine.process_id, limiter_key="test")

    image, (attempt,) = image_of(image_id), attempts_of(image_id)
    assert (image.state, image.error_type) == (ImageState.UNKNOWN, "ambiguous")
    assert "could not be kept" in (image.error_message or "")
    assert attempt.may_have_billed
    assert attempt.request_id
    for each in (job, other):
        assert engine.fresh(each).state == JobState.PAUSED
        assert "Make room" in (engine.fresh(each).pause_reason or "")
    assert abandoned() == []
    assert len(api.bill) == 1


def test_a_store_that_fails_between_the_variants_only_delays(
    engine: Engine, openai_job: MakeOpenAIJob, api: FakeOpenAI
) -> None:
    job = openai_job(1)
    (image_id,) = engine.dispatched(job)
    generate_image(image_id, engine.process_id, limiter_key="test")
    blocked = studio().storage.folder / "variants"
    blocked.write_text("not a folder")

    assert not store_image(image_id, engine.process_id)
    assert image_of(image_id).state == ImageState.STORING

    blocked.unlink()
    end_store_wait(engine, job)
    assert engine.run(job).state == JobState.COMPLETED
    assert len(api.bill) == 1
