"""Where staff decide about tags."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import current_actor, staff
from app.core.errors import BadInput, Conflict
from app.publishing import tag_queries
from app.publishing.curate_tags import add_tag, approve_tag, merge_tag, retire_tag
from app.publishing.forms import page_number
from app.publishing.tag_states import TagState
from app.publishing.tags import known_tags

TAGS_SHOWN = 60

blueprint = Blueprint("tags", __name__)


@blueprint.get("/review/tags")
@staff
def listing() -> str:
    """What writers proposed first, then the known tags, or the retired ones."""
    state = TagState.RETIRED if request.args.get("state") == TagState.RETIRED else TagState.KNOWN
    wanted, number = request.args.get("q", "")[:40].strip(), page_number(request.args)
    offset = (number - 1) * TAGS_SHOWN
    return render_template(
        "publishing/tags.html",
        proposed=tag_queries.list_tags(TagState.PROPOSED, limit=TAGS_SHOWN),
        rows=tag_queries.list_tags(state, containing=wanted, limit=TAGS_SHOWN, offset=offset),
        known=known_tags(),
        state=state,
        wanted=wanted,
        number=number,
        last=-(-tag_queries.count_tags(state, containing=wanted) // TAGS_SHOWN),
    )


@blueprint.post("/review/tags")
@staff
def add() -> ResponseReturnValue:
    try:
        tag = add_tag(request.form.get("name", ""), current_actor())
    except (BadInput, Conflict) as error:
        flash(error.message, "error")
    else:
        flash(f"“{tag.name}” is a known tag now.", "success")
    return _back()


@blueprint.post("/review/tags/<uuid:tag_id>/approve")
@staff
def approve(tag_id: UUID) -> ResponseReturnValue:
    tag = approve_tag(tag_id, current_actor())
    flash(f"“{tag.name}” is a known tag now.", "success")
    return _back()


@blueprint.post("/review/tags/<uuid:tag_id>/retire")
@staff
def retire(tag_id: UUID) -> ResponseReturnValue:
    tag = retire_tag(tag_id, current_actor())
    flash(f"“{tag.name}” is not a tag any more. Its pages stay noted: it can be restored.", "success")
    return _back()


@blueprint.post("/review/tags/<uuid:tag_id>/merge")
@staff
def merge(tag_id: UUID) -> ResponseReturnValue:
    try:
        target = merge_tag(tag_id, request.form.get("into", ""), current_actor())
    except BadInput as error:
        flash(error.message, "error")
    else:
        flash(f"Merged into “{target.name}”: its pages and its address lead there.", "success")
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for("tags.listing"), 303)
