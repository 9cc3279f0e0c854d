"""What runs once a night: the trash is emptied, and the store is compared with the rows.

However many messages ask for it, one claim a night is given. A run that dies is claimed again when its claim has
lapsed, and goes on from what the rows say; one whose night has been done finds nothing to do.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.core.database import db, db_now, end_read, transaction
from app.core.errors import StorageError
from app.core.queue import ActorName, enqueue
from app.publishing.orphans import remove_orphans
from app.publishing.purge import purge_images, purge_jobs, purge_pages
from app.publishing.removals import remove_objects
from app.publishing.trash_models import Chore

HOUR = 3
"""UTC."""
NAME = "nightly"
CLAIM = timedelta(minutes=40)
"""More than a run may take: its actor has half an hour, and what is left is done by the next message."""

log = structlog.get_logger()


def night_of(moment: datetime) -> datetime:
    """The last three o'clock that has passed: the night that is due at this moment."""
    today = datetime.combine(moment.date(), time(HOUR), tzinfo=moment.tzinfo)
    return today if today <= moment else today - timedelta(days=1)


def send_nightly() -> bool:
    """Have the night's work done if it has not been yet; for schedulers, which may have slept at three."""
    now = db_now()
    done = db.session.scalar(select(Chore.night).where(Chore.name == NAME))
    end_read()
    due = done is None or done < night_of(now)
    if due:
        enqueue(ActorName.NIGHTLY)
    return due


def run_nightly() -> dict[str, Any] | None:
    """Do the night's work; answers what was done, None when it is done already or somebody is at it."""
    night = _claim()
    if night is None:
        return None
    report = {**run_now(), **_look_for_orphans()}
    _finish(night, report)
    log.info("nightly_done", **report)
    return report


def run_now() -> dict[str, Any]:
    """Empty the trash of what is past its time; safe beside a night's run. Answers how many of each are gone."""
    return {
        "jobs": _step(purge_jobs),
        "pages": _step(purge_pages),
        "images": _step(purge_images),
        "objects": _step(remove_objects),
    }


def last_night() -> Chore | None:
    """What the last night did and found, for the board."""
    return db.session.get(Chore, NAME)


def _claim() -> datetime | None:
    with transaction() as session:
        now = db_now()
        night = night_of(now)
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(dialect.insert(Chore).values(name=NAME, report={}).on_conflict_do_nothing())
        claimed = session.execute(
            update(Chore)
            .where(
                Chore.name == NAME,
                or_(Chore.night.is_(None), Chore.night < night),
                or_(Chore.claimed_until.is_(None), Chore.claimed_until < now),
            )
            .values(claimed_until=now + CLAIM, started_at=now)
            .returning(Chore.name)
        )
        return night if claimed.first() else None


def _step(step: Callable[[], int]) -> int:
    """What the step answers; 0 when it fails, which is logged: the others are done all the same."""
    try:
        return step()
    except Exception as error:
        log.exception("nightly_step_failed", step=step.__name__, error_type=type(error).__name__)
        db.session.rollback()
        return 0


def _look_for_orphans() -> dict[str, Any]:
    try:
        return remove_orphans().facts
    except StorageError as error:
        log.warning("orphans_not_looked_for", reason=error.message)
        return {"orphans": error.message}


def _finish(night: datetime, report: dict[str, Any]) -> None:
    with transaction() as session:
        session.execute(
            update(Chore)
            .where(Chore.name == NAME)
            .values(night=night, claimed_until=None, finished_at=db_now(), report=report)
        )
