"""Services that go away, a store that misbehaves, clocks that are wrong, messages that come as they like."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread

import redis
from dramatiq import Message
from sqlalchemy import select

from app.core.database import db
from app.core.fail_points import Action
from app.core.queue import QueueName
from app.generation.control import resume_job
from app.generation.models import Attempt, Job
from app.generation.states import JobState
from tests.chaos.cell import POSTGRES, SQLITE, Cell
from tests.chaos.moments import SPOOL_DRAINED
from tests.chaos.stage import Stage
from tests.integration.generation.situations import store_down
from tests.services.waiting import wait_until

SHIFTED = Path(__file__).parent / "shifted"
"""A folder that, put on PYTHONPATH, moves the clock of a process."""
TEN_MINUTES = 600


def under_way(stage: Stage, images: int = 16, *, billed: int = 3) -> Job:
    """A job of which some pictures have been made."""
    stage.api.set(latency=0.15)
    job = stage.job(images)
    wait_until(lambda: len(stage.api.bill) >= billed, within=30, what=f"{billed} pictures to be billed")
    return job


def with_valkey(fault: Callable[[Stage], None], stage: Stage) -> None:
    """Something happens to Valkey: the rows are the truth."""
    stage.started()
    job = under_way(stage)
    fault(stage)
    stage.end_waits()
    stage.check_complete(job)
    assert len(stage.api.bill) == job.total_images


def killed(stage: Stage) -> None:
    stage.valkey.kill()
    stage.valkey.start()


def emptied(stage: Stage) -> None:
    stage.valkey.empty()


def killed_and_emptied(stage: Stage) -> None:
    killed(stage)
    emptied(stage)


def full(stage: Stage) -> None:
    """Until everything that had been given a start has ended."""
    stage.valkey.fill()
    wait_until(lambda: nothing_moves(stage), within=40, what="what had a start to end")
    stage.valkey.make_room()


def frozen(stage: Stage) -> None:
    stage.valkey.freeze()
    wait_until(lambda: nothing_moves(stage), within=40, what="what had a start to end")
    stage.valkey.thaw()


def nothing_moves(stage: Stage) -> bool:
    [job] = stage.jobs()
    return job.generating_count == 0


def doubled(stage: Stage) -> None:
    """Every message is sent three times, in any order, some of them after the end."""
    stage.api.set(latency=0.15)
    stage.started("generate", "worker")
    with doubling(stage) as seen:
        stage.started("scheduler")
        job = stage.job(16)
        stage.check_complete(job)
    assert len(seen) >= 2 * job.total_images
    assert len(stage.api.bill) == job.total_images
    assert {image.attempt for image in stage.images(job)} == {1}


@contextmanager
def doubling(stage: Stage) -> Iterator[dict[str, bytes]]:
    """Send each message that is seen twice again, and shuffle the queues; answers what was seen."""
    seen: dict[str, bytes] = {}
    over = Event()
    thread = Thread(target=_double, args=(stage.settings.redis_url, seen, over))
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _double(url: str, seen: dict[str, bytes], over: Event) -> None:
    """Ids of copies end in a plus, so that copies are not copied."""
    with redis.Redis.from_url(url) as client:
        while not over.wait(0.005):
            for queue in (QueueName.GENERATE, QueueName.STORE, QueueName.CONTROL):
                name = f"proofsheet:{queue}"
                found = {key.decode(): data for key, data in client.hgetall(f"{name}.msgs").items()}
                for key, data in found.items():
                    if key in seen or key.endswith("+"):
                        continue
                    seen[key] = data
                    for copy in (f"{key}1+", f"{key}2+"):
                        message = Message.decode(data)
                        options = {**message.options, "redis_message_id": copy}
                        client.hset(f"{name}.msgs", copy, message.copy(options=options).encode())
                        client.lpush(name, copy) if random.random() < 0.5 else client.rpush(name, copy)


def database_restarted(stage: Stage) -> None:
    """PostgreSQL crashes again and again while pictures are made."""
    stage.started()
    job = under_way(stage, 24)
    server = stage.service("postgres_server")
    for billed in (6, 12, 18):
        wait_until(lambda billed=billed: len(stage.api.bill) >= billed, within=60, what=f"{billed} pictures")
        server.restart()
    stage.end_waits()
    stage.check_complete(job)
    assert len(stage.api.bill) == job.total_images


def database_busy(stage: Stage) -> None:
    """Somebody else holds SQLite's one lock for writing, for seconds at a time: longer than two leases."""
    stage.started()
    job = under_way(stage, 16)
    path = stage.settings.database.removeprefix("sqlite:///")
    for _ in range(2):
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            Event().wait(2.5)
            connection.execute("ROLLBACK")
        before = len(stage.api.bill)
        wait_until(lambda before=before: len(stage.api.bill) in {16, *range(before + 1, 16)}, what="work to go on")
    stage.check_complete(job)
    assert len(stage.api.bill) == job.total_images


def spool_killed(stage: Stage) -> None:
    """M8: the store was away; the process that empties the spool dies between the store and the row."""
    stage.api.set(latency=0.15)
    host = stage.host(SPOOL_DRAINED.failure(Action.KILL))
    host.start()
    with store_down():
        job = stage.job()
        wait_until(lambda: len(stage.api.bill) == job.total_images, within=30, what="every picture to be billed")
        wait_until(lambda: stage.fresh(job).storing_count == job.total_images, within=30, what="all to be spooled")
    stage.end_waits()
    stage.reached(SPOOL_DRAINED.point)
    host.kill()
    host.start()
    stage.end_waits()
    wait_until(lambda: again(stage, job), within=60, what="the job to end")
    stage.check_complete(job)


