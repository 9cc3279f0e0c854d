"""The command `proofsheet`. What is foreseen ends in one sentence on standard error, never in a traceback."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import BadInput, ConfigurationError, NotThere, ProofsheetError, UnknownModel

PROCFILE = Path(__file__).resolve().parents[1] / "Procfile"
USAGE = 2
INTERRUPTED = 130
WRONG_USE = (BadInput, ConfigurationError, NotThere, UnknownModel)


class Lazily(click.Group):
    """Groups whose modules are imported only when they are used, so that `proofsheet up` starts at once."""

    further: Mapping[str, str] = {
        "jobs": "app.commands.jobs:jobs",
        "users": "app.commands.accounts:users",
        "workspaces": "app.commands.accounts:workspaces",
        "limits": "app.commands.limits:limits",
        "models": "app.commands.models:models",
        "providers": "app.commands.providers:providers",
        "storage": "app.commands.storage:storage",
        "doctor": "app.commands.doctor:doctor",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self.further])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.further:
            return super().get_command(ctx, cmd_name)
        from importlib import import_module

        module, _, name = self.further[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=Lazily)
def cli() -> None:
    """A self-hosted studio for making AI images in bulk."""


@cli.command()
@click.option(
    "--only",
    metavar="NAMES",
    help="Run only these processes of the Procfile, separated by commas: for one of several hosts.",
)
def up(only: str | None) -> None:
    """Run the whole application on this machine."""
    from app.commands.up import run

    sys.exit(run(PROCFILE, only=only))


@cli.command()
def migrate() -> None:
    """Bring the database to the version of this program."""
    from app.core.migrate import upgrade
    from app.core.settings import load_settings

    upgrade(load_settings().database)
    click.echo("The database is at the newest version.")


def main() -> None:
    """Run a command; foreseen errors become one sentence and an exit status."""
    try:
        status = cli.main(prog_name="proofsheet", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. What was started goes on.", err=True)
        sys.exit(INTERRUPTED)
    except BadInput as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(USAGE)
    except (SQLAlchemyError, RedisError) as error:
        click.echo(f"A service does not answer ({type(error).__name__}). `proofsheet doctor` says which.", err=True)
        sys.exit(1)
    except ProofsheetError as error:
        click.echo(error.message, err=True)
        sys.exit(USAGE if isinstance(error, WRONG_USE) else 1)
    sys.exit(status or 0)


if __name__ == "__main__":
    main()
