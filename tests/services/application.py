"""The application on a real database and a real Valkey, and things to fill it with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from app import create_app
from app.accounts.models import Membership, User, Workspace
from app.accounts.passwords import hash_password
from app.audit.record import Actor
from app.core.database import db, transaction
from app.core.queue import install_sender
from app.core.settings import Settings
from app.generation.models import Job
from app.generation.submit import NewJob, create_job
from tests.services.templates import compiled_templates

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Team:
    """A workspace with one member of each role, and their ids."""

    workspace_id: UUID
    viewer: UUID
    editor: UUID
    owner: UUID

    @property
    def actor(self) -> Actor:
        return Actor(self.owner, "cli")


def make_settings(folder: Path, database_url: str, redis_url: str, **values: Any) -> Settings:
    """Settings for a test: quick demo pictures, everything below one folder."""
    defaults = {"data_dir": folder, "demo_latency_seconds": 0.0, "generate_threads": 8, "trusted_proxies": 0}
    return Settings(DATABASE_URL=database_url, REDIS_URL=redis_url, **{**defaults, **values})


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_url: str) -> Settings:
    return make_settings(tmp_path / "data", database_url, redis_url)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application with its context pushed; its messages go to the real Valkey."""
    install_sender(settings.redis_url)
    made = create_app(settings)
    made.jinja_env.bytecode_cache = compiled_templates
    made.testing = True
    with made.app_context():
        yield made
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def team(app: Flask) -> Team:
    return make_team("studio")


def make_team(name: str) -> Team:
    """A workspace and its three members; their e-mail addresses are <role>@<name>.example."""
    with transaction() as session:
        workspace = Workspace(name=name.title(), slug=name)
        session.add(workspace)
        session.flush()
        ids = {role: _member(workspace.id, role, name) for role in ("viewer", "editor", "owner")}
    return Team(workspace.id, **ids)


@cache
def hashed_password() -> str:
    """The hash of PASSWORD, made once because it takes long on purpose."""
    return hash_password(PASSWORD)


def _member(workspace_id: UUID, role: str, name: str) -> UUID:
    user = User(
        email=f"{role}@{name}.example",
        display_name=role.title(),
        handle=f"{role}-{name}",
        password_hash=hashed_password(),
    )
    db.session.add(user)
    db.session.flush()
    db.session.add(Membership(user_id=user.id, workspace_id=workspace_id, role=role))
    return user.id


MakeJob = Callable[..., Job]


@pytest.fixture
def make_job(team: Team) -> MakeJob:
    """Create a started job: `make_job(prompts=3, count=2, fallback_prompt="…")`."""

    def make(prompts: int | tuple[str, ...] = 3, count: int = 1, *, of: Team = team, **values: Any) -> Job:
        texts = (
            prompts if isinstance(prompts, tuple) else tuple(f"a lighthouse, number {n}" for n in range(1, prompts + 1))
        )
        order: dict[str, Any] = {
            "title": "A job",
            "model": "demo/painter",
            "quality": "low",
            "width": 1024,
            "height": 1024,
            "images_per_prompt": count,
            "visibility": "public",
            "generator": "Other",
            "form_token": uuid4().hex,
        }
        new = NewJob(prompts=texts, **{**order, **values})
        return create_job(new, workspace_id=of.workspace_id, user_id=of.owner, actor=of.actor)

    return make
