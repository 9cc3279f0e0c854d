"""The scheduler process: one visible table of what runs when. It only sends messages.

However many are started, one is effective: the holder of a lease in the database.
"""

import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from types import FrameType

import structlog
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app import create_app
from app.core.database import new_id
from app.core.queue import QUEUE_OF, ActorName, enqueue, waiting
from app.core.settings import Settings, load_settings
from app.generation.lease import hold, let_go
from app.publishing.nightly import HOUR, send_nightly
from app.publishing.tags import ensure_tags

log = structlog.get_logger()

LEASE = "schedule"
LEASE_TIME = timedelta(seconds=15)
MOST_WAITING = 10
"""While so many messages wait, no more are sent: of rounds that nobody came to make, a few are worth making late."""
CLOCK_SECONDS = 1.0
"""How often is looked whether somebody has set the clock."""


def table(settings: Settings) -> list[tuple[ActorName, BaseTrigger]]:
    """What is sent, and when. What is due once a night is asked for until it is done: somebody may sleep at three."""
    return [
        (ActorName.DISPATCH, _every(1.0)),
        (ActorName.POLL_REMOTE_JOBS, _every(1.0)),
        (ActorName.SWEEP, _every(settings.sweep_seconds)),
        (ActorName.NIGHTLY, CronTrigger(hour=HOUR, timezone="UTC")),
        (ActorName.NIGHTLY, _every(600.0)),
    ]


def _every(seconds: float) -> IntervalTrigger:
    return IntervalTrigger(seconds=seconds, timezone="UTC")


class Schedule:
    """Sends the table's messages while it holds the lease."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._id = new_id()

    def send(self, actor: ActorName) -> None:
        with self._app.app_context():
            try:
                if not hold(LEASE, self._id, LEASE_TIME):
                    return
                if actor == ActorName.NIGHTLY:
                    send_nightly()
                elif waiting(QUEUE_OF[actor]) < MOST_WAITING:
                    enqueue(actor)
            except SQLAlchemyError as error:
                log.warning("schedule_waits_for_database", error_type=type(error).__name__)

    def end(self) -> None:
        """Leave the lease to the next one at once."""
        with self._app.app_context():
            let_go(LEASE, self._id)


def follow_clock(scheduler: BlockingScheduler, stopped: Event) -> None:
    """Plan anew when the clock was set: a step back of ten minutes must not be ten minutes of silence."""
    before = time.time() - time.monotonic()
    while not stopped.wait(CLOCK_SECONDS):
        ahead = time.time() - time.monotonic()
        if abs(ahead - before) > CLOCK_SECONDS:
            log.warning("clock_was_set", seconds=round(ahead - before))
            for job in scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))
        before = ahead


def main() -> None:
    settings = load_settings()
    app = create_app(settings)
    with app.app_context():
        ensure_tags()
    schedule = Schedule(app)
    scheduler = BlockingScheduler(timezone="UTC")
    for actor, trigger in table(settings):
        scheduler.add_job(
            schedule.send,
            trigger,
            args=[actor],
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
    stopped = Event()
    Thread(target=follow_clock, args=(scheduler, stopped), name="clock", daemon=True).start()
    scheduler.start()
    stopped.set()
    schedule.end()
    sys.exit(0)


if __name__ == "__main__":
    main()
