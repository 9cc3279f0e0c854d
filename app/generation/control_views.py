"""What a person can do to a job and to one of its images. Every answer says what happened."""

import json
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import current_actor, current_workspace, editor
from app.core.errors import BadInput, Conflict
from app.core.filters import plural
from app.core.web import htmx_request
from app.generation import control
from app.generation.check_again import check_again as look_again
from app.generation.failures import RETRYABLE, failed_kinds, left_out_sentence
from app.generation.naming import cancelled_sentence, stopped_sentence
from app.generation.queries import get_image, get_job
from app.generation.rerun import RERUN_FROM, seen_as
from app.generation.rerun import rerun_image as run_again

blueprint = Blueprint("control", __name__)

NOTHING_TO_RETRY = (
    "What failed here would fail in the same way again. Start a new job with other prompts, "
    "or choose the images to run again on the contact sheet."
)


@blueprint.post("/jobs/<uuid:job_id>/pause")
@editor
def pause_job(job_id: UUID) -> ResponseReturnValue:
    control.pause_job(job_id, workspace_id=current_workspace().id, actor=current_actor())
    return done(job_id, "Paused. Pictures already on the way still arrive.")


@blueprint.post("/jobs/<uuid:job_id>/resume")
@editor
def resume_job(job_id: UUID) -> ResponseReturnValue:
    control.resume_job(job_id, workspace_id=current_workspace().id, actor=current_actor())
    return done(job_id, "The job goes on.")


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
    return done(job_id, cancelled_sentence(answer))


@blueprint.get("/jobs/<uuid:job_id>/stop")
@editor
def ask_stop(job_id: UUID) -> ResponseReturnValue:
    """The question before stopping, for browsers without JavaScript."""
    job = get_job(job_id, current_workspace().id)
    return render_template("generation/stop.html", job=job, back=request.args.get("back", ""))


@blueprint.post("/jobs/<uuid:job_id>/stop")
@editor
def stop_job(job_id: UUID) -> ResponseReturnValue:
    """Prompts that have begun get all their variations; the others are cancelled."""
    answer = control.stop_after_current(job_id, workspace_id=current_workspace().id, actor=current_actor())
    return done(job_id, stopped_sentence(answer))


@blueprint.post("/jobs/<uuid:job_id>/retry")
@editor
def retry_failed(job_id: UUID) -> ResponseReturnValue:
    """Run failed images again: those that may work as they are, or with `choose` those of the ticked classes.

    `may_bill_twice` adds those whose answer was lost.
    """
    chosen = frozenset(request.form.getlist("error_type")) if "choose" in request.form else RETRYABLE
    may_bill_twice = "may_bill_twice" in request.form
    if not chosen and not may_bill_twice:
        raise BadInput(["Choose at least one kind of failure."])
    failures = failed_kinds(get_job(job_id, current_workspace().id).error_summary)
    if failures and chosen.isdisjoint(failures) and not may_bill_twice:
        raise Conflict(NOTHING_TO_RETRY)
    count = control.retry_failed(
        job_id,
        workspace_id=current_workspace().id,
        actor=current_actor(),
        error_types=chosen,
        may_bill_twice=may_bill_twice,
    )
    sentence = f"{plural(count, 'image')} will run again. {left_out_sentence(failures, chosen)}"
    return done(job_id, sentence.strip(), closeDialog={})


@blueprint.get("/images/<uuid:image_id>/rerun")
@editor
def ask_rerun(image_id: UUID) -> ResponseReturnValue:
    """The question before an unknown image is run again, for browsers without JavaScript."""
    image = get_image(image_id, current_workspace().id)
    if image.state not in RERUN_FROM:
        return redirect(url_for("curation.image", job_id=image.job_id, image_id=image.id), 303)
    return render_template("generation/rerun.html", image=image, seen=seen_as(image.state, image.attempt))


@blueprint.post("/images/<uuid:image_id>/rerun")
@editor
def rerun_image(image_id: UUID) -> ResponseReturnValue:
    """Run an image again, as it is or with what the form has changed.

    Fields: `prompt` and `model` instead of its own; `anew` for another picture although one is kept; `may_bill_twice`
    for an unknown one; `seen` is what the page showed, so that a second click or another tab starts no second run.
    """
    image = get_image(image_id, current_workspace().id)
    typed = request.form.get("prompt", image.prompt_typed).replace("\r\n", "\n")
    model = request.form.get("model") or image.model
    job = run_again(
        image_id,
        workspace_id=current_workspace().id,
        actor=current_actor(),
        prompt=typed if typed.strip() != image.prompt_typed else None,
        model=model if model != image.model else None,
        anew="anew" in request.form,
        may_bill_twice="may_bill_twice" in request.form,
        seen=request.form.get("seen"),
    )
    return done(job.id, "The image will run again.")


@blueprint.post("/images/<uuid:image_id>/check")
@editor
def check_again(image_id: UUID) -> ResponseReturnValue:
    """Look for the picture of an image whose answer was lost; the answer says what was found."""
    job_id = get_image(image_id, current_workspace().id).job_id
    checked = look_again(image_id, workspace_id=current_workspace().id, actor=current_actor())
    return done(job_id, checked.sentence, kind="success" if checked.found else "info")


def done(
    job_id: UUID, sentence: str, *, kind: str = "success", back: str | None = None, **events: dict[str, Any]
) -> ResponseReturnValue:
    """Say what happened: htmx gets a toast and the event `jobChanged`, at which pages look again; others go back.

    back: to this address instead of the sheet. `events` are further ones for htmx.
    """
    if htmx_request():
        response = make_response("", 204)
        toast = {"kind": kind, "text": sentence}
        response.headers["HX-Trigger"] = json.dumps({"toast": toast, "jobChanged": {}, **events})
        return response
    flash(sentence, kind)
    if request.form.get("back") == "list":
        back = url_for("generation.job_list")
    return redirect(back or url_for("curation.sheet", job_id=job_id), 303)
