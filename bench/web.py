"""The web process by the Procfile's own command, and the application in this process on the same database."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from flask import Flask

from app.accounts.access import SESSION_COOKIE
from app.accounts.sessions import open_session
from app.core.database import transaction
from app.processes.procfile import read_procfile
from bench.installation import opened
from bench.program import PROJECT, Program
from bench.services import Services
from bench.waiting import wait_for
from tests.services.application import Team, make_settings, make_team
from tests.services.workers import environment


@dataclass(frozen=True, slots=True)
class Web:
    """`address` is where the web process answers; `app` is the same application here."""

    app: Flask
    address: str
    team: Team

    def cookie(self) -> dict[str, str]:
        """A signed-in editor, as a browser keeps it."""
        return {"name": SESSION_COOKIE, "value": self.token(), "url": self.address}

    def token(self) -> str:
        with transaction():
            return open_session(self.team.editor, workspace_id=self.team.workspace_id)


@contextmanager
def web(services: Services) -> Iterator[Web]:
    """An empty studio with one team."""
    settings = make_settings(services.folder(), services.database(), services.valkey.url)
    port = _free_port()
    env = {**environment(settings), "PORT": str(port)}
    with opened(settings) as app, Program(services.guard, read_procfile(PROJECT / "Procfile", env)["web"], env=env):
        wait_for(lambda: _answers(port), within=30, what="the web process to answer")
        yield Web(app, f"http://127.0.0.1:{port}", make_team("studio"))


def job_path(job_id: UUID) -> str:
    return f"/jobs/{job_id}/"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
