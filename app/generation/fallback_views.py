"""The workspace's fallback prompt, which its owners can set."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import current_actor, current_workspace, owner
from app.core.errors import BadInput
from app.generation.fallbacks import set_workspace_fallback, whose_fallback

blueprint = Blueprint("fallbacks", __name__)
blueprint.add_app_template_filter(whose_fallback)


@blueprint.get("/account/fallback")
@owner
def ask() -> ResponseReturnValue:
    """The form alone; it stands on the account page too."""
    return render_template("generation/fallback.html", typed=current_workspace().fallback_prompt, problems=[])


@blueprint.post("/account/fallback")
@owner
def save() -> ResponseReturnValue:
    """Keep it, or show the form again with what was typed."""
    typed = request.form.get("fallback_prompt", "").replace("\r\n", "\n")
    try:
        set_workspace_fallback(current_workspace().id, typed, current_actor())
    except BadInput as error:
        return render_template("generation/fallback.html", typed=typed, problems=error.problems), 422
    taken = "is sent once for a refused prompt that has no fallback of its own" if typed.strip() else "was taken away"
    flash(f"The fallback prompt {taken}.", "success")
    return redirect(url_for("accounts.account", _anchor="fallback"), 303)
