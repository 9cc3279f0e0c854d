"""The list of jobs, and the form of a new one with its live preview."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import current_actor, current_user, current_workspace, editor, viewer
from app.core.errors import BadInput, TooMany
from app.core.web import htmx_request
from app.generation import control, listing, submit
from app.generation.choices import model_choices
from app.generation.example import example
from app.generation.failures import failed_kinds, failure_words, lasting
from app.generation.forms import Filled
from app.generation.generators import generators
from app.generation.models import Job
from app.generation.preview import Preview, order_of
from app.generation.preview import preview as look_at
from app.generation.priority import PRIORITY_WORDS, priority_word
from app.generation.queries import get_image, jobs_there
from app.generation.states import JOB_ENDED, JobState
from app.generation.studio import studio

blueprint = Blueprint("generation", __name__)
blueprint.add_app_template_filter(failure_words)
blueprint.add_app_template_filter(failed_kinds)
blueprint.add_app_template_filter(lasting)
blueprint.add_app_template_filter(priority_word)
blueprint.add_app_template_global(jobs_there)


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
    known, tag = request.headers.get("HX-PTag", ""), _tag(active, ended)
    if known == tag:
        return "", 304
    same_ended = known.partition(".")[2] == tag.partition(".")[2]
    shown = _listed(active, ended, filters)
    response = make_response(render_template("generation/_active_answer.html", **shown, same_ended=same_ended))
    response.headers["HX-PTag"] = tag
    return response


@blueprint.get("/jobs/new")
@editor
def new_job() -> ResponseReturnValue:
    """An empty form with the proposals of the first usable model; with `like` one that is filled like an image."""
    like = request.args.get("like", type=UUID)
    filled = Filled.like(get_image(like, current_workspace().id), studio()) if like else Filled.empty(studio())
    return _form_page(look_at(studio(), filled))


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


def _filters() -> listing.Filters:
    """The filters of the address; what is none of ours filters nothing."""
    state, before = request.args.get("state", ""), request.args.get("before", type=UUID)
    known = JobState(state) if state in JOB_ENDED else None
    return listing.Filters(known, request.args.get("text", "").replace("\0", "").strip()[:200], before)


def _listed(active: Sequence[Job], ended: listing.EndedPage, filters: listing.Filters) -> dict[str, Any]:
    """What the list's templates need."""
    return {
        "jobs_active": active,
        "ended": ended,
        "filters": filters,
        "query": {"state": filters.state, "text": filters.text or None, "before": filters.before},
        "pictures": listing.first_pictures([*active, *ended.jobs]),
        "seconds_left": {job.id: listing.seconds_left(studio(), job) for job in active},
        "allowed": {job.id: control.allowed_actions(job) for job in [*active, *ended.jobs]},
        "tag": _tag(active, ended),
    }


def _tag(active: Sequence[Job], ended: listing.EndedPage) -> str:
    """Of both parts of the list: a poll is told which of them has changed."""
    return f"{listing.tag_of(active)}.{listing.tag_of(ended.jobs)}"


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
        "priorities": PRIORITY_WORDS,
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
