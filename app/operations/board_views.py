"""The staff's page: what the limiter is doing, what is paused and why, and the switches of the models."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import current_actor, staff
from app.core.errors import BadInput
from app.core.filters import number, plural
from app.generation import model_switches as switches
from app.generation.pace import paces
from app.generation.switches import resume_provider
from app.operations.board import pauses, provider_models
from app.operations.forms import day_of, per_minute_of
from app.publishing.nightly import last_night

blueprint = Blueprint("board", __name__, url_prefix="/operations")


@blueprint.get("/")
@staff
def page() -> ResponseReturnValue:
    return _page()


@blueprint.get("/live")
@staff
def live() -> ResponseReturnValue:
    """The part that changes by itself."""
    return render_template("operations/_live.html", **_live())


@blueprint.post("/resume")
@staff
def resume() -> ResponseReturnValue:
    """Make calls to a provider again, and let its jobs go on."""

    def act(name: str) -> str:
        done = resume_provider(name, current_actor())
        if not done.lifted and not done.jobs:
            return f"{name} is not paused any more."
        return f"{name} is asked again. {_go_on(done.jobs)}"

    return _changed(act)


@blueprint.post("/limit")
@staff
def limit() -> ResponseReturnValue:
    """Change how many images a minute are made; `reset` goes back to the configured limit."""

    def act(name: str) -> str:
        per_minute = None if "reset" in request.form else per_minute_of(request.form.get("per_minute", ""))
        switches.set_limit(name, per_minute, current_actor())
        return f"{name}: {'as configured' if per_minute is None else f'{number(per_minute)} images a minute'}."

    return _changed(act)


@blueprint.post("/disable")
@staff
def disable() -> ResponseReturnValue:
    def act(name: str) -> str:
        switches.disable_model(name, request.form.get("reason", ""), current_actor())
        return f"{name} is switched off. Calls on the way finish; its jobs pause."

    return _changed(act)


@blueprint.post("/enable")
@staff
def enable() -> ResponseReturnValue:
    return _changed(lambda name: f"{name} is switched on. {_go_on(switches.enable_model(name, current_actor()))}")


@blueprint.post("/shutdown")
@staff
def shutdown() -> ResponseReturnValue:
    """Set the day from which a provider ends a model; an empty one goes back to the catalogue's."""

    def act(name: str) -> str:
        day = day_of(request.form.get("day", ""))
        switches.set_shutdown_date(name, day, current_actor())
        return f"{name} ends on {day.isoformat()}." if day else f"{name} ends when the catalogue says so."

    return _changed(act)


def _changed(act: Callable[[str], str]) -> ResponseReturnValue:
    """Do it, and show the page with what happened; with the problem and what was typed when it cannot be done."""
    name = request.form.get("name", "")
    try:
        flash(act(name), "success")
    except BadInput as error:
        return _page(typed=request.form, problem=error.message), 422
    return redirect(url_for("board.page"), 303)


def _page(*, typed: Mapping[str, str] | None = None, problem: str | None = None) -> str:
    return render_template(
        "operations/board.html",
        providers=provider_models(),
        night=last_night(),
        typed=typed or {},
        problem=problem,
        **_live(),
    )


def _live() -> dict[str, Any]:
    return {"pauses": pauses(), "lanes": paces()}


def _go_on(jobs: int) -> str:
    return f"{plural(jobs, 'job')} {'goes' if jobs == 1 else 'go'} on."
