"""What people are told about pages while nobody is looking, in the transaction in which it happens."""

from sqlalchemy import func, select

from app.core.database import db
from app.core.filters import clip, plural, words
from app.generation.models import Job
from app.notifications.notify import notify
from app.publishing.models import Page
from app.publishing.queries import waits_for_staff
from app.publishing.states import PageState

WRITTEN = "pages.written"
REVIEW = "pages.review"


def tell_if_last(page: Page) -> None:
    """Once no page of its job waits for the writer any more: how many became what, and staff what waits for them.

    The caller holds the job's lock.
    """
    db.session.flush()
    rows = db.session.execute(
        select(Page.state, func.count()).where(Page.job_id == page.job_id).group_by(Page.state).order_by(Page.state)
    )
    counts = {state: count for state, count in rows}  # noqa: C416  a Row is no tuple for mypy
    if counts.pop(PageState.PROCESSING, 0):
        return
    job = db.session.get_one(Job, page.job_id)
    became = ", ".join(
        f"{count} {_words(state, count)}" for state, count in counts.items() if state != PageState.TRASHED
    )
    text = f"“{clip(job.title, 80)}”: all pages are written, {became}."
    notify(page.workspace_id, WRITTEN, f"{WRITTEN}:{job.id}:{job.revision}", text, job.id)
    _tell_staff(job)


def _tell_staff(job: Job) -> None:
    waiting = select(func.count()).where(Page.job_id == job.id, *waits_for_staff())
    if count := db.session.scalar(waiting):
        text = f"“{clip(job.title, 80)}”: {plural(count, 'page waits', 'pages wait')} for review."
        notify(None, REVIEW, f"{REVIEW}:{job.id}:{job.revision}", text, job.id)


def tell_decision(page: Page, became: str, kind: str) -> None:
    """The author's workspace learns what staff have decided. The caller holds the job's lock."""
    job = db.session.get_one(Job, page.job_id)
    text = f"The page “{clip(page.title, 80)}” {became}"
    notify(page.workspace_id, kind, f"{kind}:{page.id}:{job.revision}", text.rstrip(".") + ".", job.id)


def _words(state: str, count: int) -> str:
    return "need review" if state == PageState.NEEDS_REVIEW and count > 1 else words(state)
