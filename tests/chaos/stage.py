"""An installation on which things are broken: real processes, services that can be killed, and the provider's bill."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

from sqlalchemy import func, inspect, select, update
from sqlalchemy.exc import DBAPIError

from app.core.database import db, db_now, transaction
from app.core.fail_points import MARKS, FailPoint, Failure
from app.core.settings import Settings
from app.generation.models import Image, Job
from app.generation.process_models import Lease, Process
from app.generation.states import JOB_ENDED, ImageState
from app.generation.submit import NewJob, create_job
from app.processes.guard import Guard
from app.publishing.models import Page
from app.publishing.trash_models import Chore, PictureName
from tests.fakes.openai_api import FakeOpenAI
from tests.services.application import Team, make_settings
from tests.services.history import keep_history, wrong_moves
from tests.services.invariants import Asked, check_ended, check_invariants
from tests.services.valkey import ValkeyServer
from tests.services.waiting import wait_until
from tests.services.workers import PROJECT, Workers, environment

KEY = "sk-chaos-0123456789abcdefghijklmnop"
MODEL = "openai/gpt-image-2.5-flare"
CATALOGUE = f"""\
[models."{MODEL}"]
sizes = ["256x256"]
latency_seconds = 1
max_in_flight = 96
timeout_seconds = 5
"""
"""Small pictures, and calls that are given up soon."""
PER_MINUTE = 3000
SECOND = timedelta(seconds=1)


def stage_settings(folder: Path, database_url: str, redis_url: str, api: FakeOpenAI, **values: Any) -> Settings:
    """A key for the fake provider, a high limit, and a lease of a second."""
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = folder / "catalogue.toml"
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    defaults = {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": api.base_url,
        "images_per_minute": {"openai": PER_MINUTE},
        "lease_seconds": 1.0,
        "sweep_seconds": 0.5,
        "generate_threads": 12,
        "catalogue": catalogue,
    }
    return make_settings(folder / "data", database_url, redis_url, **{**defaults, **values})


@dataclass
class Stage:
    """`with Stage(…) as stage:` inside the application's context. Everything it started is killed at the end."""

    settings: Settings
    guard: Guard
    api: FakeOpenAI
    valkey: ValkeyServer
    team: Team
    service: Callable[[str], Any]
    """Another service by the name of its fixture: `postgres_server`, `bad_line` …"""
    extra: dict[str, str] = field(default_factory=dict)
    """Variables that every process gets."""
    quiet: bool = False
    """Print no process' output at the end."""
    hosts: list[Workers] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        keep_history()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        for host in [] if self.quiet else self.hosts:
            print(*host.output[-400:], sep="", end="")  # noqa: T201  pytest shows it when the cell has failed

    @property
    def database(self) -> str:
        return "sqlite" if self.settings.database.startswith("sqlite") else "postgresql"

    def host(self, fail_points: Mapping[FailPoint, Failure] | None = None, **extra: str) -> Workers:
        """More processes of this installation, not started yet."""
        made = Workers(self.settings, self.guard, **{**self.extra, **armed(fail_points or {}), **extra})
        self.hosts.append(made)
        self._stack.callback(made.kill)
        return made

    def started(self, *kinds: str, **extra: str) -> Workers:
        made = self.host(**extra)
        made.start(*kinds)
        return made

    def order(self, prompts: int | tuple[str, ...] = 10, **values: Any) -> NewJob:
        """Of pictures with different prompts."""
        texts = prompts if isinstance(prompts, tuple) else tuple(f"a lighthouse, number {n}" for n in range(prompts))
        order = {
            "title": "Chaos",
            "model": MODEL,
            "quality": "low",
            "width": 256,
            "height": 256,
            "images_per_prompt": 1,
            "visibility": "public",
            "generator": "Other",
            "form_token": uuid4().hex,
        }
        return NewJob(prompts=texts, **{**order, **values})

    def job(self, prompts: int | tuple[str, ...] = 10, **values: Any) -> Job:
        order = self.order(prompts, **values)
        team = self.team
        return create_job(order, workspace_id=team.workspace_id, user_id=team.owner, actor=team.actor)

    def fresh(self, job: Job) -> Job:
        """As the database has it now; asked again when the server has crashed meanwhile."""
        (job_id,) = inspect(job).identity
        try:
            db.session.rollback()
            return db.session.get_one(Job, job_id, populate_existing=True)
        except DBAPIError:
            db.session().invalidate()
            return db.session.get_one(Job, job_id, populate_existing=True)

    def jobs(self) -> list[Job]:
        db.session.rollback()
        return list(db.session.scalars(select(Job).order_by(Job.id)))

    def images(self, job: Job) -> list[Image]:
        db.session.rollback()
        return list(db.session.scalars(select(Image).where(Image.job_id == job.id).order_by(Image.position)))

    def state_of(self, image_id: UUID | str) -> str:
        db.session.rollback()
        return db.session.execute(select(Image.state).where(Image.id == UUID(str(image_id)))).scalar_one()

    def reached(self, point: FailPoint) -> str:
        """Wait until a process has reached the point; answers the subject."""
        mark = self.settings.data_dir / MARKS / point
        wait_until(lambda: mark.is_file() and mark.read_text().endswith("\n"), within=30, what=f"{point} to be reached")
        return mark.read_text().strip()

    def in_flight(self, calls: int) -> None:
        """Wait until the provider works on so many calls."""
        wait_until(lambda: self.api.counters.get("in_flight", 0) >= calls, within=30, what=f"{calls} calls in flight")

    def silent(self, *kinds: str, leases: float = 2.0) -> None:
        """Wait until a process of these kinds has not beaten for so many leases."""
        quiet = timedelta(seconds=self.settings.lease_seconds * leases)
        query = select(func.count()).where(Process.kind.in_(kinds))
        wait_until(
            lambda: self.count(query.where(Process.beat_at < db_now() - quiet)), within=30, what=f"{kinds} to be silent"
        )

    def wait_for_sweep(self) -> None:
        """Wait for a round of the sweep: it forgets the row of a process that is long dead."""
        with transaction() as session:
            long_ago = db_now() - timedelta(days=1)
            ghost = Process(kind="ghost", host="nowhere", pid=0, threads=0, started_at=long_ago, beat_at=long_ago)
            session.add(ghost)
        ghosts = select(func.count()).where(Process.kind == "ghost")
        wait_until(lambda: self.count(ghosts) == 0, within=30, what="a sweep")

    def count(self, query: Any) -> int:
        db.session.rollback()
        return int(db.session.execute(query).scalar_one())

    def end_waits(self) -> None:
        """Let the time pass in which messages, leases and claims of the dead run out, without waiting for it.

        What a process has claimed stays its own as long as it beats.
        """
        with transaction() as session:
            now = db_now() - SECOND
            sent = update(Image).where(Image.dispatched_until > now, Image.claimed_by.is_(None))
            session.execute(sent.values(dispatched_until=now))
            session.execute(update(Page).where(Page.dispatched_until > now).values(dispatched_until=now))
            session.execute(update(Image).where(Image.not_before > now).values(not_before=now))
            session.execute(update(Page).where(Page.claimed_until > now).values(claimed_until=now))
            session.execute(update(Page).where(Page.names_due_at > now).values(names_due_at=now))
            session.execute(update(PictureName).where(PictureName.claimed_until > now).values(claimed_until=now))
            session.execute(update(Chore).where(Chore.claimed_until > now).values(claimed_until=now))
            session.execute(update(Lease).values(expires_at=now))

    def ended(self, job: Job, *, within: float = 60.0) -> Job:
        try:
            wait_until(lambda: self.fresh(job).state in JOB_ENDED, within=within, what="the job to end")
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.stuck(job)}") from None
        return self.fresh(job)

    def stuck(self, job: Job) -> list[str]:
        """What is known of the images that have not ended."""
        facts = ("position", "state", "attempt", "crashes", "dispatched_until", "not_before", "claimed_by")
        stuck = [image for image in self.images(job) if image.finished_at is None]
        return [", ".join(f"{name} {getattr(image, name)}" for name in facts) for image in stuck]

    def check(self, job: Job, *, asked: Asked | None = None) -> Job:
        """Wait for the end; then every invariant must hold. Answers the job."""
        ended = self.ended(job)
        check_invariants(ended, self.api.bill, asked=asked)
        check_ended(ended)
        assert wrong_moves() == []
        return ended

    def check_complete(self, job: Job) -> Job:
        """As `check`, and every image is completed."""
        ended = self.check(job)
        assert {state: count for state, count in ended.counts.items() if count} == {
            ImageState.COMPLETED: ended.total_images
        }
        return ended

    def person(self, *words: str, fail_points: Mapping[FailPoint, Failure] | None = None) -> int:
        """What a person asks for, in a process of its own (tests/chaos/person.py); answers its exit status."""
        env = {**environment(self.settings), **self.extra, **armed(fail_points or {})}
        argv = [sys.executable, "-m", "tests.chaos.person", *words]
        return subprocess.run(argv, env=env, cwd=PROJECT, check=False, timeout=60).returncode


def armed(fail_points: Mapping[FailPoint, Failure]) -> dict[str, str]:
    """The variable that switches these points on."""
    values = {point: failure.model_dump(mode="json") for point, failure in fail_points.items()}
    return {"PROOFSHEET_FAIL_POINTS": json.dumps(values)} if values else {}
