"""Processes that are killed, stand still or are asked to stop, at every moment."""

import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from uuid import UUID

from sqlalchemy import func, select

from app.accounts.models import Workspace
from app.core.database import db, transaction
from app.core.fail_points import Action, FailPoint, Failure
from app.generation.heartbeat import alive
from app.generation.models import Image, Job
from app.generation.states import ImageState
from app.publishing.models import Page
from app.publishing.states import PageState
from tests.chaos.cell import POSTGRES, Cell
from tests.chaos.moments import (
    CRITICAL,
    IN_GENERATE,
    IN_WORKER,
    OF_PAGES,
    PUBLISH_UNSENT,
    SCHEDULE_UNSENT,
    SETTLING,
    SUBMIT_UNCOMMITTED,
    SUBMIT_UNSENT,
    Moment,
)
from tests.chaos.stage import Stage
from tests.services.waiting import wait_until
from tests.services.workers import Workers

LATENCY = 0.2
LEASE = 30.0
DEFAULTS = {"lease_seconds": LEASE, "sweep_seconds": 10.0}
"""Those of an installation that sets nothing."""


def killed(moment: Moment, stage: Stage) -> None:
    """SIGKILL at the moment; the next process goes on."""
    stage.api.set(latency=LATENCY)
    host = stage.host(moment.failure(Action.KILL))
    host.start()
    job = stage.job()
    subject = stage.reached(moment.point)
    host.kill(moment.kind)
    host.start(moment.kind)
    stage.end_waits()
    ended = stage.check(job)
    assert ended.completed_count + ended.unknown_count == ended.total_images
    if moment.becomes:
        assert stage.state_of(subject) == moment.becomes
    if moment.kind == "worker":
        assert ended.unknown_count == 0


def frozen(moment: Moment, stage: Stage) -> None:
    """SIGSTOP at the moment, for longer than two leases; another host goes on; then SIGCONT, and late pictures are taken."""
    stage.api.set(latency=LATENCY)
    # Whoever stands still in a write holds up others, for 15 s on PostgreSQL: no second thread shall be in one.
    host = stage.host(moment.failure(Action.STOP), PROOFSHEET_GENERATE_THREADS="1")
    host.start("generate", "worker")
    stage.started("worker", "scheduler")
    job = stage.job()
    stage.reached(moment.point)
    if can_write(stage):
        stage.silent(moment.kind)
        stage.end_waits()
        wait_until(lambda: nothing_is_claimed(job, stage), within=40, what="its work to be given up")
    host.signal_group(moment.kind, signal.SIGCONT)
    wait_until(lambda: stage.fresh(job).completed_count == job.total_images, within=60, what="every picture")
    stage.check_complete(job)


