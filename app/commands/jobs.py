"""`proofsheet jobs …`: make, watch and steer jobs.

Exit status: 0 what was asked happened, 2 wrong usage, 3 the job ended without all its images, 4 it is paused. Progress
and remarks go to standard error; standard output holds the answer alone.
"""

import json
import sys
from typing import TextIO
from uuid import UUID, uuid4

import click
from sqlalchemy import select

from app.commands.acting import Operator, operated
from app.commands.image_commands import attempts, check, rerun
from app.commands.job_facts import images_facts, job_facts
from app.commands.progress import details, follow
from app.commands.prompt_file import read_prompt_file
from app.core.database import db
from app.core.filters import moment, money, plural, words
from app.generation import control
from app.generation.choices import first_usable, fitting_quality, fitting_size
from app.generation.failures import RETRYABLE, failed_kinds, failure_words, left_out_sentence
from app.generation.models import Job
from app.generation.naming import cancelled_sentence, default_title, stopped_sentence
from app.generation.priority import PRIORITIES
from app.generation.queries import get_job
from app.generation.states import JobState, Mark
from app.generation.studio import studio
from app.generation.submit import NewJob, create_job
from app.providers.catalogue import Model, Size

WITHOUT_ALL_IMAGES = 3
PAUSED = 4
LISTED = 50

job_id_argument = click.argument("job_id", type=click.UUID, metavar="ID")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")


@click.group()
def jobs() -> None:
    """Make, watch and steer jobs."""


for of_one_image in (attempts, check, rerun):
    jobs.add_command(of_one_image)


@jobs.command()
@click.option("--prompts", type=click.File("r", encoding="utf-8-sig"), required=True, help="File; - is standard input.")
@click.option("--model", "model_id", help="Such as demo/painter. Default: the first that can be used.")
@click.option("--quality", help="Default: medium, or the model's own default.")
@click.option("--size", help="Such as 1536x1024. Default: 1024x1024, or the nearest the model makes.")
@click.option("--count", type=click.IntRange(1, 10), default=1, show_default=True, help="Images per prompt.")
@click.option("--visibility", type=click.Choice(["public", "private"]), default="public", show_default=True)
@click.option("--priority", type=click.Choice(list(PRIORITIES)), default="normal", show_default=True)
@click.option(
    "--start-as", type=click.Choice(["unmarked", "kept"]), default="unmarked", show_default=True, help="New pictures."
)
@click.option("--title", default="", help="Default: the first prompt and the date.")
@click.option("--watch", "stay", is_flag=True, help="Stay until the job ends or is paused.")
@json_option
@operated
def create(
    operator: Operator,
    *,
    prompts: TextIO,
    model_id: str | None,
    quality: str | None,
    size: str | None,
    count: int,
    visibility: str,
    priority: str,
    start_as: str,
    title: str,
    stay: bool,
    as_json: bool,
) -> None:
    """Make a job from a file of prompts: `---` between prompts, or .csv or .jsonl with a column `prompt`.

    A column `fallback_prompt` holds what is sent, once, instead of a prompt that is refused.
    """
    file = read_prompt_file(prompts)
    model = studio().catalogue.model(model_id) if model_id else first_usable(studio())
    pixels = _size(size, model)
    order = NewJob(
        title=title or default_title(file.prompts),
        prompts=file.prompts,
        prompt_fallbacks=file.fallbacks,
        model=model.id,
        quality=quality or fitting_quality(model, "medium"),
        width=pixels.width,
        height=pixels.height,
        images_per_prompt=count,
        visibility=visibility,
        priority=PRIORITIES[priority],
        default_mark=Mark.KEEP if start_as == "kept" else Mark.NONE,
        generator=model.generator,
        form_token=str(uuid4()),
    )
    job = create_job(order, workspace_id=operator.workspace.id, user_id=operator.user.id, actor=operator.actor)
    _remark(
        f"Job {job.id}: {plural(job.total_prompts, 'prompt')}, {plural(job.total_images, 'image')}, "
        f"estimated cost {money(job.estimated_cost)}."
    )
    if stay:
        _watch(job.id, operator, as_json=as_json)
    else:
        _answer(job, as_json=as_json)


@jobs.command()
@job_id_argument
@click.option("--images", is_flag=True, help="Also list every image.")
@json_option
@operated
def show(operator: Operator, *, job_id: UUID, images: bool, as_json: bool) -> None:
    """Show one job."""
    _answer(get_job(job_id, operator.workspace.id), as_json=as_json, images=images)


@jobs.command("list")
@click.option("--state", type=click.Choice([state.value for state in JobState]), help="Only jobs in this state.")
@json_option
@operated
def list_jobs(operator: Operator, *, state: str | None, as_json: bool) -> None:
    """List the newest jobs."""
    mine = (Job.workspace_id == operator.workspace.id, Job.deleted_at.is_(None))
    query = select(Job).where(*mine).order_by(Job.id.desc()).limit(LISTED)
    found = db.session.scalars(query.where(Job.state == state) if state else query).all()
    if as_json:
        _print_json({"jobs": [job_facts(job) for job in found]})
        return
    if not found:
        _remark("There are no such jobs." if state else "There are no jobs yet.")
    for job in found:
        click.echo(f"{job.id}  {words(job.state):16}  {job.progress_percent:3} %  {job.title}")


