"""The scheduler process: one visible table of what runs when. It only sends messages.

However many are started, one is effective: the holder of a lease in the database.
"""

import signal
import sys
from datetime import timedelta
from types import FrameType

import structlog
from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app import create_app
from app.core.database import new_id
from app.core.queue import ActorName, enqueue
from app.core.settings import Settings, load_settings
from app.generation.lease import hold, let_go
from app.publishing.tags import ensure_tags

log = structlog.get_logger()

LEASE = "schedule"
LEASE_TIME = timedelta(seconds=15)


def table(settings: Settings) -> list[tuple[ActorName, float]]:
    """What is sent, and every how many seconds."""
    return [
        (ActorName.DISPATCH, 1.0),
        (ActorName.SWEEP, settings.sweep_seconds),
    ]


class Schedule:
    """Sends the table's messages while it holds the lease."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._id = new_id()

    def send(self, actor: ActorName) -> None:
        with self._app.app_context():
            try:
                if hold(LEASE, self._id, LEASE_TIME):
                    enqueue(actor)
            except SQLAlchemyError as error:
                log.warning("schedule_waits_for_database", error_type=type(error).__name__)

    def end(self) -> None:
        """Leave the lease to the next one at once."""
        with self._app.app_context():
            let_go(LEASE, self._id)


def main() -> None:
    settings = load_settings()
    app = create_app(settings)
    with app.app_context():
        ensure_tags()
    schedule = Schedule(app)
    scheduler = BlockingScheduler(timezone="UTC")
    for actor, seconds in table(settings):
        scheduler.add_job(
            schedule.send,
            "interval",
            args=[actor],
            seconds=seconds,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        schedule.send(actor)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        scheduler.shutdown(wait=False)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("scheduler_started")
    scheduler.start()
    schedule.end()
    sys.exit(0)


if __name__ == "__main__":
    main()