def can_write(stage: Stage) -> bool:
    """Whether the frozen process left the database free: on SQLite its heartbeat may have been writing."""
    if stage.database != "sqlite":
        return True
    with closing(sqlite3.connect(stage.settings.database.removeprefix("sqlite:///"), timeout=2)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


def nothing_is_claimed(job: Job, stage: Stage) -> bool:
    """By a process that does not beat: what a frozen process had is recovered."""
    dead = Image.claimed_by.is_not(None) & Image.claimed_by.not_in(alive(stage.settings.lease_seconds))
    return stage.count(select(func.count()).where(Image.job_id == job.id, dead)) == 0


def asked_to_stop(moment: Moment, stage: Stage) -> None:
    """SIGTERM at the moment: what has begun is finished, and nothing is unknown."""
    stage.api.set(latency=LATENCY)
    host = stage.host(moment.failure(Action.DELAY, seconds=1.0))
    host.start()
    job = stage.job()
    stage.reached(moment.point)
    host.stop(moment.kind)
    host.start(moment.kind)
    stage.check_complete(job)


def killed_in_flight(stage: Stage) -> None:
    """M5: the provider is working; what it makes then is billed and nobody hears of it."""
    stage.api.set(latency=0.6)
    host = stage.started()
    job = stage.job()
    stage.in_flight(5)
    host.kill("generate")
    host.start("generate")
    stage.end_waits()
    ended = stage.check(job)
    assert ended.unknown_count >= 5
    assert ended.completed_count + ended.unknown_count == ended.total_images


def frozen_in_flight(stage: Stage) -> None:
    stage.api.set(latency=0.6)
    host = stage.started("generate", "worker", "scheduler")
    job = stage.job()
    stage.in_flight(5)
    host.signal_group("generate", signal.SIGSTOP)
    wait_until(lambda: stage.fresh(job).unknown_count >= 5, what="the frozen calls to be given up")
    host.signal_group("generate", signal.SIGCONT)
    wait_until(lambda: stage.fresh(job).unknown_count == 0, what="the late pictures to be taken")
    stage.check_complete(job)


def asked_to_stop_in_flight(stage: Stage) -> None:
    stage.api.set(latency=0.6)
    host = stage.started()
    job = stage.job()
    stage.in_flight(5)
    host.stop("generate")
    assert stage.fresh(job).unknown_count == stage.fresh(job).generating_count == 0
    host.start("generate")
    stage.check_complete(job)


def all_killed(stage: Stage) -> None:
    """Every process, twice."""
    stage.api.set(latency=LATENCY)
    host = stage.started()
    job = stage.job(16)
    for pictures in (3, 8):
        wait_until(lambda pictures=pictures: len(stage.api.bill) >= pictures, what=f"{pictures} pictures to be billed")
        host.kill()
        host.start()
        stage.end_waits()
    ended = stage.check(job)
    assert ended.completed_count + ended.unknown_count == ended.total_images


def all_killed_with_default_settings(stage: Stage) -> None:
    """Every process is killed while all of them work: 45 s after they are back at the latest, everything moves again."""
    stage.api.set(latency=2.0)
    host = stage.started()
    job = stage.job(64)
    wait_until(lambda: stage.fresh(job).storing_count, within=60, what="pictures to be stored while others are made")
    host.kill()
    left = [image.id for image in stage.images(job) if image.finished_at is None]
    host.start()
    back = time.monotonic()
    wait_until(lambda: all(has_moved(stage, image) for image in left), within=45, what="everything to move again")
    print(f"everything moved again {time.monotonic() - back:.1f} s after the processes were back")  # noqa: T201
    stage.check(job)


def has_moved(stage: Stage, image_id: UUID) -> bool:
    """Whether a living process has it, or it has ended."""
    image = db.session.get_one(Image, image_id, populate_existing=True)
    db.session.rollback()
    living = stage.count(select(func.count()).where(Image.id == image_id, Image.claimed_by.in_(alive(LEASE))))
    return image.finished_at is not None or bool(living)


def deployed(stage: Stage) -> None:
    """In mid-job every process is asked to stop, and new ones are started."""
    stage.api.set(latency=0.3)
    host = stage.started()
    job = stage.job(24)
    for pictures in (4, 12):
        wait_until(lambda pictures=pictures: len(stage.api.bill) >= pictures, what=f"{pictures} pictures to be billed")
        host.stop()
        assert stage.fresh(job).generating_count == stage.fresh(job).unknown_count == 0
        host.start()
    stage.check_complete(job)


def scheduler_killed(stage: Stage) -> None:
    host = stage.host(SCHEDULE_UNSENT.failure(Action.KILL))
    host.start("generate", "worker")
    host.begin("scheduler")
    job = stage.job()
    stage.reached(SCHEDULE_UNSENT.point)
    host.kill("scheduler")
    host.start("scheduler")
    stage.end_waits()
    stage.check_complete(job)


def submit_killed(moment: Moment, stage: Stage) -> None:
    """The process that submits dies; the person sends the form again: one job."""
    stage.started()
    died = stage.person("submit", "the-form", fail_points=moment.failure(Action.KILL))
    assert died == -signal.SIGKILL
    assert stage.person("submit", "the-form") == 0
    jobs = stage.jobs()
    assert len(jobs) == 1
    stage.check_complete(jobs[0])


def page_died(moment: Moment, stage: Stage) -> None:
    """The process that writes pages dies; every picture is moderated first."""
    with transaction() as session:
        session.get_one(Workspace, stage.team.workspace_id).moderates_all = True
    host = stage.host(moment.failure(Action.KILL))
    host.start()
    job = stage.check_complete(stage.job(4))
    assert stage.person("publish", str(job.id)) == 0
    stage.reached(moment.point)
    host.kill(moment.kind)
    host.start(moment.kind)
    stage.end_waits()
    all_published(stage, job)


def publish_killed(stage: Stage) -> None:
    """M11: the pages are written, their messages are not sent; the click is repeated."""
    stage.started()
    job = stage.check_complete(stage.job(4))
    died = stage.person("publish", str(job.id), fail_points=PUBLISH_UNSENT.failure(Action.KILL))
    assert died == -signal.SIGKILL
    assert stage.person("publish", str(job.id)) == 0
    stage.end_waits()
    all_published(stage, job)


def all_published(stage: Stage, job: Job) -> None:
    published = select(func.count()).where(Page.job_id == job.id, Page.state == PageState.PUBLISHED)
    wait_until(lambda: stage.count(published) == job.total_images, within=60, what="every page to be published")
    stage.check_complete(job)
    assert stage.count(select(func.count()).where(Page.job_id == job.id)) == job.total_images


def poison(point: FailPoint, kind: str, stage: Stage) -> None:
    """One picture kills its process each time: it fails at the third, and takes nobody along."""
    job = stage.job(12)
    culprit = str(stage.images(job)[5].id)
    host = stage.host({point: Failure(action=Action.KILL, only=culprit, every=True)})
    host.start("worker", "scheduler", "generate")
    wait_until(lambda: revived(stage, host, kind, culprit), within=60, what="the poison to be given up")
    ended = stage.check(job)
    assert ended.failed_count == 1
    assert ended.completed_count + ended.unknown_count == 11
    assert stage.images(job)[5].error_type == "crashed"
    if kind == "worker":
        assert ended.completed_count == 11


def revived(stage: Stage, host: Workers, kind: str, culprit: str) -> bool:
    """Start the process again if it has died; whether the culprit has ended."""
    if host.has_lost(kind):
        host.kill(kind)
        host.start(kind)
        stage.end_waits()
    return stage.state_of(culprit) == ImageState.FAILED


def cells(fault: str, play: Callable[[Moment, Stage], None], moments: tuple[Moment, ...]) -> list[Cell]:
    return [Cell(f"{moment.name}-{fault}", partial(play, moment)) for moment in moments]


CELLS = [
    *cells("killed", killed, (*IN_GENERATE, *IN_WORKER)),
    *cells("frozen", frozen, tuple(moment for moment in CRITICAL if moment.point != FailPoint.SETTLE_UNCOMMITTED)),
    # On SQLite a process that stands still while it writes holds up every other until it goes on: docs/testing.md.
    *[replace(cell, on=POSTGRES) for cell in cells("frozen", frozen, SETTLING)],
    *cells("asked-to-stop", asked_to_stop, CRITICAL),
    *cells("killed", submit_killed, (SUBMIT_UNCOMMITTED, SUBMIT_UNSENT)),
    *cells("killed", page_died, OF_PAGES),
    Cell(f"{PUBLISH_UNSENT.name}-killed", publish_killed),
    Cell(f"{SCHEDULE_UNSENT.name}-killed", scheduler_killed),
    Cell("M5-call.in_flight-killed", killed_in_flight),
    Cell("M5-call.in_flight-frozen", frozen_in_flight),
    Cell("M5-call.in_flight-asked-to-stop", asked_to_stop_in_flight),
    Cell("everything-killed-twice", all_killed),
    Cell("all-killed-default-settings", all_killed_with_default_settings, settings=DEFAULTS),
    Cell("deploy-in-mid-job", deployed),
    Cell("M3-call.claimed-poison", partial(poison, FailPoint.CALL_CLAIMED, "generate")),
    Cell("M10-store.claimed-poison", partial(poison, FailPoint.STORE_CLAIMED, "worker")),
]
