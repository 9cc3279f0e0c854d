"""People are told once what happened to a job while they were not looking."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.clock import utc_now
from app.core.database import db, transaction
from app.core.errors import Conflict
from app.generation.alarm import note_failing_jobs
from app.generation.control import cancel_job, pause_job, resume_job
from app.generation.models import Image, Job
from app.generation.moves import lock_job
from app.generation.settle import pause_provider
from app.generation.states import ImageState, JobState
from app.generation.sweep import sweep
from app.notifications.models import Notification
from app.notifications.notify import notify
from tests.services.application import MakeJob, Team
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob


def told() -> list[tuple[str, str]]:
    db.session.rollback()
    rows = db.session.scalars(select(Notification).order_by(Notification.created_at, Notification.id))
    return [(row.kind, row.text) for row in rows]


@pytest.mark.parametrize(
    ("prompts", "line"),
    [
        (("one", "two"), ("job.completed", "“A job” is complete: 2 of 2 images made.")),
        (
            ("one", "odd [bad-request]", "lost [drop]"),
            ("job.partially_failed", "“A job” ended with failures: 1 of 3 images made, 1 failed, 1 unknown."),
        ),
        (("odd [bad-request]",), ("job.failed", "“A job” failed: 0 of 1 image made, 1 failed.")),
    ],
)
def test_that_a_job_has_ended(
    engine: Engine, openai_job: MakeOpenAIJob, prompts: tuple[str, ...], line: tuple[str, str]
) -> None:
    job = engine.run(openai_job(prompts))
    assert told() == [line]
    notification = db.session.scalars(select(Notification)).one()
    assert (notification.workspace_id, notification.subject_id) == (job.workspace_id, job.id)


def test_that_a_job_was_cancelled(engine: Engine, make_job: MakeJob, team: Team) -> None:
    cancel_job(make_job(2).id, workspace_id=team.workspace_id, actor=team.actor)
    assert told() == [("job.cancelled", "“A job” was cancelled: 0 of 2 images made, 2 cancelled.")]


def test_that_a_job_has_paused_by_itself_but_not_that_a_person_paused_it(
    engine: Engine, openai_job: MakeOpenAIJob, team: Team
) -> None:
    job = openai_job(1)
    pause_job(job.id, workspace_id=team.workspace_id, actor=team.actor)
    resume_job(job.id, workspace_id=team.workspace_id, actor=team.actor)
    assert told() == []
    pause_provider("openai", "The key was refused.")
    pause_provider("openai", "The key was refused.")
    assert told() == [("job.paused", "“A job” is paused. The provider is paused: The key was refused.")]


def test_that_a_job_stands_still_once(engine: Engine, make_job: MakeJob) -> None:
    job = make_job(1)
    with transaction() as session:
        session.execute(update(Job).where(Job.id == job.id).values(created_at=utc_now() - timedelta(minutes=31)))
    sweep()
    sweep()
    assert [kind for kind, _ in told()] == ["job.stalled"]


def test_an_event_that_is_told_twice_is_one_line(app: Flask, team: Team) -> None:
    for text in ("once", "twice"):
        with transaction():
            notify(team.workspace_id, "job.completed", "job.completed:1", text, None)
    assert told() == [("job.completed", "once")]


def test_what_is_rolled_back_is_not_told(app: Flask, team: Team) -> None:
    with pytest.raises(Conflict):
        tell_and_fail(team)
    assert told() == []


def tell_and_fail(team: Team) -> None:
    with transaction():
        notify(team.workspace_id, "job.completed", "job.completed:1", "it did not happen", None)
        raise Conflict("not now")


def end_images(job_id: UUID, *, failed: int, completed: int, minutes_ago: float = 1) -> None:
    """As if so many images had ended then. Completed ones are `unknown` here, which no more counts as failed."""
    with transaction() as session:
        job = lock_job(job_id)
        job.state = JobState.RUNNING
        waiting = list(
            session.scalars(
                select(Image).where(Image.job_id == job_id, Image.state == ImageState.QUEUED).limit(failed + completed)
            )
        )
        for number, image in enumerate(waiting):
            image.state = ImageState.FAILED if number < failed else ImageState.UNKNOWN
            image.finished_at = utc_now() - timedelta(minutes=minutes_ago)
        job.queued_count -= failed + completed
        job.failed_count += failed
        job.unknown_count += completed


def test_an_alarm_when_most_images_of_the_last_minutes_failed(app: Flask, make_job: MakeJob) -> None:
    job = make_job(30)
    end_images(job.id, failed=8, completed=4)
    assert note_failing_jobs() == 1
    assert note_failing_jobs() == 0
    assert told() == [
        (
            "job.failing",
            "“A job”: 8 of 12 images failed within 5 minutes. Look at why, and pause it if the rest would fail too.",
        )
    ]


@pytest.mark.parametrize(
    ("failed", "completed", "minutes_ago"),
    [(9, 0, 1), (6, 6, 1), (12, 0, 6)],
    ids=["too few to tell", "not more than half", "long ago"],
)
def test_no_alarm(app: Flask, make_job: MakeJob, failed: int, completed: int, minutes_ago: float) -> None:
    end_images(make_job(30).id, failed=failed, completed=completed, minutes_ago=minutes_ago)
    assert note_failing_jobs() == 0
    assert told() == []
