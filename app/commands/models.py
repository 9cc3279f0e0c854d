"""`proofsheet models …`: which models can be used, switched without a restart."""

import json
from datetime import date

import click

from app.commands.acting import application
from app.commands.staff import OPERATOR, json_option
from app.core.errors import BadInput
from app.core.filters import plural
from app.generation.model_switches import ModelState, disable_model, enable_model, model_states, set_shutdown_date


@click.group()
def models() -> None:
    """Which models can be used."""


@models.command("list")
@json_option
def list_models(*, as_json: bool) -> None:
    """Show every model, and why one cannot be used."""
    with application():
        states = model_states()
    if as_json:
        click.echo(json.dumps({"models": [_facts(state) for state in states]}, ensure_ascii=False))
        return
    for state in states:
        ends = f"  (ends {state.model.shutdown_date})" if state.model.shutdown_date else ""
        click.echo(f"{state.model.id:32}  {state.reason or 'can be used'}{ends}")


@models.command()
@click.argument("model_id", metavar="ID")
@click.option("--reason", required=True, help="Shown where the model would be chosen, and on jobs that it pauses.")
def disable(model_id: str, reason: str) -> None:
    """Start no further call for the model ID, or for all models of the provider ID. Calls in flight finish."""
    with application():
        disable_model(model_id, reason, OPERATOR)
    click.echo(f"{model_id} is switched off. Its jobs pause.")


@models.command()
@click.argument("model_id", metavar="ID")
def enable(model_id: str) -> None:
    """Let the model (or provider) ID be used again; jobs that waited for it go on."""
    with application():
        resumed = enable_model(model_id, OPERATOR)
    click.echo(f"{model_id} is switched on. {_go_on(resumed)}")


@models.command()
@click.argument("model_id", metavar="ID")
@click.argument("day", metavar="DATE|none")
def shutdown(model_id: str, day: str) -> None:
    """Say from which DATE (2026-12-31) the provider ends the model ID; `none` goes back to the catalogue's."""
    with application():
        resumed = set_shutdown_date(model_id, _date(day), OPERATOR)
    said = "as the catalogue says" if day == "none" else f"ends on {day}"
    click.echo(f"{model_id}: {said}.{' ' + _go_on(resumed) if resumed else ''}")


def _date(text: str) -> date | None:
    if text == "none":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput([f"{text!r} is not a date such as 2026-12-31, and not `none`."]) from None


def _go_on(resumed: int) -> str:
    return f"{plural(resumed, 'job')} {'goes' if resumed == 1 else 'go'} on."


def _facts(state: ModelState) -> dict[str, object]:
    model = state.model
    return {
        "id": model.id,
        "label": model.label,
        "usable": state.reason is None,
        "reason": state.reason,
        "images_per_minute": model.images_per_minute,
        "disabled_reason": model.disabled_reason,
        "shutdown_date": model.shutdown_date.isoformat() if model.shutdown_date else None,
    }
