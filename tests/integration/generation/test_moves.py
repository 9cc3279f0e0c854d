"""Counters equal the rows and revisions grow, whatever moves whom, in whatever order, side by side."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from random import Random
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.database import db, db_now, new_id, transaction
from app.core.errors import Conflict, ErrorClass, IllegalMove, NotThere, ProviderError
from app.curation.forms import Change
from app.curation.marks import change_marks
from app.generation.call import claim, mark_sent
from app.generation.control import cancel_job, pause_job, resume_job, retry_failed
from app.generation.dispatch import dispatch
from app.generation.models import Asset, Image, Job
from app.generation.moves import (
    end_if_done,
    lock_job,
    move_image,
    move_images,
    read_image,
    start_again,
    touch_image,
)
from app.generation.rerun import rerun_image
from app.generation.settle import settle_failure, settle_success, settle_withdrawn
from app.generation.states import IMAGE_ENDED, JOB_ENDED, ImageState, JobState, Mark, sources
from app.generation.sweep import sweep
from tests.integration.generation.situations import ANSWER, counters_equal_rows, image_of, in_threads, kept
from tests.services.application import MakeJob, Team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob

ONE = st.tuples(st.integers(0, 3), st.sampled_from(ImageState))
ALL = st.tuples(st.none(), st.sampled_from([ImageState.CANCELLED, ImageState.FAILED, ImageState.STORING]))


def values_for(image: Image, to: ImageState) -> dict[str, UUID]:
    """What the CHECKs ask for in this state."""
    if to == ImageState.GENERATING:
        return {"claimed_by": new_id()}
    if to == ImageState.COMPLETED:
        asset = Asset(
            workspace_id=image.workspace_id,
            image_id=image.id,
            attempt=image.attempt,
            key=f"originals/{new_id()}/1.png",
            media_type="image/png",
            bytes=1,
            width=1,
            height=1,
            sha256="0" * 64,
        )
        db.session.add(asset)
        db.session.flush()
        return {"asset_id": asset.id}
    return {}


def try_to_move(job_id: UUID, image_id: UUID | None, to: ImageState) -> bool:
    with suppress(IllegalMove), transaction():
        job = lock_job(job_id)
        start_again(job)
        if image_id is None:
            moved = move_images(job, to)
            end_if_done(job, db_now())
            return moved > 0
        image = read_image(image_id)
        move_image(job, image, to, **values_for(image, to))
        return True
    return False


@given(moves=st.lists(st.one_of(ONE, ALL), min_size=1, max_size=14))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_moves_keeps_counters_and_revisions_exact(
    make_job: MakeJob, moves: list[tuple[int | None, ImageState]]
) -> None:
    job_id = make_job(4).id
    images = [image.id for image in db.session.query(Image).filter_by(job_id=job_id).order_by(Image.position)]
    for position, to in moves:
        image_id = None if position is None else images[position]
        before = db.session.get_one(Job, job_id, populate_existing=True).revision
        moved = try_to_move(job_id, image_id, to)

        assert counters_equal_rows(job_id)
        job = db.session.get_one(Job, job_id, populate_existing=True)
        assert job.revision == before + 1 if moved else job.revision >= before
        if moved and image_id:
            image = image_of(image_id)
            assert (image.state, image.revision) == (to, job.revision)
            assert (image.finished_at is not None) == (to in IMAGE_ENDED)
        still = job.queued_count + job.generating_count + job.storing_count
        assert (job.state in JOB_ENDED) == (still == 0)


@pytest.mark.parametrize("to", list(ImageState))
def test_many_images_move_only_from_the_states_of_the_table(make_job: MakeJob, to: ImageState) -> None:
    job_id = make_job(2).id

    with transaction():
        moved = move_images(lock_job(job_id), to) if to != ImageState.GENERATING else 0

    allowed = ImageState.QUEUED in sources(to) and to != ImageState.GENERATING
    assert moved == (2 if allowed else 0)
    assert counters_equal_rows(job_id)


def test_every_moved_image_carries_the_revision_of_its_move(make_job: MakeJob) -> None:
    job_id = make_job(3).id

    with transaction():
        job = lock_job(job_id)
        move_images(job, ImageState.CANCELLED)

    assert {image.revision for image in db.session.query(Image).filter_by(job_id=job_id)} == {job.revision}


def test_a_touched_image_is_seen_by_the_next_poll(make_job: MakeJob) -> None:
    job = make_job(2)
    image = db.session.query(Image).filter_by(job_id=job.id, position=1).one()
    before = job.revision

    with transaction():
        touch_image(image.id)

    assert image_of(image.id).revision == db.session.get_one(Job, job.id, populate_existing=True).revision > before


def test_a_rolled_back_move_leaves_no_trace(make_job: MakeJob) -> None:
    job_id = make_job(2).id
    (before,) = db.session.query(Job.revision).filter_by(id=job_id).one()

    def think_again() -> None:
        with transaction():
            move_images(lock_job(job_id), ImageState.CANCELLED)
            raise RuntimeError("thinking again")

    with pytest.raises(RuntimeError, match="thinking again"):
        think_again()
    job = db.session.get_one(Job, job_id, populate_existing=True)
    assert (job.revision, job.queued_count, job.state) == (before, 2, JobState.QUEUED)


def test_a_job_that_is_not_there_cannot_be_locked(make_job: MakeJob) -> None:
    job = make_job(1)
    with pytest.raises(NotThere), transaction():
        lock_job(new_id())
    with pytest.raises(NotThere), transaction():
        lock_job(job.id, workspace_id=new_id())


class Crowd:
    """People and workers who all act on the same jobs, by chance; each answers how much it got done."""

    def __init__(self, team: Team, process_id: UUID, jobs: list[UUID]) -> None:
        self._team, self._process_id, self._jobs = team, process_id, jobs

    def person(self, seed: int) -> int:
        chance, done = Random(seed), 0
        for _ in range(25):
            with suppress(Conflict):
                chance.choice(self._acts(chance))()
                done += 1
        return done

    def _acts(self, chance: Random) -> list[Callable[[], object]]:
        job_id = chance.choice(self._jobs)
        images = ids_of(job_id)
        who = {"workspace_id": self._team.workspace_id, "actor": self._team.actor}
        return [
            *(partial(act, job_id, **who) for act in (pause_job, resume_job, cancel_job, retry_failed)),
            *(partial(rerun_image, chance.choice(images), **who) for _ in range(4)),
            partial(change_marks, job_id, [Change(range(len(images)), "mark", Mark.KEEP)], **who),
        ]

    def worker(self, seed: int) -> int:
        chance, done = Random(seed), 0
        for _ in range(15):
            dispatch()
            images = [image_id for job_id in self._jobs for image_id in ids_of(job_id)]
            done += sum(self._work_on(image_id, chance) for image_id in chance.sample(images, 6))
        return done

    def _work_on(self, image_id: UUID, chance: Random) -> bool:
        call = claim(image_id, self._process_id)
        if call is None:
            return False
        if not mark_sent(call):
            settle_withdrawn(call)
        elif chance.random() < 0.4:
            settle_success(call, ANSWER, kept(call))
        else:
            kind = chance.choice([ErrorClass.TRANSIENT, ErrorClass.PERMANENT, ErrorClass.AMBIGUOUS])
            settle_failure(call, ProviderError(kind, "No.", retry_after=0))
        return True

    def sweeper(self) -> int:
        return sum(sweep().storing_sent for _ in range(8))


def test_everybody_moves_everything_at_once_and_nobody_blocks(
    app: Flask, engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    jobs = [openai_job(8).id for _ in range(2)]
    crowd = Crowd(team, engine.process_id, jobs)
    people = [partial(crowd.person, seed) for seed in (1, 2)]
    workers = [partial(crowd.worker, seed) for seed in (3, 4, 5)]

    done = in_threads(app, *people, *workers, crowd.sweeper)

    assert all(done[:2])
    assert sum(done[2:5]) > 0
    for job_id in jobs:
        assert counters_equal_rows(job_id)
        job = db.session.get_one(Job, job_id)
        assert all(image.revision <= job.revision for image in db.session.query(Image).filter_by(job_id=job_id))


def ids_of(job_id: UUID) -> list[UUID]:
    db.session.rollback()
    return [row.id for row in db.session.query(Image.id).filter_by(job_id=job_id)]
