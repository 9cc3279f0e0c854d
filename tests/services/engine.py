"""The engine run by hand in the test's own process: dispatch, then each call in turn, without a broker in between."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.database import db, transaction
from app.generation.dispatch import dispatch
from app.generation.heartbeat import Heartbeat
from app.generation.models import Image, Job
from app.generation.run import generate_image
from app.generation.states import ImageState
from app.generation.store import store_image


class Engine:
    """`process_id` stands for one worker process; `step` lets every due image make its next move."""

    def __init__(self, app: Flask) -> None:
        lease = app.extensions["studio"].settings.lease_seconds
        self.heartbeat = Heartbeat(app, kind="generate", lease_seconds=lease, threads=24)
        self.heartbeat.start()

    @property
    def process_id(self) -> UUID:
        return self.heartbeat.process_id

    def dispatched(self, job: Job) -> list[UUID]:
        """Dispatch; answers the images that have a start."""
        dispatch()
        query = select(Image.id).where(
            Image.job_id == job.id, Image.state == ImageState.QUEUED, Image.dispatched_until.is_not(None)
        )
        return list(db.session.scalars(query.order_by(Image.position)))

    def make(self, image_id: UUID, *, limiter_key: str = "test", epoch: int | None = None) -> bool:
        """Make the picture of a dispatched image, up to its stored original."""
        return generate_image(image_id, self.process_id, limiter_key=limiter_key, epoch=epoch)

    def step(self, job: Job) -> None:
        for image_id in self.dispatched(job):
            generate_image(image_id, self.process_id, limiter_key="test")
        for image in self.images(job):
            if image.state == ImageState.STORING:
                store_image(image.id, self.process_id)

    def run(self, job: Job, *, rounds: int = 60) -> Job:
        """Step until the job has ended or nothing can move; waits between tries are cut short."""
        for _ in range(rounds):
            self.step(job)
            if self.fresh(job).finished_at or self.fresh(job).pause_reason:
                break
            self.end_waits()
        return self.fresh(job)

    def end_waits(self) -> None:
        """Let every wait of a retry be over now."""
        with transaction() as session:
            session.execute(update(Image).where(Image.state == ImageState.QUEUED).values(not_before=None))

    def images(self, job: Job) -> list[Image]:
        db.session.rollback()
        return list(db.session.scalars(select(Image).where(Image.job_id == job.id).order_by(Image.position)))

    def fresh(self, job: Job) -> Job:
        db.session.rollback()
        return db.session.get_one(Job, job.id, populate_existing=True)


@pytest.fixture
def engine(app: Flask) -> Iterator[Engine]:
    made = Engine(app)
    yield made
    made.heartbeat.stop()
