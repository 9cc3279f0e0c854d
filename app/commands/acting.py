"""The application as the operator uses it from the command line: its services, the workspace, and who acts."""

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import structlog
from redis.exceptions import RedisError
from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from app import create_app
from app.accounts.models import Membership, User, Workspace
from app.audit.record import Actor
from app.core.database import db
from app.core.errors import ConfigurationError, NotThere
from app.core.migrate import is_current
from app.core.queue import install_sender
from app.core.redis import redis_client
from app.core.settings import Settings, load_settings
from app.processes.valkey import running_url

NOT_RUNNING = "Nothing runs on {folder}: jobs wait there until `proofsheet up` is started (or set REDIS_URL)."
NO_SERVER = "redis://127.0.0.1:1/0"
"""An address at which nothing answers, for commands that work on the rows alone."""


@dataclass(frozen=True, slots=True)
class Operator:
    """In whose name and where a command acts."""

    workspace: Workspace
    user: User

    @property
    def actor(self) -> Actor:
        return Actor(self.user.id, "cli")


def found_settings() -> Settings:
    """The settings of this machine, where without REDIS_URL the server counts that `proofsheet up` runs for its data.

    `redis_url` stays None when nothing runs.
    """
    settings = load_settings()
    if settings.redis_url:
        return settings
    url = running_url(settings.data_dir / "valkey")
    return settings.model_copy(update={"redis_url": url if url and _answers(url) else None})


@contextmanager
def application() -> Iterator[Settings]:
    """The application's context, with a broker so that commands can send work.

    Says on standard error when nothing runs that could do it. Raises ConfigurationError when the database is not ready.
    """
    settings = found_settings()
    check_database(settings)
    if settings.redis_url is None:
        click.echo(NOT_RUNNING.format(folder=settings.data_dir.resolve()), err=True)
        settings = settings.model_copy(update={"redis_url": NO_SERVER})
    install_sender(settings.redis_url)
    app = create_app(settings)
    _quiet()
    with app.app_context():
        yield settings


def check_database(settings: Settings) -> None:
    """Raises ConfigurationError when the database is missing, cannot be reached or is of another version."""
    if settings.database.startswith("sqlite:///") and not Path(settings.database.removeprefix("sqlite:///")).exists():
        raise ConfigurationError(
            f"There is no database at {settings.database.removeprefix('sqlite:///')}. Run `proofsheet up` first, "
            "or set PROOFSHEET_DATA_DIR or DATABASE_URL to where it is."
        )
    engine = create_engine(settings.database)
    try:
        with engine.connect() as connection:
            current = is_current(connection)
    except SQLAlchemyError as error:
        raise ConfigurationError(
            f"The database cannot be reached ({type(error).__name__}). Check DATABASE_URL."
        ) from error
    finally:
        engine.dispose()
    if not current:
        raise ConfigurationError("The database is not at this version. Run `proofsheet migrate`.")


def find_operator(workspace: str | None, email: str | None) -> Operator:
    """Where and as whom: the named ones, else the only or first workspace and the first administrator.

    Raises NotThere with a sentence that names what is missing.
    """
    found = _workspace(workspace)
    return Operator(found, _user(email, found.id))


def _answers(url: str) -> bool:
    """A supervisor that was killed leaves the address of its server behind."""
    try:
        return bool(redis_client(url).ping())
    except RedisError:
        return False


def _workspace(name: str | None) -> Workspace:
    query = select(Workspace).order_by(Workspace.id)
    if name is not None:
        query = query.where((Workspace.slug == name) | (func.lower(Workspace.name) == name.lower()))
    workspace = db.session.scalars(query.limit(1)).first()
    if workspace is None:
        raise NotThere(
            f"There is no workspace “{name}”. `proofsheet workspaces list` shows them."
            if name
            else "There is no workspace yet. Run `proofsheet up` once, or `proofsheet workspaces add`."
        )
    return workspace


def _user(email: str | None, workspace_id: UUID) -> User:
    if email is not None:
        user = db.session.scalars(select(User).where(User.email == email.strip().lower())).one_or_none()
        if user is None:
            raise NotThere(f"There is no user {email}. `proofsheet users list` shows them.")
        return user
    member = select(Membership.user_id).where(Membership.workspace_id == workspace_id)
    query = select(User).where(User.is_active).order_by(User.is_staff.desc(), User.id.in_(member).desc(), User.id)
    user = db.session.scalars(query.limit(1)).first()
    if user is None:
        raise NotThere("There is no user yet. Run `proofsheet up` once, or `proofsheet users add`.")
    return user


def _quiet() -> None:
    """A command's own sentences are enough: log lines below a warning are for servers."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def operated(command: Callable[..., None]) -> Callable[..., None]:
    """For a command that acts in a workspace: adds --workspace and --user, and hands it the Operator first."""

    @click.option("--workspace", help="Slug or name. Default: the only one, or the first.")
    @click.option("--user", "email", help="E-mail of who acts. Default: the first administrator.")
    @functools.wraps(command)
    def run(*, workspace: str | None, email: str | None, **arguments: Any) -> None:
        with application():
            command(find_operator(workspace, email), **arguments)

    return run
