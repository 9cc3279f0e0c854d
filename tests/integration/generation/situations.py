"""Situations in the life of a picture, and threads that share a database as processes would."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select, update

from app.core.database import db, new_id, transaction
from app.generation.call import Call, claim, mark_sent
from app.generation.models import Attempt, Image, Job
from app.generation.originals import Original, keep
from app.generation.studio import studio
from app.imaging.inspect import inspect
from app.providers.interface import Generated, Usage
from tests.services.completed import paint
from tests.services.engine import Engine

Result = TypeVar("Result")
SMALL_PICTURE = paint(64, 48)
ANSWER = Generated(SMALL_PICTURE, "req_1", None, Usage(10, 0, 196))


def claimed(engine: Engine, job: Job, *, process_id: UUID | None = None) -> Call:
    """The first image that is due, dispatched and claimed by this process, or by the engine's."""
    call = claim(engine.dispatched(job)[0], process_id or engine.process_id)
    assert call is not None
    return call


def claimed_by_the_dead(engine: Engine, job: Job, *, sent: bool = False) -> Call:
    """A call whose process has never beaten."""
    call = claimed(engine, job, process_id=new_id())
    if sent:
        assert mark_sent(call)
    return call


def kept(call: Call) -> Original:
    """The bytes of ANSWER in the store, as this call would leave them."""
    return keep(SMALL_PICTURE, inspect(SMALL_PICTURE), image_id=call.image_id, attempt=call.attempt)


def set_image(image_id: UUID, **values: Any) -> None:
    with transaction() as session:
        session.execute(update(Image).where(Image.id == image_id).values(**values))


def image_of(image_id: UUID) -> Image:
    """The image as the database has it now."""
    db.session.rollback()
    return db.session.get_one(Image, image_id, populate_existing=True)


def attempt_of(call: Call) -> Attempt:
    db.session.rollback()
    return db.session.get_one(Attempt, call.attempt_id, populate_existing=True)


def counters_equal_rows(job_id: UUID) -> bool:
    db.session.rollback()
    job = db.session.get_one(Job, job_id, populate_existing=True)
    query = select(Image.state, func.count()).where(Image.job_id == job_id).group_by(Image.state)
    return {state: count for state, count in job.counts.items() if count} == dict(db.session.execute(query).all())


def in_threads(app: Flask, *works: Callable[[], Result]) -> list[Result]:
    """Run these side by side, each with a session of its own; answers their results in order.

    They get ids and not rows: a row belongs to the caller's session, which two threads may not ask at once.
    """
    db.session.rollback()
    return _run_side_by_side(app, *works)


def meanwhile(app: Flask, work: Callable[[], Result]) -> Result:
    """What somebody else does while the caller's transaction stays open."""
    return _run_side_by_side(app, work)[0]


def _run_side_by_side(app: Flask, *works: Callable[[], Result]) -> list[Result]:
    def run(work: Callable[[], Result]) -> Result:
        with app.app_context():
            return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@contextmanager
def store_down() -> Iterator[None]:
    """No object can be written: a file stands where the media folder was."""
    folder = studio().storage.folder
    aside = folder.with_name("media-aside")
    folder.mkdir(parents=True, exist_ok=True)
    folder.rename(aside)
    folder.write_text("not a folder")
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)
