"""Send pages again whose message or writer was lost. Rows are the truth: a lost queue loses no page."""

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Select, or_, select, update

from app.core.database import db, db_now, end_read, transaction
from app.core.queue import ActorName, QueueName, enqueue, waiting
from app.publishing.models import Page
from app.publishing.outcome import Outcome, record_outcome
from app.publishing.publish import AT_ONCE, MESSAGE_WAIT
from app.publishing.states import PageState
from app.writing.interface import Failure

MOST_CRASHES = 3

log = structlog.get_logger()


def send_stuck_pages() -> int:
    """Send again what was lost, give up on pages that keep losing their writer; answers how many were handled."""
    given_up = sum(_give_up(page_id, attempt) for page_id, attempt in _hopeless())
    end_read()
    # As long as messages wait in the queue none is lost: more of them would only say the same again.
    room = max(0, AT_ONCE - waiting(QueueName.PUBLISH))
    with transaction():
        now = db_now()
        sent = _free_lapsed(now) + (_send_again(now, room) if room else 0)
    if given_up or sent:
        log.info("pages_recovered", sent=sent, given_up=given_up)
    return given_up + sent


def _hopeless() -> list[tuple[UUID, int]]:
    rows = db.session.execute(
        select(Page.id, Page.attempt)
        .where(Page.state == PageState.PROCESSING, Page.claimed_until < db_now(), Page.crashes >= MOST_CRASHES - 1)
        .limit(AT_ONCE)
    ).all()
    end_read()
    return [(page_id, attempt) for page_id, attempt in rows]


def _give_up(page_id: UUID, attempt: int) -> bool:
    reason = (
        f"The writer was lost {MOST_CRASHES} times while it wrote this page. Write the text yourself, or ask it again."
    )
    return record_outcome(page_id, attempt, Outcome(failure=Failure.LOST, reason=reason)) is not None


def _free_lapsed(now: datetime) -> int:
    """A claim that has lapsed is a crash, and is counted before the page is offered again."""
    lapsed = _some_of(Page.claimed_until < now, Page.crashes < MOST_CRASHES - 1)
    return _dispatch(lapsed, now, crashes=Page.crashes + 1, step=None)


def _send_again(now: datetime, room: int) -> int:
    waiting = _some_of(
        Page.claimed_until.is_(None), or_(Page.dispatched_until.is_(None), Page.dispatched_until < now)
    ).limit(room)
    return _dispatch(waiting, now)


def _some_of(*where: ColumnElement[bool]) -> Select[UUID]:
    return (
        select(Page.id)
        .where(Page.state == PageState.PROCESSING, *where)
        .order_by(Page.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )


def _dispatch(pages: Select[UUID], now: datetime, **values: object) -> int:
    sent = db.session.scalars(
        update(Page)
        .where(Page.id.in_(pages))
        .values(claimed_until=None, dispatched_until=now + MESSAGE_WAIT, **values)
        .returning(Page.id)
        .execution_options(synchronize_session=False)
    ).all()
    for page_id in sent:
        enqueue(ActorName.CREATE_PAGE, page_id)
    return len(sent)
