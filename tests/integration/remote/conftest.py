"""The engine against a provider that works in jobs of its own, run by hand in the test's process."""

from datetime import timedelta

import pytest
from sqlalchemy import ColumnElement, select, update

from app.core.database import db, db_now, transaction
from app.core.settings import Settings
from app.generation.models import Attempt, Image, Job
from app.generation.remote_answers import poll
from tests.services.engine import Engine


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def settings(replicate_settings: Settings) -> Settings:
    """With the lease of real life: the engine of a test beats only so often."""
    return replicate_settings.model_copy(update={"lease_seconds": 30.0})


class Polls:
    """Asks about remote jobs as the workers' messages do, without waiting for the time in `poll_at`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def once(self, job: Job) -> int:
        """Ask about every remote job once; answers how many there were."""
        due = self.attempts(job, Attempt.poll_at.is_not(None))
        return sum(poll(attempt.id, self.due_now(attempt)) for attempt in due)

    def due_now(self, attempt: Attempt) -> object:
        """Make the attempt due; answers the mark that its message would carry."""
        mark = db_now()
        with transaction() as session:
            session.execute(update(Attempt).where(Attempt.id == attempt.id).values(poll_at=mark))
        return mark

    def run(self, job: Job, *, rounds: int = 60) -> Job:
        """Dispatch, ask and store until the job has ended or been paused."""
        for _ in range(rounds):
            self._engine.step(job)
            self.once(job)
            if self._engine.fresh(job).finished_at or self._engine.fresh(job).pause_reason:
                break
            self._engine.end_waits()
        return self._engine.fresh(job)

    def attempts(self, job: Job, *where: ColumnElement[bool]) -> list[Attempt]:
        db.session.rollback()
        query = select(Attempt).join(Image, Image.id == Attempt.image_id).where(Image.job_id == job.id, *where)
        return list(db.session.scalars(query.order_by(Attempt.id).execution_options(populate_existing=True)))

    def age(self, job: Job, seconds: float) -> None:
        """Let every call of the job have been sent so long ago."""
        ids = [attempt.id for attempt in self.attempts(job)]
        with transaction() as session:
            sent = db_now() - timedelta(seconds=seconds)
            session.execute(update(Attempt).where(Attempt.id.in_(ids)).values(sent_at=sent))


@pytest.fixture
def polls(engine: Engine) -> Polls:
    return Polls(engine)
