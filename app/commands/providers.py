"""`proofsheet providers …`: providers that have refused us, and going on with them."""

import click

from app.commands.acting import application
from app.commands.staff import OPERATOR
from app.core.filters import plural
from app.generation.switches import Resumed, resume_provider


@click.group()
def providers() -> None:
    """Providers that are paused because they refused a call."""


@providers.command()
@click.argument("name")
def resume(name: str) -> None:
    """Make calls to the provider NAME again, and let the jobs go on that its refusal has paused."""
    with application():
        click.echo(resumed_sentence(name, resume_provider(name, OPERATOR)))


def resumed_sentence(provider: str, resumed: Resumed) -> str:
    if not resumed.lifted and not resumed.jobs:
        return f"{provider} is not paused."
    return f"{provider} is asked again. {plural(resumed.jobs, 'job')} {'goes' if resumed.jobs == 1 else 'go'} on."
