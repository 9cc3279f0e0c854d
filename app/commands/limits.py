"""`proofsheet limits …`: how fast providers are asked, read and changed while everything runs."""

import json

import click

from app.commands.acting import application
from app.commands.staff import OPERATOR, json_option
from app.core.filters import number
from app.generation.model_switches import ModelState, model_states, set_limit
from app.generation.pace import Pace, paces


@click.group()
def limits() -> None:
    """How many images a minute the providers are asked for."""


@limits.command("list")
@json_option
def list_limits(*, as_json: bool) -> None:
    """Show every model's limit, and what the limiter is doing now."""
    with application():
        states, lanes = model_states(), paces()
        if as_json:
            click.echo(json.dumps({"models": [_limit_facts(state) for state in states], "lanes": _lanes(lanes)}))
            return
        for state in states:
            note = f"  (configured: {number(state.configured_per_minute)})" if state.differs else ""
            click.echo(f"{state.model.id:32}  {number(state.model.images_per_minute):>8} a minute{note}")
        for lane in lanes:
            click.echo(f"{lane.provider:32}  {_doing(lane)}")


@limits.command("set")
@click.argument("name")
@click.argument("per_minute", type=float)
def set_to(name: str, per_minute: float) -> None:
    """Let NAME (a model id, or a provider for each of its models) make PER_MINUTE images a minute."""
    with application():
        set_limit(name, per_minute, OPERATOR)
    click.echo(f"{name}: {number(per_minute)} images a minute, within two seconds.")


@limits.command()
@click.argument("name")
def reset(name: str) -> None:
    """Go back to the configured limit of NAME."""
    with application():
        set_limit(name, None, OPERATOR)
    click.echo(f"{name}: as configured.")


def _limit_facts(state: ModelState) -> dict[str, object]:
    return {
        "model": state.model.id,
        "images_per_minute": state.model.images_per_minute,
        "configured_images_per_minute": state.configured_per_minute,
    }


def _lanes(lanes: list[Pace]) -> list[dict[str, object]]:
    return [{name: getattr(lane, name) for name in Pace.__slots__} for lane in lanes]


def _doing(lane: Pace) -> str:
    """One line about a lane; what the limiter could not be asked is left out."""
    facts = [f"{lane.in_flight} of {lane.slots} calls in flight"]
    if lane.current_per_minute is not None:
        facts.append(f"starts at {number(lane.current_per_minute)} a minute")
    if lane.waits_seconds:
        facts.append(f"waits {lane.waits_seconds:.0f} s because the provider asked for it")
    if lane.refusals_last_minute:
        facts.append(f"{lane.refusals_last_minute} refusals in the last minute")
    return ", ".join(facts)
