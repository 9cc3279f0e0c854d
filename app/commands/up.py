"""`proofsheet up`: prepare the database, run everything, and say where to sign in."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from app import create_app
from app.accounts.first_administrator import ensure_first_administrator
from app.core.database import db
from app.core.migrate import upgrade
from app.core.settings import Settings, environment, load_settings
from app.processes import up
from app.publishing.tags import ensure_tags


class Preparation:
    """What has to be there before the processes start. `sign_in` is the first account, when it has just been made."""

    def __init__(self, settings: Settings) -> None:
        self.sign_in: tuple[str, str] | None = None
        self._settings = settings

    def run(self, environ: Mapping[str, str]) -> None:
        """Migrations, tags and the first administrator. Raises ConfigurationError, SQLAlchemyError."""
        upgrade(self._settings.database)
        app = create_app(self._settings.model_copy(update={"redis_url": environ["REDIS_URL"]}))
        with app.app_context():
            ensure_tags()
            self.sign_in = ensure_first_administrator(self._settings)
            db.engine.dispose()

    def announce(self) -> None:
        """The address, and once the sign-in: the password is kept nowhere in clear."""
        lines = ["", f"Proofsheet is ready: {self._settings.site_url}/login"]
        if self.sign_in:
            email, password = self.sign_in
            lines += [f"Sign in as {email} with the password {password}", "It is shown this once; change it there."]
        click.echo("\n".join([*lines, ""]))


def run(procfile: Path) -> int:
    """Run the application until it is stopped; answers the exit status."""
    settings = load_settings()
    preparation = Preparation(settings)
    return up(
        procfile=procfile,
        data_dir=settings.data_dir,
        env=environment(),
        redis_url=settings.redis_url,
        port=settings.port,
        prepare=preparation.run,
        announce=preparation.announce,
        out=sys.stdout,
    )
