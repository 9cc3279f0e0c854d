"""A complete installation: one database, one store, and for each host a data folder and the Procfile's processes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select

from app import create_app
from app.audit.record import Actor
from app.core.database import db
from app.core.queue import install_sender
from app.core.settings import Settings
from app.generation.model_switches import set_limit
from app.generation.models import Asset, Image, Job
from app.generation.states import ImageState
from app.generation.submit import NewJob, create_job
from bench.provider import KEY, Provider
from bench.services import Services
from bench.waiting import wait_for
from tests.services.application import Team, make_settings, make_team
from tests.services.workers import KINDS, Workers

MODEL = "openai/gpt-image-2.5-flare"

CATALOGUE = """\
[models."{model}"]
sizes = ["1024x1024", "256x256"]
latency_seconds = {latency}
max_in_flight = {threads}
"""


@dataclass(frozen=True, slots=True)
class Setup:
    """`latency`: the p95 that the catalogue says, seconds. `side`: pixels of the square pictures, 256 or 1024."""

    per_minute: float
    latency: float
    side: int = 256
    threads: int = 96
    hosts: int = 1


class Host(Workers):
    """The processes of one host."""

    @property
    def pids(self) -> dict[str, int]:
        """The leader of each kind."""
        return {kind: process.pid for kind, process in self._running.items()}


class Installation:
    """`with Installation(…) as installation:` — jobs are submitted from this process, as the command line does."""

    def __init__(self, services: Services, provider: Provider, setup: Setup) -> None:
        self.setup = setup
        self.hosts: list[Host] = []
        self._services, self._provider = services, provider
        self._shared = services.folder()
        self._database = services.database()
        self._teams: dict[str, Team] = {}

    def __enter__(self) -> Self:
        self._services.valkey.empty()
        with ExitStack() as stack:
            stack.enter_context(opened(self._settings_of(1, self.setup.per_minute)))
            for number in range(1, self.setup.hosts + 1):
                host = Host(self._settings_of(number, self.setup.per_minute), self._services.guard)
                self.hosts.append(host)
                stack.callback(host.kill)
                host.start()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def submit(self, images: int, *, workspace: str = "studio", name: str = "picture") -> UUID:
        """Create and start a job; every prompt is another one, and begins with `name`."""
        if workspace not in self._teams:
            self._teams[workspace] = make_team(workspace)
        return submit(self._teams[workspace], images, name=name, side=self.setup.side)

    def wait(self, job_id: UUID, *, within: float) -> Job:
        """The job once it has ended. Raises TimeoutError with what is known of it."""
        try:
            wait_for(lambda: self.job(job_id).finished_at, within=within, what="the job to end")
        except TimeoutError as error:
            raise TimeoutError(f"{error}: {self.job(job_id).counts}; {self._complaints()}") from None
        return self.job(job_id)

    def _complaints(self) -> str:
        """The last warnings and errors of the processes."""
        lines = [line.strip() for host in self.hosts for line in host.output if "warning" in line or "error" in line]
        return " / ".join(lines[-3:]) or "no complaints"

    def run(self, images: int, *, name: str = "warm-up", within: float = 60) -> Job:
        """A whole job. The first one also makes the processes import what they use."""
        return self.wait(self.submit(images, name=name), within=within)

    def job(self, job_id: UUID) -> Job:
        db.session.rollback()
        return db.session.get_one(Job, job_id, populate_existing=True)

    def completed(self, job_id: UUID | None = None) -> list[Image]:
        """All completed images, or those of one job, in the order of their completion."""
        db.session.rollback()
        query = select(Image).where(Image.state == ImageState.COMPLETED).order_by(Image.finished_at)
        if job_id is not None:
            query = query.where(Image.job_id == job_id)
        return list(db.session.scalars(query.execution_options(populate_existing=True)))

    def originals(self, most: int) -> list[bytes]:
        """The bytes of the newest stored originals."""
        return [path.read_bytes() for path in self.original_files(most)]

    def original_files(self, most: int) -> list[Path]:
        """The newest stored originals."""
        db.session.rollback()
        keys = db.session.scalars(select(Asset.key).order_by(Asset.id.desc()).limit(most)).all()
        return [self._shared / "media" / key for key in keys]

    def pids(self) -> dict[str, list[int]]:
        """Leaders by kind of process, over all hosts."""
        return {kind: [host.pids[kind] for host in self.hosts] for kind in KINDS}

    def change_limit(self, per_minute: float) -> None:
        """Tell the engine of a new limit as staff do, while everything runs."""
        set_limit("openai", per_minute, Actor(None, "cli"))

    def _settings_of(self, number: int, per_minute: float) -> Settings:
        return make_settings(
            self._shared / f"host-{number}",
            self._database,
            self._services.valkey.url,
            STORAGE_URL=f"file://{self._shared / 'media'}",
            OPENAI_API_KEY=KEY,
            OPENAI_BASE_URL=self._provider.base_url,
            images_per_minute={"openai": per_minute},
            generate_threads=self.setup.threads,
            catalogue=catalogue(self._shared, self.setup),
        )


@contextmanager
def opened(settings: Settings) -> Iterator[Flask]:
    """The application with its context pushed; its messages go to the workers' Valkey."""
    install_sender(settings.redis_url)
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def submit(team: Team, images: int, *, name: str, side: int, model: str = MODEL) -> UUID:
    """A job of that many prompts, one picture each."""
    order = NewJob(
        title=name,
        prompts=tuple(f"{name}, number {number}" for number in range(1, images + 1)),
        model=model,
        quality="low",
        width=side,
        height=side,
        images_per_prompt=1,
        visibility="private",
        generator="Other",
        form_token=uuid4().hex,
    )
    return create_job(order, workspace_id=team.workspace_id, user_id=team.owner, actor=team.actor).id


def catalogue(folder: Path, setup: Setup) -> Path:
    """A catalogue with small pictures, and with the latency that this run's provider has."""
    path = folder / "catalogue.toml"
    path.write_text(CATALOGUE.format(model=MODEL, latency=setup.latency, threads=setup.threads), encoding="utf-8")
    return path
