"""What the owners of a workspace choose for all its pages."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import current_actor, current_workspace, owner
from app.publishing.workspace_choices import set_choices
from app.writing.languages import LANGUAGES

blueprint = Blueprint("page_choices", __name__)


@blueprint.get("/account/pages")
@owner
def ask() -> str:
    return render_template("publishing/workspace.html", languages=_languages())


@blueprint.post("/account/pages")
@owner
def save() -> ResponseReturnValue:
    set_choices(
        current_workspace().id,
        language=request.form.get("language", ""),
        moderates_all=request.form.get("moderates_all") == "1",
        actor=current_actor(),
    )
    flash("Saved. It holds for pages that are written from now on.", "success")
    return redirect(url_for("page_choices.ask"), 303)


def _languages() -> list[tuple[str, str]]:
    return sorted(LANGUAGES.items(), key=lambda each: each[1])
