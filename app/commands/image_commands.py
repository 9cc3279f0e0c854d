"""`proofsheet jobs attempts|check|rerun IMAGE`: one image of a job. `jobs show ID --images` lists their ids."""

import json
from typing import Any
from uuid import UUID

import click

from app.commands.acting import Operator, operated
from app.commands.job_facts import attempts_facts, image_facts
from app.core.filters import money
from app.generation.check_again import check_again
from app.generation.models import Image
from app.generation.queries import get_image
from app.generation.reroute import route_to
from app.generation.rerun import rerun_image

image_id_argument = click.argument("image_id", type=click.UUID, metavar="IMAGE")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")


@click.command()
@image_id_argument
@json_option
@operated
def attempts(operator: Operator, *, image_id: UUID, as_json: bool) -> None:
    """List every call made for an image."""
    get_image(image_id, operator.workspace.id)
    facts = attempts_facts(image_id)
    if as_json:
        _print_json({"id": str(image_id), "attempts": facts})
        return
    for attempt in facts:
        what = f": {attempt['error_message']}" if attempt["error_message"] else ""
        click.echo(f"{attempt['number']}  {attempt['outcome']}  {attempt['sent_at'] or 'never sent'}{what}")


@click.command()
@image_id_argument
@json_option
@operated
def check(operator: Operator, *, image_id: UUID, as_json: bool) -> None:
    """Look again for the picture of an image whose answer was lost; it is never sent again."""
    checked = check_again(image_id, workspace_id=operator.workspace.id, actor=operator.actor)
    click.echo(checked.sentence, err=True)
    _answer(get_image(image_id, operator.workspace.id), as_json=as_json, found=checked.found)


@click.command()
@image_id_argument
@click.option("--prompt", help="Another prompt, for this image alone.")
@click.option("--model", "model_id", help="Another model, such as demo/painter; quality and size become its nearest.")
@click.option("--anew", is_flag=True, help="Make a new picture although the one that failed to be stored is kept.")
@click.option("--may-bill-twice", is_flag=True, help="Run an image again whose answer was lost.")
@json_option
@operated
def rerun(
    operator: Operator,
    *,
    image_id: UUID,
    prompt: str | None,
    model_id: str | None,
    anew: bool,
    may_bill_twice: bool,
    as_json: bool,
) -> None:
    """Run one failed, unknown or cancelled image again."""
    if model_id:
        route = route_to(get_image(image_id, operator.workspace.id), model_id)
        click.echo(f"On {route.text}: {money(route.cost)}.", err=True)
    rerun_image(
        image_id,
        workspace_id=operator.workspace.id,
        actor=operator.actor,
        prompt=prompt,
        model=model_id,
        anew=anew,
        may_bill_twice=may_bill_twice,
    )
    click.echo("The image will run again.", err=True)
    _answer(get_image(image_id, operator.workspace.id), as_json=as_json)


def _answer(image: Image, *, as_json: bool, **further: Any) -> None:
    if as_json:
        _print_json(image_facts(image) | further)
    else:
        click.echo(f"{image.id}  {image.prompt_order}.{image.variation}  {image.state}")


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
