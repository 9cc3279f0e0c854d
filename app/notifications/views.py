"""The list behind the bell."""

from typing import Any
from uuid import UUID

import structlog
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.accounts.access import asking, current_user, current_workspace, editor, viewer
from app.core.filters import plural
from app.core.web import htmx_request
from app.notifications import queries
from app.notifications.read import mark_read

log = structlog.get_logger()
blueprint = Blueprint("notifications", __name__)

SHOWN = 50


@blueprint.get("/notifications/")
@viewer
def page() -> ResponseReturnValue:
    """What happened in the workspace while nobody was looking."""
    workspace_id, number = current_workspace().id, max(1, request.args.get("page", 1, type=int))
    is_staff = current_user().is_staff
    return render_template(
        "notifications/list.html",
        notifications=queries.newest(workspace_id, is_staff=is_staff, limit=SHOWN, offset=(number - 1) * SHOWN),
        number=number,
        last=-(-queries.total(workspace_id, is_staff=is_staff) // SHOWN),
    )


@blueprint.post("/notifications/read")
@editor
def read() -> ResponseReturnValue:
    """Mark one (`only`) as read, for the whole workspace, or all that the page showed (`up_to`)."""
    only, up_to = request.form.get("only", type=UUID), request.form.get("up_to", type=UUID)
    workspace_id, is_staff = current_workspace().id, current_user().is_staff
    count = mark_read(workspace_id, is_staff=is_staff, only=only, up_to=up_to) if only or up_to else 0
    if not only:
        flash(f"{plural(count, 'notification')} marked as read.", "success")
    return redirect(url_for("notifications.page"), 303)


@blueprint.app_context_processor
def _count_for_bell() -> dict[str, Any]:
    """On whole pages that a member looks at."""
    if not request or htmx_request() or "asking" not in g:
        return {}
    try:
        asker = asking()
        here = asker.workspace if asker else None
        if asker is None or here is None:
            return {}
        return {"unread_notifications": queries.unread_count(here.id, is_staff=asker.user.is_staff)}
    except SQLAlchemyError as error:
        # Also the page that says that the database does not answer is rendered with this.
        log.warning("unread_notifications_unknown", error_type=type(error).__name__)
        return {}
