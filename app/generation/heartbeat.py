"""Every worker process says that it is alive; a process that is silent for the lease is dead."""

import os
import threading
import time
from datetime import timedelta
from uuid import UUID

import structlog
from flask import Flask
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.core.database import db, db_now, end_read, new_id, transaction
from app.generation.clock_watch import ClockWatch
from app.generation.process_models import Process

log = structlog.get_logger()

BEATS_PER_LEASE = 6
GENERATE = "generate"
"""The kind of process that makes calls."""


class Heartbeat:
    """A thread that beats a row of `processes`. `process_id` is new for every start."""

    def __init__(self, app: Flask, *, kind: str, lease_seconds: float, threads: int = 1) -> None:
        self.process_id = new_id()
        self._app = app
        self._kind = kind
        self._threads = threads
        self._interval = lease_seconds / BEATS_PER_LEASE
        self._lease = lease_seconds
        self._beaten = self._trusted_from = time.monotonic()
        self._clock = ClockWatch()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Write the row, then beat it until stopped."""
        with self._app.app_context():
            self._beat()
        self._thread.start()

    def stop(self) -> None:
        """Beat no more and take the row away: what this process had is finished or handed back."""
        self._stop.set()
        self._thread.join()
        with self._app.app_context(), transaction() as session:
            session.execute(delete(Process).where(Process.id == self.process_id))

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            with self._app.app_context():
                try:
                    self._beat()
                except SQLAlchemyError as error:
                    log.warning("heartbeat_failed", error_type=type(error).__name__)
                except Exception as error:
                    # Without this thread a living process would be taken for dead.
                    log.exception("heartbeat_failed", error_type=type(error).__name__)

    @property
    def trusted(self) -> bool:
        """Whether silence of others means that they are dead.

        After a gap of our own the database was away, or we were frozen; after a step of the database's clock all last
        beats seem old: then the others get one lease to beat again.
        """
        self._clock.look(db_now())
        end_read()
        now = time.monotonic()
        even = not self._clock.stepped_within(self._lease)
        return even and now - self._beaten < self._lease and now >= self._trusted_from

    @property
    def even_seconds(self) -> float:
        """For how long the database's clock has run evenly: what seems older may only seem so."""
        return self._clock.even_seconds

    def _note_beat(self) -> None:
        now = time.monotonic()
        if now - self._beaten >= self._lease:
            self._trusted_from = now + self._lease
        self._beaten = now

    def _beat(self) -> None:
        """Beat the row, or write it again: a sweep that took us for dead has removed it."""
        with transaction() as session:
            now = db_now()
            self._clock.look(now)
            beaten = session.execute(
                update(Process).where(Process.id == self.process_id).values(beat_at=now).returning(Process.id)
            )
            if beaten.first() is None:
                session.add(
                    Process(
                        id=self.process_id,
                        kind=self._kind,
                        host=self._app.extensions["studio"].host_id,
                        pid=os.getpid(),
                        threads=self._threads,
                        started_at=now,
                        beat_at=now,
                    )
                )
        self._note_beat()


def calls_at_once(lease_seconds: float) -> int:
    """How many calls all living `generate` processes together can have in flight."""
    return db.session.execute(
        select(func.coalesce(func.sum(Process.threads), 0)).where(
            Process.kind == GENERATE, Process.id.in_(alive(lease_seconds))
        )
    ).scalar_one()


def alive(lease_seconds: float) -> Select[UUID]:
    """The processes that have beaten within the lease, by the database's clock, as a subquery."""
    return select(Process.id).where(Process.beat_at >= db_now() - timedelta(seconds=lease_seconds))
