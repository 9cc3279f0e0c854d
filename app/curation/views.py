"""The contact sheet: its page, its further tiles, its changes, and what people decide on it."""

from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.accounts.access import current_actor, current_workspace, editor, viewer
from app.core.errors import Conflict, NotThere
from app.core.filters import number, plural
from app.core.web import htmx_request
from app.curation.attempts import attempt_lines
from app.curation.feed import Cursor, is_live, read_changes
from app.curation.forms import (
    Change,
    changes_from_json,
    fields_of,
    json_of,
    meant_by,
    positions_asked,
    request_of,
    wanted_by,
)
from app.curation.marks import change_marks, positions_of, unmarked_count
from app.curation.order import read_order
from app.curation.progress import read_progress
from app.curation.queries import MOST_TILES, get_tile, read_tiles
from app.curation.sheet_filter import SheetFilter
from app.curation.toolbar import read_toolbar
from app.generation.control import allowed_actions, can_stop, paused_by_hand
from app.generation.control_views import done
from app.generation.models import Job
from app.generation.queries import get_job
from app.generation.reroute import routes_of
from app.generation.rerun import can_rerun, may_be_billed_twice, stores_again
from app.generation.rerun_many import rerun_images
from app.publishing.queries import publishable_count

FIRST_TILES = 60
"""Rendered into the page; they fill a large screen."""
MOST_LOADED = 1000
"""Positions that one poll asks about."""

blueprint = Blueprint("curation", __name__)


