"""An installation against the fake provider, with a short lease, on real processes."""

import pytest

from app.core.database import db
from app.core.settings import Settings
from app.generation.models import Job
from tests.services.waiting import wait_until


@pytest.fixture
def settings(openai_settings: Settings) -> Settings:
    return openai_settings


def fresh(job: Job) -> Job:
    """The job as the database has it now."""
    db.session.rollback()
    return db.session.get_one(Job, job.id, populate_existing=True)


def wait_for_end(job: Job, *, within: float = 90.0) -> Job:
    wait_until(
        lambda: fresh(job).finished_at is not None, within=within, what=f"the job to end; it has {fresh(job).counts}"
    )
    return fresh(job)
