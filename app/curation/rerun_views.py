"""The question before all that a sheet's filters show is run again."""

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.accounts.access import current_workspace, editor
from app.curation.forms import MOST_CHANGED, fields_of
from app.curation.runs import parse_runs
from app.generation.queries import get_job
from app.generation.rerun_many import look_at_rerun

blueprint = Blueprint("rerun", __name__)


@blueprint.post("/jobs/<uuid:job_id>/rerun/look")
@editor
def look(job_id: UUID) -> ResponseReturnValue:
    """What a run of the positions `at` would do, as {"images": 37, "sentence": …}. It changes nothing.

    With `refused` also what would fail in the same way again. A request of its own because positions may be many.
    """
    fields = fields_of(request)
    at = parse_runs(fields.get("at", ""), most=MOST_CHANGED)
    found = look_at_rerun(get_job(job_id, current_workspace().id), at, refused=fields.get("refused") == "1")
    return {"images": found.started, "sentence": found.question}
