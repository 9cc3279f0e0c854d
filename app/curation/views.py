"""The contact sheet: its page, its further tiles, its changes, and the marks people make on it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import current_workspace, editor, viewer
from app.core.errors import NotThere
from app.core.web import htmx_request
from app.curation.feed import Cursor, Window, is_live, read_changes
from app.curation.forms import marks_from_request
from app.curation.marks import Marked, set_marks, unmarked_count
from app.curation.progress import read_progress
from app.curation.queries import FILTERS, get_tile, read_tile_page
from app.generation.control import allowed_actions, paused_by_hand
from app.generation.models import Job
from app.generation.queries import get_job
from app.publishing.queries import publishable

LAST_POSITION = 2**31 - 1

blueprint = Blueprint("curation", __name__)


@blueprint.get("/jobs/<uuid:job_id>/")
@viewer
def sheet(job_id: UUID) -> ResponseReturnValue:
    """The whole page, with the first tiles; `from` begins further down for those who browse without scripts."""
    job = get_job(job_id, current_workspace().id)
    show = _shown()
    page = read_tile_page(job.id, _position("from", 0), show)
    return render_template("curation/sheet.html", page=page, show=show, is_live=is_live(job), **_job_facts(job))


@blueprint.get("/jobs/<uuid:job_id>/tiles")
@viewer
def tiles(job_id: UUID) -> ResponseReturnValue:
    """The page of tiles from a position on; its tag tells at which revision it was rendered."""
    first, show = _position("from", 0), _shown()
    if not htmx_request():
        address: dict[str, Any] = {"from": first, "show": show}
        return redirect(url_for("curation.sheet", job_id=job_id, **address))
    job = get_job(job_id, current_workspace().id)
    page = read_tile_page(job.id, first, show)
    response = make_response(render_template("curation/_tiles.html", job=job, page=page, show=show))
    response.headers["HX-PTag"] = str(Cursor(job.revision))
    return response


@blueprint.get("/jobs/<uuid:job_id>/changes")
@viewer
def changes(job_id: UUID) -> ResponseReturnValue:
    """What has changed since the tag the browser sends; 304 and nothing else if nothing has."""
    window = Window(_position("from", 0), _position("to", LAST_POSITION))
    found = read_changes(job_id, current_workspace().id, Cursor.parse(request.headers.get("HX-PTag")), window)
    if found is None:
        return _unchanged()
    body = render_template("curation/_changes.html", changes=found, show=_shown(), **_job_facts(found.job))
    response = make_response(body)
    response.headers["HX-PTag"] = str(found.cursor)
    return response


@blueprint.post("/jobs/<uuid:job_id>/marks")
@editor
def mark(job_id: UUID) -> ResponseReturnValue:
    """Keep, reject or clear one image or many, all or none of them."""
    wanted = marks_from_request(request)
    marked = set_marks(job_id, wanted, workspace_id=current_workspace().id)
    if request.is_json or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return _marked_json(marked, publishable(job_id).ready)
    anchor = f"image-{next(iter(wanted))}"
    return redirect(url_for("curation.sheet", job_id=job_id, _anchor=anchor), 303)


@blueprint.get("/jobs/<uuid:job_id>/images/<uuid:image_id>/")
@viewer
def image(job_id: UUID, image_id: UUID) -> ResponseReturnValue:
    """All that is known about one image: the side of the loupe."""
    found, tile = get_tile(image_id, current_workspace().id)
    if found.job_id != job_id:
        raise NotThere("There is no such image in this job.")
    template = "curation/_image.html" if htmx_request() else "curation/image.html"
    return render_template(template, image=found, tile=tile, job=get_job(job_id, current_workspace().id))


def _job_facts(job: Job) -> dict[str, Any]:
    return {
        "job": job,
        "progress": read_progress(job),
        "allowed": allowed_actions(job),
        "unmarked": unmarked_count(job),
        "publishable": publishable(job.id).ready,
        "paused_by_hand": paused_by_hand(job),
    }


def _unchanged() -> Response:
    response = Response(status=304)
    response.headers.pop("Content-Type", None)
    return response


def _marked_json(marked: Marked, to_publish: int) -> ResponseReturnValue:
    return {
        "revision": marked.revision,
        "kept": marked.kept,
        "rejected": marked.rejected,
        "unmarked": marked.unmarked,
        "publishable": to_publish,
        "marks": [{"id": str(id_), "mark": str(mark)} for id_, mark in marked.marks.items()],
        "skipped": [str(id_) for id_ in marked.skipped],
    }


def _shown() -> str:
    show = request.args.get("show", "all")
    return show if show in FILTERS else "all"


def _position(name: str, default: int) -> int:
    """A position from the address; what is not one counts as not given."""
    value = request.args.get(name, default, type=int)
    return min(max(value, 0), LAST_POSITION)
