"""Looking again for the picture of a lost answer: in the store, in the spool, at an earlier call, at the provider."""

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.core.database import db, transaction
from app.core.errors import Conflict, ErrorClass, NotThere, ProviderError, StorageError
from app.generation import check_again as checking
from app.generation import remote
from app.generation.call import Call, mark_sent
from app.generation.check_again import FOUND, NOTHING, STILL_LOOKING, Checked, can_be_found, check_again
from app.generation.models import Attempt, Image, Job
from app.generation.rerun import rerun_image
from app.generation.settle import settle_failure, settle_success
from app.generation.states import ImageState, JobState
from app.generation.store import store_image
from app.generation.sweep import sweep
from tests.fakes.openai_api import FakeOpenAI
from tests.integration.generation.situations import (
    ANSWER,
    attempt_of,
    claimed,
    claimed_by_the_dead,
    counters_equal_rows,
    image_of,
    in_threads,
    kept,
    store_down,
)
from tests.services.application import Team, make_team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob
from tests.services.waiting import wait_until


@pytest.fixture
def lost(engine: Engine, openai_job: MakeOpenAIJob) -> Call:
    """A call whose process died while it was under way: its image is unknown."""
    call = claimed_by_the_dead(engine, openai_job(1), sent=True)
    sweep()
    assert image_of(call.image_id).state == ImageState.UNKNOWN
    return call


def check(call: Call, team: Team) -> Checked:
    return check_again(call.image_id, workspace_id=team.workspace_id, actor=team.actor)


def job_of(call: Call) -> Job:
    return image_of(call.image_id).job


def test_bytes_in_the_store_become_the_picture(engine: Engine, lost: Call, team: Team, api: FakeOpenAI) -> None:
    kept(lost)

    assert check(lost, team) == FOUND
    assert image_of(lost.image_id).state == ImageState.STORING
    assert counters_equal_rows(lost.job_id)
    store_image(lost.image_id, engine.process_id)

    job = job_of(lost)
    assert (job.state, job.actual_cost > 0) == (JobState.COMPLETED, True)
    assert api.calls == []


def test_bytes_in_this_hosts_spool_become_the_picture(engine: Engine, lost: Call, team: Team) -> None:
    with store_down():
        kept(lost)

    assert check(lost, team) == FOUND


def test_nothing_found_says_so_and_changes_nothing(lost: Call, team: Team, api: FakeOpenAI) -> None:
    assert check(lost, team) == NOTHING
    assert check(lost, team) == NOTHING

    assert image_of(lost.image_id).state == ImageState.UNKNOWN
    assert api.calls == []


def test_the_picture_of_an_earlier_call_is_taken(
    engine: Engine, lost: Call, team: Team, openai_job: MakeOpenAIJob
) -> None:
    """It came late, when the image had gone on to a second call, which was then lost as well."""
    rerun_image(lost.image_id, workspace_id=team.workspace_id, actor=team.actor, may_bill_twice=True)
    claimed_by_the_dead(engine, job_of(lost), sent=True)
    settle_success(lost, ANSWER, kept(lost))
    sweep()
    assert image_of(lost.image_id).state == ImageState.UNKNOWN

    assert check(lost, team) == FOUND

    attempt = db.session.get_one(Attempt, lost.attempt_id)
    assert image_of(lost.image_id).asset_id == attempt.asset_id


def test_clicks_at_the_same_moment_take_the_picture_once(app: Flask, lost: Call, team: Team) -> None:
    kept(lost)

    def click() -> object:
        try:
            return check(lost, team).found
        except Conflict:
            return True

    assert in_threads(app, click, click, click) == [True, True, True]
    cost = image_of(lost.image_id).cost
    assert job_of(lost).actual_cost == cost
    assert counters_equal_rows(lost.job_id)


def test_a_store_that_is_down_is_named(lost: Call, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object) -> None:
        raise StorageError("The store does not answer.")

    monkeypatch.setattr(checking.originals, "found", down)

    assert check(lost, team) == Checked(
        found=False, sentence="The store could not be asked: The store does not answer. Check again later."
    )


def test_the_provider_is_asked_where_it_can_be(lost: Call, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "can_ask", lambda image_id: image_id == lost.image_id)
    monkeypatch.setattr(remote, "ask_about", lambda _: remote.Asked(remote.Found.WORKING, "Still being made."))

    assert check(lost, team) == Checked(found=False, sentence="Still being made.")


def test_a_search_that_takes_long_goes_on_after_the_answer(
    lost: Call, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(lost)
    go_on = threading.Event()
    look = checking.look_for

    def look_slowly(image_id: object) -> Checked:
        assert go_on.wait(60)
        return look(image_id)

    monkeypatch.setattr(checking, "look_for", look_slowly)
    monkeypatch.setattr(checking, "PATIENCE_SECONDS", 0.01)

    assert check(lost, team) == STILL_LOOKING
    go_on.set()
    wait_until(lambda: image_of(lost.image_id).state == ImageState.STORING, what="the picture")


def test_only_an_unknown_image_of_this_workspace_is_looked_for(
    engine: Engine, lost: Call, openai_job: MakeOpenAIJob, team: Team
) -> None:
    stranger = make_team("stranger")

    with pytest.raises(NotThere):
        check(lost, stranger)
    with pytest.raises(Conflict, match="queued"):
        check_again(engine.images(openai_job(1))[0].id, workspace_id=team.workspace_id, actor=team.actor)


def test_it_is_recorded_who_looked(lost: Call, team: Team) -> None:
    check(lost, team)

    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "image.checked")).one()
    assert (event.user_id, event.address) == (team.owner, "cli")
    assert event.details == {"image": str(lost.image_id), "found": False}


def can_find(image: Image) -> bool:
    db.session.rollback()
    return db.session.scalar(select(Image.id).where(Image.id == image.id, can_be_found())) is not None


def test_looking_is_offered_only_where_it_can_find_something(
    engine: Engine, lost: Call, openai_job: MakeOpenAIJob
) -> None:
    (dropped,) = engine.images(engine.run(openai_job(("lost [drop]",))))
    waiting = claimed(engine, openai_job(1))
    assert dropped.state == ImageState.UNKNOWN

    assert can_find(image_of(lost.image_id))
    assert not can_find(dropped), "its process has seen the call end without a picture"
    assert not can_find(image_of(waiting.image_id))

    with transaction() as session:
        attempt = session.scalars(select(Attempt).where(Attempt.image_id == dropped.id)).one()
        attempt.provider, attempt.remote_id = "replicate", "job_7"
    assert can_find(dropped), "its provider works in jobs of its own and can be asked"


def test_a_picture_that_was_paid_for_and_then_found_is_charged_once(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    """Neither the store nor the disk seemed to take it, but the store had."""
    job = openai_job(1)
    call = claimed(engine, job)
    mark_sent(call)
    settle_failure(call, ProviderError(ErrorClass.AMBIGUOUS, "Not kept.", may_have_billed=True, usage=(10, 0, 196)))
    charged = engine.fresh(job).actual_cost
    kept(call)

    assert charged > 0
    assert check(call, team) == FOUND
    assert engine.fresh(job).actual_cost == image_of(call.image_id).cost > 0
    assert attempt_of(call).cost == engine.fresh(job).actual_cost
