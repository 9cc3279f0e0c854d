"""What one dispatch costs, with few and with many images waiting."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from flask import Flask
from sqlalchemy import text, update

from app import create_app
from app.core.database import db, transaction
from app.core.queue import install_sender
from app.core.settings import Settings
from app.generation.dispatch import dispatch
from app.generation.heartbeat import GENERATE, Heartbeat
from app.generation.models import Image
from bench.figures import Figure
from bench.installation import Setup, catalogue, submit
from bench.provider import KEY
from bench.services import Services
from tests.services.application import make_settings, make_team

PART = "5 Cost of one dispatch"
PER_MINUTE = 300
JOBS, WORKSPACES, THREADS = 10, 5, 96


@dataclass(frozen=True, slots=True)
class Queue:
    """An installation without workers, whose images only wait."""

    app: Flask
    queued: int


def measure(services: Services) -> Iterator[Figure]:
    sizes = (1_000, services.pick(100_000, quick=5_000))
    rounds = services.pick(50, quick=10)
    how = (
        f"Wall time of dispatch() in this process, median of n, the two sizes in turns; {JOBS} jobs in {WORKSPACES} "
        f"workspaces; {PER_MINUTE}/min, so each marks and sends about ten images; marks, messages and the limiter's "
        "state are taken away in between; PostgreSQL after ANALYZE."
    )
    for name, postgres in (("SQLite", False), ("PostgreSQL", True)):
        with ExitStack() as stack:
            queues = [_fill(services, stack, images, postgres=postgres) for images in sizes]
            seconds = _in_turns(services, queues, rounds)
        for queue, taken in zip(queues, seconds, strict=True):
            yield Figure(PART, f"{name}, {queue.queued:,} queued", 1000 * median(taken), "ms", rounds, how)
        few, many = (median(taken) for taken in seconds)
        yield Figure(PART, f"{name}, ratio", many / few, "x", rounds, how, "<= 1.5")


def _fill(services: Services, stack: ExitStack, images: int, *, postgres: bool) -> Queue:
    settings = _settings(services, images, postgres=postgres)
    install_sender(settings.redis_url)
    app = create_app(settings)
    with app.app_context():
        engine = db.engine
        stack.callback(engine.dispose)
        # Stands for a process with threads to spare: without one nothing is dispatched.
        heartbeat = Heartbeat(app, kind=GENERATE, lease_seconds=settings.lease_seconds, threads=THREADS)
        heartbeat.start()
        stack.callback(heartbeat.stop)
        teams = [make_team(f"workspace-{number}") for number in range(WORKSPACES)]
        for number in range(JOBS):
            submit(teams[number % WORKSPACES], images // JOBS, name=f"job {number}", side=256)
        if postgres:  # which it does by itself after a while; nothing does it on SQLite
            with transaction() as session:
                session.execute(text("ANALYZE"))
    return Queue(app, images)


def _settings(services: Services, images: int, *, postgres: bool) -> Settings:
    folder = services.folder()
    return make_settings(
        folder,
        services.database(postgres=postgres),
        services.valkey.url,
        OPENAI_API_KEY=KEY,
        OPENAI_BASE_URL="http://127.0.0.1:9/v1",
        images_per_minute={"openai": PER_MINUTE},
        images_per_job=images,
        generate_threads=THREADS,
        catalogue=catalogue(folder, Setup(PER_MINUTE, latency=15)),
    )


def _in_turns(services: Services, queues: list[Queue], rounds: int) -> list[list[float]]:
    """Seconds of each dispatch. Small and large alternate, so that a busy moment of the machine meets both."""
    taken: list[list[float]] = [[] for _ in queues]
    for number in range(-1, rounds):
        for queue, times in zip(queues, taken, strict=True):
            seconds = _one(services, queue)
            if number >= 0:  # the first opens connections and fills caches
                times.append(seconds)
    return taken


def _one(services: Services, queue: Queue) -> float:
    services.valkey.empty()
    with queue.app.app_context():
        begin = time.perf_counter()
        sent = dispatch()
        seconds = time.perf_counter() - begin
        if not sent:
            raise RuntimeError("the dispatch sent nothing, so its time means nothing")
        with transaction() as session:
            session.execute(update(Image).where(Image.dispatched_until.is_not(None)).values(dispatched_until=None))
    return seconds
