"""A round over what may be stuck with pages and the trash. One step's failure stops no other."""

import structlog

from app.core.database import db
from app.publishing.name_pictures import send_unnamed
from app.publishing.removals import send_removals
from app.publishing.sweep_pages import send_stuck_pages

log = structlog.get_logger()


def sweep_pages() -> None:
    for step in (send_stuck_pages, send_unnamed, send_removals):
        try:
            step()
        except Exception as error:
            log.exception("sweep_step_failed", step=step.__name__, error_type=type(error).__name__)
            db.session.rollback()
