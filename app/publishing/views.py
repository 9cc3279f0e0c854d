"""Publishing a job, the pages of a workspace, the review queue, and the pictures themselves."""

from dataclasses import replace
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
from app.accounts.plans import plan_of
from app.core.errors import BadInput
from app.core.filters import plural
from app.core.web import htmx_request
from app.generation.models import Job
from app.generation.queries import get_job
from app.generation.studio import studio
from app.publishing import queries
from app.publishing.ask_again import ask_again
from app.publishing.edit_page import Text, approve_page, edit_page, withdraw_page
from app.publishing.forms import after_of, page_number, page_state, text_of
from app.publishing.image_trash import discard_unkept, discardable
from app.publishing.media import serve
from app.publishing.models import Page
from app.publishing.panel import Progress, progress_of
from app.publishing.publish import Published, publish_kept
from app.publishing.refuse_page import refuse_page
from app.publishing.slug import slug_base
from app.publishing.snippet import snippet
from app.publishing.states import PageState
from app.publishing.tag_queries import proposed_count
from app.publishing.tags import known_tags
from app.publishing.write_again import write_again
from app.writing.limits import clean

PAGES_SHOWN = 30
RESULTS_SHOWN = 60
SAVED = {
    PageState.PUBLISHED: "The page is public now.",
    PageState.PROCESSING: "Saved. The picture is moderated now; then the page goes live.",
}
"""What a person reads after saving, by what the page has become."""

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
    if "discard" in request.form:
        discarded = discard_unkept(job_id, workspace_id=workspace_id, actor=current_actor())
        result = replace(result, discarded=discarded)
    if htmx_request():
        return _panel(get_job(job_id, workspace_id), result)
    flash(" ".join(result.sentences()), "success" if result.created else "info")
    return redirect(url_for("publishing.publish_panel", job_id=job_id), 303)


@blueprint.get("/jobs/<uuid:job_id>/publish/progress")
@viewer
def publish_progress(job_id: UUID) -> str:
    """The part of the panel that asks for itself every two seconds while pages are being written."""
    job = get_job(job_id, current_workspace().id)
    return render_template("publishing/_progress.html", job=job, progress=_progress(job))


@blueprint.post("/jobs/<uuid:job_id>/publish/again")
@editor
def ask_job_again(job_id: UUID) -> ResponseReturnValue:
    """Ask again about the pages that could not be written: all, or those with one reason."""
    workspace_id, reason = current_workspace().id, request.form.get("reason") or None
    count = ask_again(job_id, reason, workspace_id=workspace_id, actor=current_actor())
    if htmx_request():
        return publish_progress(job_id)
    flash(f"Asked again about {plural(count, 'page')}." if count else "There was nothing to ask again about.", "info")
    return redirect(url_for("publishing.publish_panel", job_id=job_id), 303)


def _panel(job: Job, result: Published | None = None) -> str:
    template = "publishing/_panel.html" if htmx_request() else "publishing/panel.html"
    waiting = queries.publishable(job.id)
    return render_template(
        template,
        job=job,
        waiting=waiting,
        discardable=discardable(job.id),
        trash_days=plan_of(job.workspace_id).trash_days,
        result=result,
        in_dialog=htmx_request(),
        progress=_progress(job),
    )


def _progress(job: Job) -> Progress:
    return progress_of(job, limit=RESULTS_SHOWN)


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
        states=list(PageState),
    )


@blueprint.get("/review/")
@staff
def review_queue() -> str:
    """What waits for staff, of all workspaces, oldest first; or what was refused."""
    refused = request.args.get("show") == "refused"
    number, total = page_number(request.args), queries.review_count(refused=refused)
    pages = queries.review_queue(refused=refused, limit=PAGES_SHOWN, offset=(number - 1) * PAGES_SHOWN)
    return render_template(
        "publishing/review_queue.html",
        pages=pages,
        total=total,
        refused=refused,
        proposed_tags=proposed_count(),
        number=number,
        last=-(-total // PAGES_SHOWN),
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
    flash(SAVED.get(PageState(page.state), "Saved."), "success")
    return redirect(_back(page), 303)


@blueprint.post("/pages/<uuid:page_id>/preview")
@editor_or_staff
def preview_page(page_id: UUID) -> ResponseReturnValue:
    """The page as search engines and social networks would show it with what is typed; nothing is saved."""
    page, text = queries.get_page(page_id, _scope()), text_of(request.form)
    if htmx_request():
        return render_template("publishing/_preview.html", page=page, **_preview(page, text))
    return _edit_form(page, text, problems=[])


@blueprint.post("/pages/<uuid:page_id>/unpublish")
@editor_or_staff
def unpublish(page_id: UUID) -> ResponseReturnValue:
    withdraw_page(page_id, workspace_id=_scope(), actor=current_actor())
    flash("Unpublished: it is a draft now.", "success")
    return redirect(_list_url(), 303)


@blueprint.post("/pages/<uuid:page_id>/write-again")
@editor_or_staff
def ask_writer_again(page_id: UUID) -> ResponseReturnValue:
    write_again(page_id, workspace_id=_scope(), actor=current_actor(), is_staff=current_user().is_staff)
    if request.form.get("from") == "panel":
        return _back_to_panel(page_id)
    flash("The writer has been asked again.", "success")
    return redirect(_list_url(), 303)


def _back_to_panel(page_id: UUID) -> ResponseReturnValue:
    job_id = queries.get_page(page_id, _scope()).job_id
    return (
        publish_progress(job_id)
        if htmx_request()
        else redirect(url_for("publishing.publish_panel", job_id=job_id), 303)
    )


@blueprint.post("/review/<uuid:page_id>/approve")
@staff
def approve(page_id: UUID) -> ResponseReturnValue:
    page = approve_page(page_id, actor=current_actor())
    flash(SAVED.get(PageState(page.state), "Approved: it is a draft, as its author chose."), "success")
    return redirect(url_for("publishing.review_queue"), 303)


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
        "publishing/edit_page.html",
        page=page,
        text=text,
        problems=problems,
        known_tags=known_tags(),
        back=_list_url(),
        **_preview(page, text),
    )


def _preview(page: Page, text: Text) -> dict[str, Any]:
    """What is typed may be of any length: what is shown of it is not."""
    shown = snippet(clean(text.title, 500), clean(text.description, 2000), clean(page.prompt, 2000), page.generator)
    return {"shown": shown, "site": studio().settings.site_url, "slug": slug_base(clean(text.title, 500))}


def _list_url() -> str:
    """Where the person came from: the review queue, or the list of pages."""
    from_review = request.values.get("from") == "review" and current_user().is_staff
    return url_for("publishing.review_queue" if from_review else "publishing.my_pages")


def _back(page: Page) -> str:
    if request.values.get("from") == "page" and page.state == PageState.PUBLISHED:
        return url_for("site.prompt_page", slug=page.slug)
    return _list_url()
