"""Publishing a job, the pages of a workspace, the review queue, and the pictures themselves."""

from typing import Any
from uuid import UUID

import structlog
from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.accounts.access import (
    current_actor,
    current_user,
    current_workspace,
    editor,
    editor_or_staff,
    public,
    staff,
    viewer,
    visitor,
)
from app.core.errors import BadInput
from app.core.web import htmx_request
from app.generation.models import Job
from app.generation.queries import get_job
from app.publishing import queries
from app.publishing.edit_page import Text, edit_page
from app.publishing.forms import after_of, page_number, page_state, text_of
from app.publishing.media import serve
from app.publishing.models import Page
from app.publishing.publish import Published, publish_kept
from app.publishing.refuse_page import refuse_page
from app.publishing.states import PageState
from app.publishing.tags import known_tags
from app.publishing.write_again import write_again

PAGES_SHOWN = 30
RESULTS_SHOWN = 60

blueprint = Blueprint("publishing", __name__)
log = structlog.get_logger()


@blueprint.get("/jobs/<uuid:job_id>/publish")
@viewer
def publish_panel(job_id: UUID) -> str:
    """The panel: for htmx what goes into the dialog, else a page of its own."""
    return _panel(get_job(job_id, current_workspace().id))


@blueprint.post("/jobs/<uuid:job_id>/publish")
@editor
def publish(job_id: UUID) -> ResponseReturnValue:
    workspace_id = current_workspace().id
    result = publish_kept(
        job_id,
        workspace_id=workspace_id,
        actor=current_actor(),
        user_id=current_user().id,
        visibility=request.form.get("visibility") or None,
    )
    if htmx_request():
        return _panel(get_job(job_id, workspace_id), result)
    flash(" ".join(result.sentences()), "success" if result.created else "info")
    return redirect(url_for("publishing.publish_panel", job_id=job_id), 303)


@blueprint.get("/jobs/<uuid:job_id>/publish/progress")
@viewer
def publish_progress(job_id: UUID) -> str:
    """The part of the panel that asks for itself every two seconds while pages are being written."""
    job = get_job(job_id, current_workspace().id)
    return render_template("publishing/_progress.html", job=job, **_progress(job))


def _panel(job: Job, result: Published | None = None) -> str:
    template = "publishing/_panel.html" if htmx_request() else "publishing/panel.html"
    waiting = queries.publishable(job.id)
    return render_template(
        template, job=job, waiting=waiting, result=result, in_dialog=htmx_request(), **_progress(job)
    )


def _progress(job: Job) -> dict[str, Any]:
    return {
        "counts": queries.pages_of_job(job.id),
        "pages": queries.list_job_pages(job.id, limit=RESULTS_SHOWN),
        "shown": RESULTS_SHOWN,
    }


@blueprint.get("/pages/")
@viewer
def my_pages() -> str:
    """The workspace's pages, all or in one state."""
    workspace_id = current_workspace().id
    state, number = page_state(request.args), page_number(request.args)
    counts = queries.pages_of_workspace(workspace_id)
    total = counts[state] if state else sum(counts.values()) - counts[PageState.TRASHED]
    pages = queries.list_pages(workspace_id, state=state, limit=PAGES_SHOWN, offset=(number - 1) * PAGES_SHOWN)
    return render_template(
        "publishing/my_pages.html",
        pages=pages,
        counts=counts,
        state=state,
        number=number,
        last=-(-total // PAGES_SHOWN),
        states=[each for each in PageState if each != PageState.TRASHED],
    )


@blueprint.get("/review/")
@staff
def review_queue() -> str:
    """What waits for staff, of all workspaces, oldest first."""
    number, total = page_number(request.args), queries.review_count()
    pages = queries.review_queue(limit=PAGES_SHOWN, offset=(number - 1) * PAGES_SHOWN)
    return render_template(
        "publishing/review_queue.html", pages=pages, total=total, number=number, last=-(-total // PAGES_SHOWN)
    )


@blueprint.get("/pages/<uuid:page_id>/edit", endpoint="edit_page")
@editor_or_staff
def edit_page_form(page_id: UUID) -> str:
    page = queries.get_page(page_id, _scope())
    text = Text(page.title, page.description, [tag.name for tag in page.tags])
    return _edit_form(page, text, problems=[])


@blueprint.post("/pages/<uuid:page_id>/edit")
@editor_or_staff
def save_page(page_id: UUID) -> ResponseReturnValue:
    scope, text = _scope(), text_of(request.form)
    try:
        page = edit_page(
            page_id,
            text,
            after_of(request.form),
            workspace_id=scope,
            actor=current_actor(),
            is_staff=current_user().is_staff,
        )
    except BadInput as error:
        return _edit_form(queries.get_page(page_id, scope), text, problems=error.problems), 422
    flash("The page is public now." if page.state == PageState.PUBLISHED else "Saved.", "success")
    return redirect(_back(page), 303)


@blueprint.post("/pages/<uuid:page_id>/write-again")
@editor_or_staff
def ask_writer_again(page_id: UUID) -> ResponseReturnValue:
    write_again(page_id, workspace_id=_scope(), actor=current_actor())
    flash("The writer has been asked again.", "success")
    return redirect(_list_url(), 303)


@blueprint.post("/review/<uuid:page_id>/refuse")
@staff
def refuse(page_id: UUID) -> ResponseReturnValue:
    try:
        refuse_page(page_id, request.form.get("reason", ""), actor=current_actor())
    except BadInput as error:
        flash(error.message, "error")
    else:
        flash("Refused. The author can read why.", "success")
    return redirect(url_for("publishing.review_queue"), 303)


@blueprint.get("/media/<uuid:asset_id>/<variant>")
@public
def media(asset_id: UUID, variant: str) -> Response:
    return serve(asset_id, variant)


@blueprint.app_context_processor
def _count_for_navigation() -> dict[str, Any]:
    """How many pages wait for review, on whole pages that staff look at."""
    if not request or htmx_request() or "asking" not in g:
        return {}
    try:
        user = visitor()
        return {"review_count": queries.review_count()} if user and user.is_staff else {}
    except SQLAlchemyError as error:
        # Also the page that says that the database does not answer is rendered with this.
        log.warning("review_count_unknown", error_type=type(error).__name__)
        return {}


def _scope() -> UUID | None:
    """The workspace in which the person may change pages; None for staff, who may in all."""
    return None if current_user().is_staff else current_workspace().id


def _edit_form(page: Page, text: Text, *, problems: list[str]) -> str:
    return render_template(
        "publishing/edit_page.html", page=page, text=text, problems=problems, known_tags=known_tags(), back=_list_url()
    )


def _list_url() -> str:
    """Where the person came from: the review queue, or the list of pages."""
    from_review = request.values.get("from") == "review" and current_user().is_staff
    return url_for("publishing.review_queue" if from_review else "publishing.my_pages")


def _back(page: Page) -> str:
    if request.values.get("from") == "page" and page.state == PageState.PUBLISHED:
        return url_for("site.prompt_page", slug=page.slug)
    return _list_url()