@blueprint.get("/jobs/<uuid:job_id>/")
@viewer
def sheet(job_id: UUID) -> ResponseReturnValue:
    """The whole page, with the first tiles; `from` begins at a later place for those who browse without scripts."""
    job = get_job(job_id, current_workspace().id)
    wanted = SheetFilter.read(request.args)
    order = read_order(job, wanted)
    places = order.places
    facts = _job_facts(job, wanted)
    first = min(_place("from"), max(0, (len(places) - 1) // FIRST_TILES * FIRST_TILES))
    return render_template(
        "curation/sheet.html",
        groups=read_tiles(job, places[first : first + FIRST_TILES]),
        order=order,
        first=first,
        earlier=_from(wanted, max(0, first - FIRST_TILES)) if first else None,
        later=_from(wanted, first + FIRST_TILES) if first + FIRST_TILES < len(places) else None,
        back=request.query_string.decode("ascii", "ignore"),
        toolbar=read_toolbar(job, wanted, matching=order.matching, failures=facts["progress"].failures),
        is_live=is_live(job),
        **facts,
    )


@blueprint.get("/jobs/<uuid:job_id>/tiles")
@viewer
def tiles(job_id: UUID) -> ResponseReturnValue:
    """The tiles of the positions `at`, in that order; their tag tells at which revision they were rendered."""
    at = positions_asked(request, most=MOST_TILES) or []
    job = get_job(job_id, current_workspace().id)
    if not htmx_request():
        address: dict[str, Any] = {"from": at[0] if at else None}
        return redirect(url_for("curation.sheet", job_id=job_id, **address))
    response = make_response(render_template("curation/_prompts.html", job=job, groups=read_tiles(job, at)))
    response.headers["HX-PTag"] = str(Cursor(job.revision))
    return response


@blueprint.get("/jobs/<uuid:job_id>/order")
@viewer
def order(job_id: UUID) -> ResponseReturnValue:
    """What belongs on the sheet now, and in which order: for the pill that lets new pictures in."""
    job = get_job(job_id, current_workspace().id)
    now = read_order(job, SheetFilter.read(request.args))
    return {"order": now.text, "matching": now.matching, "revision": job.revision}


@blueprint.get("/jobs/<uuid:job_id>/changes")
@viewer
def changes(job_id: UUID) -> ResponseReturnValue:
    """What has changed since the tag the browser sends; 304 and nothing else if nothing has."""
    wanted = SheetFilter.read(request.args)
    found = read_changes(
        job_id,
        current_workspace().id,
        Cursor.parse(request.headers.get("HX-PTag")),
        loaded=positions_asked(request, most=MOST_LOADED),
        wanted=wanted,
    )
    if found is None:
        return _unchanged()
    body = render_template("curation/_changes.html", changes=found, **_job_facts(found.job, wanted))
    response = make_response(body)
    response.headers["HX-PTag"] = str(found.cursor)
    return response


@blueprint.post("/jobs/<uuid:job_id>/marks")
@editor
def mark(job_id: UUID) -> ResponseReturnValue:
    """Keep, reject, rate, throw away or take back: one image or thousands. JSON for scripts, a form without them."""
    if request.is_json:
        body = json_of(request)
        _check_person(body)
        return _marked(job_id, changes_from_json(body), request_of(body))
    what, value = wanted_by(request.form)  # the address holds the filter, which has a mark and a rating of its own
    marked = _marked(job_id, [Change(_positions_meant(job_id, request.values), what, value)])
    return marked if _wants_json() else redirect(_address_back(job_id), 303)


@blueprint.post("/jobs/<uuid:job_id>/rerun")
@editor
def run_again(job_id: UUID) -> ResponseReturnValue:
    """Run the failed and cancelled ones of the images meant again; the answer says how many, and what was left out.

    Fields: `at` or `images`; `refused` for what would fail in the same way again, `may_bill_twice` for what was left
    without an answer. JSON says the same.
    """
    fields = fields_of(request)
    ran = rerun_images(
        job_id,
        _positions_meant(job_id, fields),
        workspace_id=current_workspace().id,
        actor=current_actor(),
        refused=fields.get("refused") == "1",
        may_bill_twice=fields.get("may_bill_twice") == "1",
    )
    if _wants_json():
        counts = {"started": ran.started, "refused": ran.refused, "unknown": ran.unknown, "others": ran.others}
        return {**counts, "revision": ran.revision, "sentence": ran.sentence}
    return done(job_id, ran.sentence, kind="success" if ran.started else "info", back=_address_back(job_id))


@blueprint.get("/jobs/<uuid:job_id>/images/<uuid:image_id>/")
@viewer
def image(job_id: UUID, image_id: UUID) -> ResponseReturnValue:
    """All that is known about one image: the side of the loupe."""
    found, tile = get_tile(image_id, current_workspace().id)
    if found.job_id != job_id:
        raise NotThere("There is no such image in this job.")
    template = "curation/_image.html" if htmx_request() else "curation/image.html"
    return render_template(
        template,
        image=found,
        tile=tile,
        job=get_job(job_id, current_workspace().id),
        attempts=attempt_lines(image_id),
        routes=routes_of(found) if can_rerun(found) else [],
        stores_again=stores_again(found),
        may_bill_twice=may_be_billed_twice(found),
    )


def _job_facts(job: Job, wanted: SheetFilter) -> dict[str, Any]:
    return {
        "job": job,
        "wanted": wanted,
        "progress": read_progress(job),
        "allowed": allowed_actions(job) | ({"stop"} if can_stop(job) else set()),
        "unmarked": unmarked_count(job),
        "publishable": publishable_count(job.id),
        "paused_by_hand": paused_by_hand(job),
    }


def _unchanged() -> Response:
    response = Response(status=304)
    response.headers.pop("Content-Type", None)
    return response


def _check_person(body: Any) -> None:
    """A page may outlive its person's session: what they decided is not done in another one's name. Raises Conflict."""
    person = body.get("person") if isinstance(body, dict) else None
    if person is not None and person != str(current_actor().user_id):
        raise Conflict("Somebody else is signed in here now. Sign in as yourself, reload the page and mark again.")


def _marked(job_id: UUID, made: list[Change], request_id: UUID | None = None) -> dict[str, Any]:
    actor, workspace_id = current_actor(), current_workspace().id
    answer = change_marks(job_id, made, workspace_id=workspace_id, actor=actor, request_id=request_id)
    return {**answer, "publishable": publishable_count(job_id)}


def _wants_json() -> bool:
    """Whether a script asks; a browser that sends a form wants a page."""
    return request.is_json or (
        request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    )


def _positions_meant(job_id: UUID, fields: MultiDict[str, str]) -> list[int]:
    """What a form means by ids, by positions, or by the filter in its address. Raises NotThere, BadInput, Conflict."""
    shown = fields.get("matching", type=int)
    if shown is not None:
        return _all_matching(job_id, shown)
    meant = meant_by(fields)
    job = get_job(job_id, current_workspace().id)
    return list(dict.fromkeys([*meant.at, *positions_of(job.id, meant.ids)]))


def _all_matching(job_id: UUID, shown: int) -> list[int]:
    """Everything that the filter in the address leaves, if it is still as many as the person was shown."""
    now = read_order(get_job(job_id, current_workspace().id), SheetFilter.read(request.args))
    if now.matching != shown:
        raise Conflict(
            f"{plural(shown, 'picture')} matched when the page was shown, and {number(now.matching)} do now. "
            "Nothing was changed: go back, reload the page and look again."
        )
    return now.positions


def _address_back(job_id: UUID) -> str:
    """The sheet as it was when its form was sent: filter and place are in the field `back`, the tile in `images`."""
    args = MultiDict(parse_qsl(request.form.get("back", "")[:2000]))
    first = args.get("from", 0, type=int)
    image_id = request.values.get("images", type=UUID)
    anchor = f"image-{image_id}" if image_id else "sheet"
    return url_for("curation.sheet", job_id=job_id, _anchor=anchor, **_from(SheetFilter.read(args), first))


def _from(wanted: SheetFilter, place: int) -> dict[str, Any]:
    """The address of the sheet from a place on."""
    return wanted.to_args() | ({"from": place} if place > 0 else {})


def _place(name: str) -> int:
    """A place from the address; what is not one counts as not given."""
    return max(request.args.get(name, 0, type=int), 0)
