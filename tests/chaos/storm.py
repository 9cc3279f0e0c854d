"""A long job during which processes, Valkey, the database and the store are killed at random."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from app import create_app
from app.core.database import db
from app.core.queue import install_sender
from app.core.settings import Settings
from app.generation.models import Job
from app.processes.guard import Guard
from tests.chaos.stage import KEY, Stage, stage_settings
from tests.fakes.openai_api import FakeOpenAI
from tests.services.application import make_team
from tests.services.databases import PostgresServer
from tests.services.s3 import AWS_ENVIRONMENT, RcloneServer, _new_bucket
from tests.services.valkey import ValkeyServer
from tests.services.workers import Workers

LEASE, SWEEP = 2.0, 1.0
THREADS = 32
CALM = (2.0, 8.0)
"""Seconds between two blows."""
MISHAPS = {
    "429-once": 0.01,
    "server-error-once": 0.01,
    "policy": 0.004,
    "bad-request": 0.002,
    "drop": 0.003,
    "truncated": 0.003,
    "html": 0.002,
}
"""What the provider does to which share of the prompts."""


@dataclass
class Storm:
    """One run. `blows` counts what was done."""

    stage: Stage
    seed: int
    store: RcloneServer
    postgres: PostgresServer | None
    blows: Counter[str] = field(default_factory=Counter)
    pauses: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def prompts(self, images: int) -> tuple[str, ...]:
        """Different ones, some of which the provider takes ill."""
        kinds = [*MISHAPS, ""]
        shares = [*MISHAPS.values(), 1 - sum(MISHAPS.values())]
        chosen = self.dice.choices(kinds, shares, k=images)
        return tuple(f"a lighthouse, number {n}" + (f" [{kind}]" if kind else "") for n, kind in enumerate(chosen))

    def rage(self, job: Job, *, until: float) -> None:
        """Blow after blow, until the job has ended or the time (monotonic) is over; then everything runs again."""
        while time.monotonic() < until and self.stage.fresh(job).finished_at is None:
            self.wait(*CALM)
            blow = self.dice.choice(self.possible())
            self.blows[blow.__name__] += 1
            blow()

    def possible(self) -> list[Callable[[], None]]:
        always = [self.kill_generate, self.kill_generate, self.kill_worker, self.kill_worker, self.kill_scheduler]
        rest = [self.kill_everything, self.freeze_generate, self.deploy, self.kill_valkey, self.empty_valkey]
        return [*always, *rest, self.kill_store, *([self.crash_postgresql] * 2 if self.postgres else [])]

    def wait(self, least: float, most: float) -> None:
        self.pauses.wait(self.dice.uniform(least, most))

    def kill_generate(self) -> None:
        self._restart(self._host(), "generate")

    def kill_worker(self) -> None:
        self._restart(self._host(), "worker")

    def kill_scheduler(self) -> None:
        self._restart(self._host(), "scheduler")

    def kill_everything(self) -> None:
        for host in self.stage.hosts:
            host.kill()
        for host in self.stage.hosts:
            host.start()

    def freeze_generate(self) -> None:
        """For longer than two leases."""
        host = self._host()
        host.signal_group("generate", signal.SIGSTOP)
        self.wait(2.2 * LEASE, 3 * LEASE)
        host.signal_group("generate", signal.SIGCONT)

    def deploy(self) -> None:
        host = self._host()
        host.stop()
        host.start()

    def kill_valkey(self) -> None:
        self.stage.valkey.kill()
        self.wait(0, 3)
        self.stage.valkey.start()

    def empty_valkey(self) -> None:
        self.stage.valkey.empty()

    def kill_store(self) -> None:
        self.store.kill()
        self.wait(1, 8)
        self.store.start()

    def crash_postgresql(self) -> None:
        assert self.postgres is not None
        self.postgres.restart()

    def _host(self) -> Workers:
        return self.dice.choice(self.stage.hosts)

    def _restart(self, host: Workers, kind: str) -> None:
        host.kill(kind)
        self.wait(0, 2)
        host.start(kind)


@contextmanager
def storm(folder: Path, *, seed: int, database: str) -> Iterator[Storm]:
    """Two hosts on one database, one Valkey and one bucket, all running."""
    with ExitStack() as stack:
        guard = stack.enter_context(Guard())
        valkey = ValkeyServer(folder / "valkey", guard)
        stack.callback(valkey.kill)
        valkey.start()
        store = RcloneServer(made(folder / "bucket"), guard)
        stack.callback(store.kill)
        store.start()
        api = stack.enter_context(FakeOpenAI(bill=folder / "bill.jsonl", key=KEY, latency=0.5, jitter=0.3))
        postgres = PostgresServer(made(folder / "postgres")) if database == "postgresql" else None
        if postgres:
            stack.callback(postgres.stop)
        settings = stage_settings(
            made(folder / "installation"),
            migrated(postgres.create() if postgres else f"sqlite:///{folder / 'proofsheet.db'}"),
            valkey.url,
            api,
            STORAGE_URL=_new_bucket(store.endpoint).storage_url("studio"),
            lease_seconds=LEASE,
            sweep_seconds=SWEEP,
            generate_threads=THREADS,
        )
        stack.enter_context(opened(settings))
        stage = stack.enter_context(
            Stage(settings, guard, api, valkey, make_team("studio"), missing, dict(AWS_ENVIRONMENT), quiet=True)
        )
        for name in ("one", "two"):
            stage.host(PROOFSHEET_DATA_DIR=str(settings.data_dir.with_name(f"data-{name}"))).start()
        yield Storm(stage, seed, store, postgres)


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def migrated(url: str) -> str:
    from app.core.migrate import upgrade

    upgrade(url)
    return url


def missing(name: str) -> Any:
    raise LookupError(name)


@contextmanager
def opened(settings: Settings) -> Iterator[None]:
    """The application's context; messages go to the workers' Valkey."""
    install_sender(settings.redis_url)
    app = create_app(settings)
    with app.app_context():
        yield
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
