"""The trash of a workspace, what goes into it, and what comes out of it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import current_actor, current_user, current_workspace, editor, editor_or_staff, owner, viewer
from app.core.errors import BadInput
from app.core.filters import plural
from app.generation.queries import get_job
from app.publishing import trash_queries as queries
from app.publishing.delete_job import delete_job, restore_job
from app.publishing.forms import page_number
from app.publishing.hold_unmarked import make_sizes_anew
from app.publishing.holds import speaks_against_picture
from app.publishing.image_trash import restore_images
from app.publishing.purge import purge_image_now, purge_job_now, purge_page_now
from app.publishing.queries import pages_of_job
from app.publishing.states import PageState
from app.publishing.trash_items import trashed_image, trashed_job, trashed_page
from app.publishing.trash_page import restore_page, trash_page

SHOWN = 60
KINDS = ("images", "pages", "jobs")
LISTS = {"images": queries.trashed_images, "pages": queries.trashed_pages, "jobs": queries.deleted_jobs}

blueprint = Blueprint("trash", __name__)


@blueprint.get("/trash/")
@viewer
def trash() -> str:
    """One kind of thing that was thrown away, what goes first at the top; by default the first kind there is any of."""
    workspace_id, number = current_workspace().id, page_number(request.args)
    counts = queries.trash_counts(workspace_id)
    kind = request.args.get("what", "")
    if kind not in KINDS:
        kind = next((each for each in KINDS if getattr(counts, each)), KINDS[0])
    total = getattr(counts, kind)
    return render_template(
        "trash/trash.html",
        kind=kind,
        counts=counts,
        things=LISTS[kind](workspace_id, limit=SHOWN, offset=(number - 1) * SHOWN),
        retention=queries.retention(workspace_id),
        number=number,
        last=-(-total // SHOWN),
    )


@blueprint.get("/trash/receipts")
@owner
def receipts() -> str:
    """What deleted jobs were."""
    workspace_id, number = current_workspace().id, page_number(request.args)
    return render_template(
        "trash/receipts.html",
        receipts=queries.receipts(workspace_id, limit=SHOWN, offset=(number - 1) * SHOWN),
        counts=queries.trash_counts(workspace_id),
        number=number,
        last=-(-queries.receipt_count(workspace_id) // SHOWN),
    )


@blueprint.post("/pages/<uuid:page_id>/trash", endpoint="trash_page")
@editor_or_staff
def throw_page_away(page_id: UUID) -> ResponseReturnValue:
    scope = None if current_user().is_staff else current_workspace().id
    trash_page(page_id, workspace_id=scope, actor=current_actor())
    flash("The page is in the trash, and nobody sees it any more. You can restore it there.", "success")
    if request.form.get("from") == "review" and current_user().is_staff:
        return redirect(url_for("publishing.review_queue"), 303)
    return redirect(url_for("publishing.my_pages"), 303)


@blueprint.post("/pages/<uuid:page_id>/sizes", endpoint="make_sizes_anew")
@editor_or_staff
def make_sizes(page_id: UUID) -> ResponseReturnValue:
    scope = None if current_user().is_staff else current_workspace().id
    make_sizes_anew(page_id, workspace_id=scope, actor=current_actor())
    flash("The sizes are made anew and carry the mark. The page can be published.", "success")
    return redirect(url_for("publishing.edit_page", page_id=page_id), 303)


@blueprint.get("/jobs/<uuid:job_id>/delete")
@owner
def ask_delete_job(job_id: UUID) -> str:
    job = get_job(job_id, current_workspace().id)
    pages = pages_of_job(job_id)
    others = sum(pages.values()) - pages[PageState.PUBLISHED] - pages[PageState.TRASHED]
    return render_template("trash/delete_job.html", job=job, published=pages[PageState.PUBLISHED], others=others)


@blueprint.post("/jobs/<uuid:job_id>/delete", endpoint="delete_job")
@owner
def throw_job_away(job_id: UUID) -> ResponseReturnValue:
    receipt = delete_job(job_id, workspace_id=current_workspace().id, actor=current_actor())
    flash(f"“{receipt.title}” is deleted. It can be restored from the trash for 72 hours.", "success")
    return redirect(url_for("generation.job_list"), 303)


@blueprint.post("/trash/images/restore", endpoint="restore_images")
@editor
def bring_images_back() -> ResponseReturnValue:
    """The ticked pictures."""
    ids = request.form.getlist("images", type=UUID)
    if not ids:
        raise BadInput(["Tick the pictures that you want back."])
    count = restore_images(ids, workspace_id=current_workspace().id, actor=current_actor())
    return _back("images", f"{plural(count, 'picture')} restored.")


@blueprint.post("/trash/pages/<uuid:page_id>/restore", endpoint="restore_page")
@editor
def bring_page_back(page_id: UUID) -> ResponseReturnValue:
    trashed_page(page_id, current_workspace().id)
    page = restore_page(page_id, workspace_id=current_workspace().id, actor=current_actor())
    if page.state == PageState.PROCESSING:
        return _back("pages", "The page is restored and is being written.")
    return _back("pages", f"The page is restored; it is {page.state.replace('_', ' ')} again.")


@blueprint.post("/trash/jobs/<uuid:job_id>/restore", endpoint="restore_job")
@owner
def bring_job_back(job_id: UUID) -> ResponseReturnValue:
    trashed_job(job_id, current_workspace().id)
    job = restore_job(job_id, workspace_id=current_workspace().id, actor=current_actor())
    return _back("jobs", f"“{job.title}” is restored with all its pictures.")


@blueprint.get("/trash/images/<uuid:image_id>/delete")
@owner
def ask_delete_image(image_id: UUID) -> str:
    image = trashed_image(image_id, current_workspace().id)
    return _ask("images", image=image, address=url_for("trash.delete_image", image_id=image_id))


@blueprint.post("/trash/images/<uuid:image_id>/delete")
@owner
def delete_image(image_id: UUID) -> ResponseReturnValue:
    trashed_image(image_id, current_workspace().id)
    gone = purge_image_now(image_id, workspace_id=current_workspace().id, actor=current_actor())
    return _back("images", "The picture is gone." if gone else "Delete its page first: it shows this picture.")


@blueprint.get("/trash/pages/<uuid:page_id>/delete")
@owner
def ask_delete_page(page_id: UUID) -> str:
    page = trashed_page(page_id, current_workspace().id)
    address = url_for("trash.delete_page", page_id=page_id)
    return _ask("pages", page=page, with_picture=speaks_against_picture(page), address=address)


@blueprint.post("/trash/pages/<uuid:page_id>/delete")
@owner
def delete_page(page_id: UUID) -> ResponseReturnValue:
    with_picture = speaks_against_picture(trashed_page(page_id, current_workspace().id))
    purge_page_now(page_id, workspace_id=current_workspace().id, actor=current_actor())
    rest = "So is its picture." if with_picture else "Its picture is still in its job."
    return _back("pages", f"The page is gone. {rest}")


@blueprint.get("/trash/jobs/<uuid:job_id>/delete")
@owner
def ask_purge_job(job_id: UUID) -> str:
    job = trashed_job(job_id, current_workspace().id)
    published = pages_of_job(job_id)[PageState.PUBLISHED]
    return _ask("jobs", job=job, published=published, address=url_for("trash.purge_job", job_id=job_id))


@blueprint.post("/trash/jobs/<uuid:job_id>/delete")
@owner
def purge_job(job_id: UUID) -> ResponseReturnValue:
    trashed_job(job_id, current_workspace().id)
    purge_job_now(job_id, workspace_id=current_workspace().id, actor=current_actor())
    return _back("jobs", "The job is gone. Its receipt stays.")


def _ask(kind: str, **context: Any) -> str:
    return render_template("trash/delete.html", kind=kind, **context)


def _back(kind: str, sentence: str) -> ResponseReturnValue:
    flash(sentence, "success")
    return redirect(url_for("trash.trash", what=kind), 303)