def again(stage: Stage, job: Job) -> bool:
    stage.end_waits()
    return stage.fresh(job).completed_count == job.total_images


def two_schedulers(stage: Stage) -> None:
    """The effective one is killed; the other goes on, and at no time do both sweep."""
    host = stage.started()
    other = stage.started("scheduler")
    job = under_way(stage)
    host.kill("scheduler")
    stage.end_waits()
    stage.check_complete(job)
    other.stop()


def clock_of_a_host(seconds: float, stage: Stage) -> None:
    """Everything of one host is ten minutes off; the hosts share the work, one of them dies."""
    stage.api.set(latency=0.5)
    here, there = stage.host(), stage.host(**clock(stage, seconds))
    there.start("generate", "worker")
    here.start("generate", "worker", "scheduler")
    job = stage.job(48)
    wait_until(lambda: len({attempt.process_id for attempt in attempts(stage)}) == 2, within=30, what="both to work")
    assert stage.fresh(job).unknown_count == 0
    there.kill("generate")
    there.start("generate")
    stage.end_waits()
    ended = stage.check(job)
    assert ended.completed_count + ended.unknown_count == ended.total_images
    assert ended.completed_count >= 24


def clock_of_the_scheduler(seconds: float, stage: Stage) -> None:
    """What is sent by a clock that is off is not too old, nor too young, for those who get it."""
    stage.started("generate", "worker")
    stage.started("scheduler", **clock(stage, seconds))
    job = stage.job()
    stage.check_complete(job)
    stage.wait_for_sweep()


def clock_set(stage: Stage) -> None:
    """In mid-job somebody sets the clock of the host ahead, and then back."""
    stage.api.set(latency=0.15)
    stage.started(**clock(stage, 0))
    job = stage.job(24)
    for billed, seconds in ((4, TEN_MINUTES), (12, -TEN_MINUTES)):
        wait_until(lambda billed=billed: len(stage.api.bill) >= billed, within=30, what=f"{billed} pictures")
        clock(stage, seconds)
        stage.wait_for_sweep()
    stage.check_complete(job)
    assert len(stage.api.bill) == job.total_images


def clock_set_ahead(stage: Stage) -> None:
    """While calls are in flight somebody sets the clock of host and database ahead: nobody is taken for dead."""
    stage.api.set(latency=1.5)
    stage.started(**clock(stage, 0))
    job = stage.job(24)
    stage.in_flight(6)
    clock(stage, TEN_MINUTES)
    stage.wait_for_sweep()
    stage.check_complete(job)
    assert len(stage.api.bill) == job.total_images


def clock(stage: Stage, seconds: float) -> dict[str, str]:
    """Set the clock of processes that have these variables."""
    path = stage.settings.data_dir.with_name("clock")
    part = path.with_suffix(".part")
    part.write_text(str(seconds))
    part.replace(path)
    return {"PYTHONPATH": str(SHIFTED), "CHAOS_CLOCK": str(path)}


def attempts(stage: Stage) -> list[Attempt]:
    db.session.rollback()
    return list(db.session.scalars(select(Attempt)))


def disk_full(stage: Stage) -> None:
    """In mid-job the disks have no room left: nothing more is paid for until a person has made room and resumes."""
    host = stage.started()
    job = under_way(stage, 64)
    host.stop("generate")
    paid = len(stage.api.bill)
    short = stage.started("generate", PROOFSHEET_MIN_FREE_MB=str(10**9))
    wait_until(lambda: stage.fresh(job).state == JobState.PAUSED, within=30, what="the job to pause")
    wait_until(lambda: stage.fresh(job).generating_count + stage.fresh(job).storing_count == 0, what="the rest to end")
    assert len(stage.api.bill) == paid
    assert "MB left" in (stage.fresh(job).pause_reason or "")
    short.kill()
    host.start("generate")
    resume_job(job.id, workspace_id=stage.team.workspace_id, actor=stage.team.actor)
    stage.check_complete(job)


CELLS = [
    *[Cell(f"valkey-{fault.__name__}", partial(with_valkey, fault)) for fault in (killed, emptied, killed_and_emptied)],
    *[Cell(f"valkey-{fault.__name__}", partial(with_valkey, fault)) for fault in (full, frozen)],
    Cell("messages-doubled-and-reordered", doubled),
    Cell("postgresql-restarted", database_restarted, on=POSTGRES),
    Cell("sqlite-busy", database_busy, on=SQLITE),
    Cell(f"{SPOOL_DRAINED.name}-killed", spool_killed),
    Cell("two-schedulers-one-killed", two_schedulers),
    Cell("disk-full", disk_full),
    Cell("clock-of-a-host-ten-minutes-ahead", partial(clock_of_a_host, TEN_MINUTES), on=POSTGRES),
    Cell("clock-of-a-host-ten-minutes-behind", partial(clock_of_a_host, -TEN_MINUTES), on=POSTGRES),
    Cell("clock-of-the-scheduler-ten-minutes-ahead", partial(clock_of_the_scheduler, TEN_MINUTES), on=POSTGRES),
    Cell("clock-of-the-scheduler-ten-minutes-behind", partial(clock_of_the_scheduler, -TEN_MINUTES), on=POSTGRES),
    Cell("clock-set-in-mid-job", clock_set, on=POSTGRES),
    Cell("clock-set-ahead-in-mid-call", clock_set_ahead, on=SQLITE),
]