@jobs.command()
@job_id_argument
@json_option
@operated
def watch(operator: Operator, *, job_id: UUID, as_json: bool) -> None:
    """Stay with a job until it ends or is paused."""
    _watch(job_id, operator, as_json=as_json)


@jobs.command()
@job_id_argument
@json_option
@operated
def cancel(operator: Operator, *, job_id: UUID, as_json: bool) -> None:
    """Start no further image; what is paid for is kept."""
    answer = control.cancel_job(job_id, workspace_id=operator.workspace.id, actor=operator.actor)
    _remark(cancelled_sentence(answer))
    _answer(get_job(job_id, operator.workspace.id), as_json=as_json)


@jobs.command()
@job_id_argument
@json_option
@operated
def stop(operator: Operator, *, job_id: UUID, as_json: bool) -> None:
    """Finish the prompts that have begun; start no other."""
    answer = control.stop_after_current(job_id, workspace_id=operator.workspace.id, actor=operator.actor)
    _remark(stopped_sentence(answer))
    _answer(get_job(job_id, operator.workspace.id), as_json=as_json)


@jobs.command()
@job_id_argument
@json_option
@operated
def pause(operator: Operator, *, job_id: UUID, as_json: bool) -> None:
    """Start no further image until the job is resumed."""
    control.pause_job(job_id, workspace_id=operator.workspace.id, actor=operator.actor)
    _answer(get_job(job_id, operator.workspace.id), as_json=as_json)


@jobs.command()
@job_id_argument
@json_option
@operated
def resume(operator: Operator, *, job_id: UUID, as_json: bool) -> None:
    """Let a paused job go on."""
    control.resume_job(job_id, workspace_id=operator.workspace.id, actor=operator.actor)
    _answer(get_job(job_id, operator.workspace.id), as_json=as_json)


@jobs.command()
@job_id_argument
@click.option(
    "--error-type",
    "error_types",
    multiple=True,
    help="Only failures of this class; may be repeated. Default: those that may work as they are.",
)
@click.option("--may-bill-twice", is_flag=True, help="Also those whose answer was lost: they may have been billed.")
@json_option
@operated
def retry(
    operator: Operator, *, job_id: UUID, error_types: tuple[str, ...], may_bill_twice: bool, as_json: bool
) -> None:
    """Run the failed images of an ended job again."""
    wanted = frozenset(error_types) or RETRYABLE
    failures = failed_kinds(get_job(job_id, operator.workspace.id).error_summary)
    if left_out := sorted(failures.keys() - wanted):
        options = " ".join(f"--error-type {kind}" for kind in left_out)
        _remark(f"{left_out_sentence(failures, wanted)} Run them again all the same with {options}.")
    count = control.retry_failed(
        job_id,
        workspace_id=operator.workspace.id,
        actor=operator.actor,
        error_types=wanted,
        may_bill_twice=may_bill_twice,
    )
    _remark(f"{plural(count, 'image')} will run again.")
    _answer(get_job(job_id, operator.workspace.id), as_json=as_json)


def _size(text: str | None, model: Model) -> Size:
    """The size as typed, or the model's nearest to a square when none was asked for."""
    if text is None:
        return fitting_size(model, "1024x1024")
    try:
        return model.size(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="--size") from None


def _watch(job_id: UUID, operator: Operator, *, as_json: bool) -> None:
    job = follow(job_id, operator.workspace.id)
    _answer(job, as_json=as_json)
    if job.state == JobState.PAUSED:
        _remark(f"{job.pause_reason or 'It is paused.'} Go on with `proofsheet jobs resume {job.id}`.")
        sys.exit(PAUSED)
    if job.state != JobState.COMPLETED:
        sys.exit(WITHOUT_ALL_IMAGES)


def _answer(job: Job, *, as_json: bool, images: bool = False) -> None:
    if as_json:
        _print_json(job_facts(job) | ({"images": images_facts(job)} if images else {}))
        return
    click.echo(f"{job.id}  {job.title}")
    click.echo(
        f"{words(job.state)}: {job.completed_count} of {plural(job.total_images, 'image')} completed{details(job)}"
    )
    click.echo(
        f"cost {money(job.actual_cost)}, estimated {money(job.estimated_cost)}; created {moment(job.created_at)}"
    )
    for kind, failures in job.error_summary.items():
        click.echo(f"{failure_words(kind)}: {plural(failures['count'], 'image')}, such as: {failures['message']}")
    for image in images_facts(job) if images else []:
        problem = f"  {image['error_type']}: {image['error_message']}" if image["error_type"] else ""
        click.echo(f"{image['id']}  {image['prompt_order']}.{image['variation']}  {image['state']}{problem}")


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


def _remark(sentence: str) -> None:
    click.echo(sentence, err=True)
