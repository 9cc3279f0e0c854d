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
THREADS = 96


@dataclass(frozen=True, slots=True)
class Shape:
    """How many images wait, in how many jobs of how many workspaces."""

    images: int
    jobs: int = 10
    workspaces: int = 5

    def __str__(self) -> str:
        return f"{self.images:,} queued in {self.jobs} jobs"


@dataclass(frozen=True, slots=True)
class Queue:
    """An installation without workers, whose images only wait."""

    app: Flask
    shape: Shape


def measure(services: Services) -> Iterator[Figure]:
    most = services.pick(100_000, quick=5_000)
    shapes = (Shape(1_000), Shape(most), Shape(most // 4, jobs=services.pick(500, quick=50), workspaces=50))
    rounds = services.pick(30, quick=10)
    how = (
        "Wall time of dispatch() in this process, median of n, the installations in turns; 10 jobs in 5 workspaces or "
        f"500 in 50; {PER_MINUTE}/min, so each marks and sends about ten images; marks, messages and the limiter's "
        "state are taken away in between; PostgreSQL after ANALYZE."
    )
    for name, postgres in (("SQLite", False), ("PostgreSQL", True)):
        with ExitStack() as stack:
            queues = [_fill(services, stack, shape, postgres=postgres) for shape in shapes]
            seconds = [median(taken) for taken in _in_turns(services, queues, rounds)]
        for shape, taken in zip(shapes, seconds, strict=True):
            yield Figure(PART, f"{name}, {shape}", 1000 * taken, "ms", rounds, how)
        few, many, _ = seconds
        yield Figure(PART, f"{name}, ratio", many / few, "x", rounds, how, "<= 1.5")


def _fill(services: Services, stack: ExitStack, shape: Shape, *, postgres: bool) -> Queue:
    settings = _settings(services, shape.images, postgres=postgres)
    install_sender(settings.redis_url)
    app = create_app(settings)
    with app.app_context():
        engine = db.engine
        stack.callback(engine.dispose)
        # Stands for a process with threads to spare: without one nothing is dispatched.
        heartbeat = Heartbeat(app, kind=GENERATE, lease_seconds=settings.lease_seconds, threads=THREADS)
        heartbeat.start()
        stack.callback(heartbeat.stop)
        teams = [make_team(f"workspace-{number}") for number in range(shape.workspaces)]
        for number in range(shape.jobs):
            submit(teams[number % shape.workspaces], shape.images // shape.jobs, name=f"job {number}", side=256)
        if postgres:  # which it does by itself after a while; nothing does it on SQLite
            with transaction() as session:
                session.execute(text("ANALYZE"))
    return Queue(app, shape)


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
    """Seconds of each dispatch. They alternate, so that a busy moment of the machine meets all."""
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
