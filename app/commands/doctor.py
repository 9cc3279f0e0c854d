"""`proofsheet doctor`: what is configured, what can be reached, and what to do about the rest."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy import create_engine

from app.commands.acting import NO_SERVER, found_settings
from app.core.settings import Settings
from app.generation.choices import model_choices
from app.generation.room import disk_advice
from app.generation.studio import Studio, make_studio
from app.operations.health import Check, readiness

PROBLEMS = 1


@click.command()
def doctor() -> None:
    """Check configuration, database, Redis, store and models; say what to fix."""
    settings = found_settings()
    studio = make_studio(settings.model_copy(update={"redis_url": settings.redis_url or NO_SERVER}), staff=False)
    disk = Check("disk", disk_advice(studio))
    checks = [Check("configuration"), *_services(settings, studio), disk, _models(studio)]
    for check in checks:
        click.echo(f"{'ok  ' if check.well else 'FIX '} {check.name:14} {check.advice}".rstrip())
    for choice in model_choices(studio):
        click.echo(f"     model {choice.model.id}: {choice.reason or 'can be used'}")
    if not all(check.well for check in checks):
        sys.exit(PROBLEMS)


def _services(settings: Settings, studio: Studio) -> Sequence[Check]:
    missing = _missing_database(settings)
    engine = create_engine("sqlite://" if missing else settings.database)
    try:
        database, *others = readiness(engine, settings.redis_url, studio.storage)
    finally:
        engine.dispose()
    return [Check("database", missing) if missing else database, *others]


def _missing_database(settings: Settings) -> str:
    """Looking at a SQLite file that is not there would make an empty one."""
    path = settings.database.removeprefix("sqlite:///")
    if path == settings.database or Path(path).exists():
        return ""
    return f"There is no database at {path} yet. Run `proofsheet up` or `proofsheet migrate`."


def _models(studio: Studio) -> Check:
    usable = any(choice.reason is None for choice in model_choices(studio))
    return Check("models", "" if usable else "No model can be used. Set OPENAI_API_KEY.")
