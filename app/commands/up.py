"""`proofsheet up`: prepare the database, run everything, and say where to sign in."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from app import create_app
from app.accounts.first_administrator import ensure_first_administrator
from app.core.database import db
from app.core.errors import ConfigurationError
from app.core.migrate import upgrade
from app.core.settings import Settings, environment, load_settings
from app.processes import up
from app.publishing.tags import ensure_tags

WEB = "web"


class Preparation:
    """What has to be there before the processes start. `sign_in` is the first account, when it has just been made.

    only: the processes that this host runs; None for all.
    """

    def __init__(self, settings: Settings, only: tuple[str, ...] | None) -> None:
        self.sign_in: tuple[str, str] | None = None
        self._settings = settings
        self._only = only

    def run(self, environ: Mapping[str, str]) -> None:
        """Migrations, tags and the first administrator. Raises ConfigurationError, SQLAlchemyError."""
        upgrade(self._settings.database)
        app = create_app(self._settings.model_copy(update={"redis_url": environ["REDIS_URL"]}))
        with app.app_context():
            ensure_tags()
            # The password is shown once: where the address of the sign-in page is shown too.
            if self._serves_web:
                self.sign_in = ensure_first_administrator(self._settings)
            db.engine.dispose()

    def announce(self) -> None:
        """The address, and once the sign-in: the password is kept nowhere in clear."""
        if not self._serves_web:
            click.echo(f"\nProofsheet is ready on this host: {', '.join(self._only or ())}.\n")
            return
        lines = ["", f"Proofsheet is ready: {self._settings.site_url}/login"]
        if self.sign_in:
            email, password = self.sign_in
            lines += [f"Sign in as {email} with the password {password}", "It is shown this once; change it there."]
        click.echo("\n".join([*lines, ""]))

    @property
    def _serves_web(self) -> bool:
        return self._only is None or WEB in self._only


def run(procfile: Path, *, only: str | None = None) -> int:
    """Run the application until it is stopped; answers the exit status.

    only: names of processes, separated by commas. Raises ConfigurationError.
    """
    settings = load_settings()
    names = _names(only, settings)
    preparation = Preparation(settings, names)
    return up(
        procfile=procfile,
        data_dir=settings.data_dir,
        env=environment(),
        redis_url=settings.redis_url,
        port=settings.port,
        only=names,
        prepare=preparation.run,
        announce=preparation.announce,
        out=sys.stdout,
    )


def _names(only: str | None, settings: Settings) -> tuple[str, ...] | None:
    """The processes to run, None for all. A part of them is of use only to hosts that share everything."""
    if only is None:
        return None
    if settings.redis_url is None or settings.database.startswith("sqlite"):
        raise ConfigurationError(
            "--only is for hosts that work together: set REDIS_URL and a DATABASE_URL of PostgreSQL, the same on all."
        )
    return tuple(name.strip() for name in only.split(",") if name.strip())
