"""Whose turn it is to be asked about: remote jobs are asked about by message, by one process at a time.

`poll_at` is the right to ask: who moves it on from the value that the message names has it, until the new value. A
process that dies with the right delays the next question by the lease and nothing else.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, exists, select, update

from app.core.database import db, db_now, end_read, transaction
from app.core.errors import RateLimiterUnavailable
from app.core.queue import ActorName, enqueue
from app.generation.call import Call
from app.generation.models import Attempt, AttemptOutcome, Image, Job
from app.generation.states import JobState
from app.generation.studio import studio

log = structlog.get_logger()

FIRST_SECONDS = 1.0
"""From the submission to the first question."""
ASKING_SECONDS = 45.0
"""How long one question with its download may take; then another process may ask."""
MESSAGE_SECONDS = 20.0
"""How long a message to ask may be under way; then it is taken for lost."""
MOST_AT_ONCE = 500
OPEN = frozenset({AttemptOutcome.INTENDED, AttemptOutcome.LOST, AttemptOutcome.AMBIGUOUS})
"""Outcomes that an answer can still change."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The right to ask about one remote job. `age` is seconds since it was sent, by the database's clock.

    `remote_id` is None for a job whose name was never learnt: it has to be found first. `mark` is the `poll_at` that
    the right consists of.
    """

    call: Call
    remote_id: str | None
    outcome: str
    age: float
    mark: datetime
    cancelling: bool


def send_due_polls() -> int:
    """Send a message for every remote job that is due, as many as the providers allow; answers how many."""
    due: dict[str, list[UUID]] = defaultdict(list)
    query = select(Attempt.provider, Attempt.id).where(Attempt.poll_at <= db_now()).order_by(Attempt.poll_at)
    for provider, attempt_id in db.session.execute(query.limit(MOST_AT_ONCE)):
        due[provider].append(attempt_id)
    end_read()
    return sum(_send(provider, ids) for provider, ids in due.items())


def _send(provider: str, ids: list[UUID]) -> int:
    try:
        reserved = studio().limiter.reserve(polls_key(provider), len(ids), per_minute=_polls_per_minute(provider))
    except RateLimiterUnavailable as error:
        log.warning("polls_postponed", provider=provider, reason=error.message)
        return 0
    with transaction() as session:
        now = db_now()
        mark = now + timedelta(seconds=MESSAGE_SECONDS)
        still_due = select(Attempt.id).where(Attempt.id.in_(ids[: len(reserved.starts)]), Attempt.poll_at <= now)
        marked = list(session.scalars(still_due.order_by(Attempt.id).with_for_update(skip_locked=True)))
        session.execute(update(Attempt).where(Attempt.id.in_(marked)).values(poll_at=mark))
        for attempt_id in marked:
            enqueue(ActorName.POLL_REMOTE_JOB, attempt_id, mark=mark.isoformat())
    return len(marked)


def polls_key(provider: str) -> str:
    """The limiter of questions: they are counted apart from creations."""
    return f"{provider}:{studio().providers.credential(provider)}:polls"


def _polls_per_minute(provider: str) -> float:
    limits = [model.polls_per_minute for model in studio().catalogue.models if model.provider == provider]
    return min(limits, default=60.0)


def can_be_asked_about(attempt: Attempt) -> bool:
    """Whether there may be a job at a provider whose end is not known yet."""
    if not studio().providers.is_remote(attempt.provider) or attempt.asset_id is not None or attempt.sent_at is None:
        return False
    named = attempt.remote_id is not None
    return attempt.outcome in OPEN and (named or attempt.outcome != AttemptOutcome.INTENDED)


def claim_poll(attempt_id: UUID, mark: datetime | None = None) -> Asking | None:
    """Take the right to ask, if `poll_at` still is the mark, or whatever it is. None when there is nothing to ask."""
    with transaction() as session:
        query = select(Attempt).where(Attempt.id == attempt_id)
        if mark is not None:
            query = query.where(Attempt.poll_at == mark)
        locked = query.with_for_update().execution_options(populate_existing=True)
        attempt = session.scalars(locked).one_or_none()
        if attempt is None:
            return None
        if not can_be_asked_about(attempt):
            attempt.poll_at = None
            return None
        now = db_now()
        attempt.poll_at = now + timedelta(seconds=ASKING_SECONDS)
        return _asking(attempt, attempt.poll_at, now)


def _asking(attempt: Attempt, mark: datetime, now: datetime) -> Asking:
    image = db.session.get_one(Image, attempt.image_id, populate_existing=True)
    job = db.session.get_one(Job, image.job_id, populate_existing=True)
    call = Call(
        image_id=image.id,
        job_id=job.id,
        workspace_id=job.workspace_id,
        attempt_id=attempt.id,
        attempt=attempt.number,
        model=attempt.model,
        quality=image.quality,
        width=image.width,
        height=image.height,
        prompt=attempt.prompt_sent,
        seed=image.seed,
    )
    age = (now - (attempt.sent_at or now)).total_seconds()
    return Asking(call, attempt.remote_id, attempt.outcome, age, mark, job.state == JobState.CANCELLING)


def ask_again(asking: Asking, seconds: float) -> None:
    """Give the right back: the next question is so much later. Somebody who has hastened it meanwhile is heard."""
    _set_poll_at(asking, db_now() + timedelta(seconds=seconds))


def ask_no_more(asking: Asking) -> None:
    _set_poll_at(asking, None)


def _set_poll_at(asking: Asking, moment: datetime | None) -> None:
    with transaction() as session:
        session.execute(
            update(Attempt)
            .where(Attempt.id == asking.call.attempt_id, Attempt.poll_at == asking.mark)
            .values(poll_at=moment)
        )


def search_from(provider: str) -> datetime | None:
    """When to look for a job whose name was lost with the process that started it; None where there are none."""
    return db_now() if studio().providers.is_remote(provider) else None


def being_asked_about() -> ColumnElement[bool]:
    """For a query of images: whether the present attempt is a remote job, which outlives the process it began in."""
    return exists().where(Attempt.image_id == Image.id, Attempt.number == Image.attempt, Attempt.poll_at.is_not(None))
