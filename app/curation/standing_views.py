"""What a hidden tab asks now and then: how far the job is."""

from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.access import current_workspace, viewer
from app.curation.standing import standing_of
from app.generation.queries import get_job

blueprint = Blueprint("standing", __name__)
blueprint.add_app_template_filter(standing_of, "standing")


@blueprint.get("/jobs/<uuid:job_id>/standing")
@viewer
def standing(job_id: UUID) -> ResponseReturnValue:
    """State and counts, as the sheet's hidden poller; 304 when it has seen them."""
    job = get_job(job_id, current_workspace().id)
    tag = standing_of(job).tag
    if request.headers.get("HX-PTag") == tag:
        unchanged = Response(status=304)
        unchanged.headers.pop("Content-Type", None)
        return unchanged
    response = make_response(render_template("curation/_standing.html", job=job))
    response.headers["HX-PTag"] = tag
    return response
