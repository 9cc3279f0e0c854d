"""`proofsheet up`: prepare the database, run everything, and say where to sign in."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from app.core.migrate import upgrade
from app.core.settings import Settings, environment, load_settings
from app.processes import up


def run(procfile: Path) -> int:
    """Run the application until it is stopped; answers the exit status."""
    settings = load_settings()
    sign_in: list[str] = []

    def prepare(_environment: Mapping[str, str]) -> None:
        upgrade(settings.database)
        sign_in.extend(_first_administrator(settings))

    def announce() -> None:
        click.echo(f"\nProofsheet is ready: {settings.site_url}/login")
        for line in sign_in:
            click.echo(line)
        click.echo("")

    return up(
        procfile=procfile,
        data_dir=settings.data_dir,
        env=environment(),
        redis_url=settings.redis_url,
        port=settings.port,
        prepare=prepare,
        announce=announce,
        out=sys.stdout,
    )
