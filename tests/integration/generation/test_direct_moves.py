"""The everyday moves count, guard and end a job exactly as the loaded rows do."""

import pytest

from app.core.database import db, db_now, new_id, transaction
from app.core.errors import IllegalMove
from app.generation.call import CLAIM, claim
from app.generation.direct_moves import DirectMove
from app.generation.models import Job
from app.generation.moves import STALLED
from app.generation.run import generate_image
from app.generation.states import ImageState, JobState, Mark
from app.generation.store import COMPLETE, store_image
from tests.integration.generation.situations import image_of
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob


def test_only_an_allowed_move_can_be_declared() -> None:
    with pytest.raises(IllegalMove, match="completed"):
        DirectMove(ImageState.COMPLETED, ImageState.QUEUED)


def test_every_move_grows_the_revision_of_the_job_and_gives_it_to_the_image(
    engine: Engine, openai_job: MakeOpenAIJob
) -> None:
    job = openai_job(1)
    (image_id,) = engine.dispatched(job)
    seen = [engine.fresh(job).revision]

    generate_image(image_id, engine.process_id, limiter_key="test")
    seen.append(engine.fresh(job).revision)
    assert image_of(image_id).revision == seen[-1]
    store_image(image_id, engine.process_id)
    seen.append(engine.fresh(job).revision)
    assert image_of(image_id).revision == seen[-1]

    assert seen == [seen[0], seen[0] + 2, seen[0] + 3]


def test_the_first_claim_sets_the_job_running_and_the_last_picture_ends_it(
    engine: Engine, openai_job: MakeOpenAIJob
) -> None:
    job = openai_job(2)
    states = []
    for image_id in engine.dispatched(job):
        generate_image(image_id, engine.process_id, limiter_key="test")
        store_image(image_id, engine.process_id)
        states.append(engine.fresh(job).state)

    ended = engine.fresh(job)
    assert states == [JobState.RUNNING, JobState.COMPLETED]
    assert (ended.completed_count, ended.queued_count + ended.generating_count + ended.storing_count) == (2, 0)
    assert ended.started_at is not None
    assert ended.finished_at == image_of(image_id).finished_at


@pytest.mark.parametrize(("mark", "kept"), [(Mark.NONE, 0), (Mark.KEEP, 2)])
def test_a_new_picture_starts_with_the_mark_of_its_job(
    engine: Engine, openai_job: MakeOpenAIJob, mark: Mark, kept: int
) -> None:
    job = openai_job(3, default_mark=mark)
    image_ids = engine.dispatched(job)
    for image_id in image_ids[:2]:
        generate_image(image_id, engine.process_id, limiter_key="test")
        store_image(image_id, engine.process_id)
        store_image(image_id, engine.process_id)

    assert engine.fresh(job).kept_count == kept
    assert [image_of(image_id).mark for image_id in image_ids] == [mark, mark, Mark.NONE]
    assert image_of(image_ids[0]).marked_by is None


def test_a_job_that_moves_again_is_not_stalled(engine: Engine, openai_job: MakeOpenAIJob) -> None:
    job = openai_job(1)
    (image_id,) = engine.dispatched(job)
    with transaction() as session:
        session.get_one(Job, job.id).error_summary = {STALLED: {"count": 1, "message": "…"}, "quota": {"count": 1}}

    assert claim(image_id, engine.process_id)

    assert set(engine.fresh(job).error_summary) == {"quota"}


@pytest.mark.parametrize("move", [CLAIM, COMPLETE], ids=["claim", "complete"])
def test_an_image_elsewhere_is_not_moved_and_its_job_not_counted(
    engine: Engine, openai_job: MakeOpenAIJob, move: DirectMove
) -> None:
    job = openai_job(1)
    (image_id,) = engine.dispatched(job)
    generate_image(image_id, engine.process_id, limiter_key="test")
    before = (engine.fresh(job).revision, engine.fresh(job).counts)

    parameters = {"process": new_id(), "started": db_now()} if move is CLAIM else {"asset": new_id()}
    with transaction() as session:
        locked = move.lock(image_id, db_now())
        assert locked is not None
        assert move.move(locked, image_id, db_now(), **parameters) is None
        session.rollback()

    assert (engine.fresh(job).revision, engine.fresh(job).counts) == before
    assert image_of(image_id).state == ImageState.STORING


@pytest.mark.usefixtures("engine")
def test_an_image_that_does_not_exist_locks_nothing() -> None:
    with transaction():
        assert CLAIM.lock(new_id(), db_now()) is None
    assert not db.session.dirty
