"""The form of a new job with its live preview, and what a person can do to a job."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import current_actor, current_user, current_workspace, editor, viewer
from app.core.errors import BadInput, Conflict, TooMany
from app.core.filters import plural
from app.core.web import htmx_request
from app.generation import control, listing, submit
from app.generation.choices import model_choices
from app.generation.example import example
from app.generation.failures import RETRYABLE, failed_kinds, failure_words, lasting, left_out_sentence
from app.generation.forms import Filled
from app.generation.generators import generators
from app.generation.models import Job
from app.generation.naming import cancelled_sentence
from app.generation.preview import Preview, order_of
from app.generation.preview import preview as look_at
from app.generation.queries import get_job
from app.generation.states import JOB_ENDED, JobState
from app.generation.studio import studio

blueprint = Blueprint("generation", __name__)
blueprint.add_app_template_filter(failure_words)
blueprint.add_app_template_filter(failed_kinds)
blueprint.add_app_template_filter(lasting)

NOTHING_TO_RETRY = (
    "What failed here would fail in the same way again. Start a new job with other prompts, "
    "or choose the images to run again on the contact sheet."
)


@blueprint.get("/jobs/")
@viewer
def job_list() -> ResponseReturnValue:
    """Every active job, live, and the ended ones page by page."""
    workspace_id, filters = current_workspace().id, _filters()
    active, ended = listing.active_jobs(workspace_id), listing.ended_jobs(workspace_id, filters)
    first_time = not (active or ended.jobs or listing.has_jobs(workspace_id))
    return render_template(
        "generation/list.html",
        **_listed(active, ended, filters),
        states=sorted(JOB_ENDED),
        example=example(studio()) if first_time else None,
        first_time=first_time,
    )


@blueprint.get("/jobs/active")
@viewer
def active_jobs() -> ResponseReturnValue:
    """The active jobs as they are now, 304 when nothing changed; with the ended ones when one has joined them."""
    workspace_id, filters = current_workspace().id, _filters()
    active, ended = listing.active_jobs(workspace_id), listing.ended_jobs(workspace_id, filters)
    shown = _listed(active, ended, filters)
    known = request.headers.get("HX-PTag", "")
    if known == shown["tag"]:
        return "", 304
    same_ended = known.partition(".")[2] == shown["tag"].partition(".")[2]
    response = make_response(render_template("generation/_active_answer.html", **shown, same_ended=same_ended))
    response.headers["HX-PTag"] = shown["tag"]
    return response


@blueprint.get("/jobs/new")
@editor
def new_job() -> ResponseReturnValue:
    """An empty form with the proposals of the first usable model."""
    return _form_page(look_at(studio(), Filled.empty(studio())))


@blueprint.post("/jobs/")
@editor
def create_job() -> ResponseReturnValue:
    """Start the job; the same form token starts one job however often it is sent. 422 with everything typed kept."""
    seen = look_at(studio(), Filled.read(request.form))
    if not seen.startable:
        return _form_page(seen, checked=True), 422
    try:
        job = submit.create_job(
            order_of(seen), workspace_id=current_workspace().id, user_id=current_user().id, actor=current_actor()
        )
    except BadInput as error:
        return _form_page(seen, checked=True, further=error.problems), 422
    except TooMany as error:
        if htmx_request():  # the page keeps its form, and the sentence becomes a toast
            raise
        page = _form_page(seen, checked=True, further=[error.message])
        return page, error.status_code, {"Retry-After": str(max(1, round(error.retry_after)))}
    return _go_to(url_for("curation.sheet", job_id=job.id))


@blueprint.post("/jobs/preview")
@editor
def preview() -> ResponseReturnValue:
    """What the form would start. For htmx the parts that follow the fields, else the whole page again.

    `convert` turns the prompts over to the other way of typing, `remove_duplicates` drops later repetitions.
    """
    filled, removed = Filled.read(request.form).fitted(studio()), 0
    if "convert" in request.form:
        filled = filled.converted()
    if "remove_duplicates" in request.form:
        filled, removed = filled.without_duplicates()
    seen = look_at(studio(), filled)
    if not htmx_request():
        return _form_page(seen, removed=removed)
    return render_template(
        "generation/_preview_answer.html",
        **_shown(seen, removed=removed),
        prompts_changed="convert" in request.form or removed > 0,
        choices_changed=request.form.get("choices_for") != filled.model,
    )


@blueprint.post("/jobs/<uuid:job_id>/pause")
@editor
def pause_job(job_id: UUID) -> ResponseReturnValue:
    control.pause_job(job_id, workspace_id=current_workspace().id, actor=current_actor())
    return _done(job_id, "Paused. Pictures already on the way still arrive.")


@blueprint.post("/jobs/<uuid:job_id>/resume")
@editor
def resume_job(job_id: UUID) -> ResponseReturnValue:
    control.resume_job(job_id, workspace_id=current_workspace().id, actor=current_actor())
    return _done(job_id, "The job goes on.")


@blueprint.get("/jobs/<uuid:job_id>/cancel")
@editor
def ask_cancel(job_id: UUID) -> ResponseReturnValue:
    """The question before cancelling, for browsers without JavaScript; the others ask in a dialog."""
    job = get_job(job_id, current_workspace().id)
    return render_template("generation/cancel.html", job=job, back=request.args.get("back", ""))


@blueprint.post("/jobs/<uuid:job_id>/cancel")
@editor
def cancel_job(job_id: UUID) -> ResponseReturnValue:
    answer = control.cancel_job(job_id, workspace_id=current_workspace().id, actor=current_actor())
    return _done(job_id, cancelled_sentence(answer))


@blueprint.post("/jobs/<uuid:job_id>/retry")
@editor
def retry_failed(job_id: UUID) -> ResponseReturnValue:
    """Run failed images again: those that may work as they are, or with `choose` those of the ticked classes."""
    chosen = frozenset(request.form.getlist("error_type")) if "choose" in request.form else RETRYABLE
    if not chosen:
        raise BadInput(["Choose at least one kind of failure."])
    failures = failed_kinds(get_job(job_id, current_workspace().id).error_summary)
    if failures and chosen.isdisjoint(failures):
        raise Conflict(NOTHING_TO_RETRY)
    count = control.retry_failed(job_id, workspace_id=current_workspace().id, actor=current_actor(), error_types=chosen)
    sentence = f"{plural(count, 'image')} will run again. {left_out_sentence(failures, chosen)}"
    return _done(job_id, sentence.strip(), closeDialog={})


@blueprint.post("/images/<uuid:image_id>/rerun")
@editor
def rerun_image(image_id: UUID) -> ResponseReturnValue:
    """Run an image again; with the field `prompt`, with that prompt instead of its own."""
    typed = request.form.get("prompt")
    prompt = None if typed is None else typed.replace("\r\n", "\n")
    job = control.rerun_image(image_id, workspace_id=current_workspace().id, actor=current_actor(), prompt=prompt)
    return _done(job.id, "The image will run again.")


def _filters() -> listing.Filters:
    """The filters of the address; what is none of ours filters nothing."""
    state, before = request.args.get("state", ""), request.args.get("before", type=UUID)
    known = JobState(state) if state in JOB_ENDED else None
    return listing.Filters(known, request.args.get("text", "").replace("\0", "").strip()[:200], before)


def _listed(active: Sequence[Job], ended: listing.EndedPage, filters: listing.Filters) -> dict[str, Any]:
    """What the list's templates need. The tag changes with either part of the list."""
    return {
        "jobs_active": active,
        "ended": ended,
        "filters": filters,
        "query": {"state": filters.state, "text": filters.text or None, "before": filters.before},
        "pictures": listing.first_pictures([*active, *ended.jobs]),
        "seconds_left": {job.id: listing.seconds_left(studio(), job) for job in active},
        "allowed": {job.id: control.allowed_actions(job) for job in [*active, *ended.jobs]},
        "tag": f"{listing.tag_of(active)}.{listing.tag_of(ended.jobs)}",
    }


