"""Write down what the moderator says about a page's picture."""

from uuid import UUID

import structlog

from app.core.database import transaction
from app.moderation.interface import Verdict
from app.publishing.queries import lock_page
from app.publishing.states import PageState

log = structlog.get_logger()


def record_verdict(page_id: UUID, attempt: int, verdict: Verdict) -> bool:
    """Keep the verdict, so that a crash from here on asks for no second one; False when the attempt is out of date."""
    with transaction():
        page = lock_page(page_id)
        if page is None or page.state != PageState.PROCESSING or page.attempt != attempt:
            return False
        page.severity, page.moderated_by = verdict.severity, verdict.model
        page.moderation = {"found": list(verdict.found), "scores": dict(verdict.scores)}
    log.info("page_moderated", page=str(page_id), attempt=attempt, severity=verdict.severity, model=verdict.model)
    return True