def _form_page(seen: Preview, *, checked: bool = False, further: Sequence[str] = (), removed: int = 0) -> str:
    """The form, as a fragment for htmx. `checked`: its problems are listed above it, and the `further` ones."""
    template = "generation/_form.html" if htmx_request() else "generation/new.html"
    return render_template(template, **_shown(seen, removed=removed) | {"checked": checked, "further": further})


def _shown(seen: Preview, *, removed: int = 0) -> dict[str, Any]:
    return {
        "seen": seen,
        "filled": seen.filled,
        "models": model_choices(studio()),
        "generators": generators(studio().catalogue),
        "removed": removed,
        "checked": "checked" in request.form,
        "further": (),
    }


def _go_to(address: str) -> ResponseReturnValue:
    if not htmx_request():
        return redirect(address, 303)
    response = make_response("", 200)
    response.headers["HX-Redirect"] = address
    return response


def _done(job_id: UUID, sentence: str, **events: dict[str, Any]) -> ResponseReturnValue:
    """Say what happened: htmx gets a toast and the event `jobChanged`, at which pages look again; others go back.

    `events` are further ones for htmx.
    """
    if htmx_request():
        response = make_response("", 204)
        toast = {"kind": "success", "text": sentence}
        response.headers["HX-Trigger"] = json.dumps({"toast": toast, "jobChanged": {}, **events})
        return response
    flash(sentence, "success")
    back = url_for("generation.job_list") if request.form.get("back") == "list" else None
    return redirect(back or url_for("curation.sheet", job_id=job_id), 303)
