"""Named moments at which a process can be made to die, stand still, raise or wait. Off unless the settings say so.

The code calls `fail_point(FailPoint.…)` at each moment between two steps that a crash must not tear apart. Without the
setting a call looks at an empty dictionary and returns. docs/testing.md lists the moments.
"""

import os
import signal
import threading
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import assert_never

import structlog
from pydantic import BaseModel, Field

from app.core.errors import FailPointReached

log = structlog.get_logger()

MARKS = "fail-points"
"""The folder in the data folder that holds a file for each point that has acted."""


class FailPoint(StrEnum):
    """A moment, and what its subject is."""

    SUBMIT_UNCOMMITTED = "submit.uncommitted"
    """Job and images are written, not committed."""
    MESSAGE_UNSENT = "message.unsent"
    """Committed, the message not sent. Subject: the actor."""
    DISPATCH_UNCOMMITTED = "dispatch.uncommitted"
    """Images are marked, not committed."""
    CLAIM_UNCOMMITTED = "claim.uncommitted"
    """Claim and intent are written, not committed. Subject: the image."""
    CALL_CLAIMED = "call.claimed"
    """Claim and intent are durable, nothing is sent. Subject: the image."""
    CALL_NOTED = "call.noted"
    """The row says that the call is sent; it is not yet. Subject: the image."""
    REMOTE_SUBMITTED = "remote.submitted"
    """The provider works on it by itself, no row names its job there. Subject: the image."""
    CALL_ANSWERED = "call.answered"
    """The picture is in memory only. Subject: the image."""
    FILE_STAGED = "file.staged"
    """The bytes are on the disk under a temporary name. Subject: the file's name."""
    ORIGINAL_KEPT = "original.kept"
    """The original is kept, no row says so. Subject: the image."""
    SETTLE_UNCOMMITTED = "settle.uncommitted"
    """Picture, cost and state are written, not committed. Subject: the image."""
    STORE_CLAIMED = "store.claimed"
    """Storing is claimed, nothing is done. Subject: the image."""
    SPOOL_DRAINED = "spool.drained"
    """The spooled original is in the store, its row still names the spool. Subject: its key."""
    PUT_PARTLY = "put.partly"
    """One more of the files that are written together has its name. Subject: its name."""
    VARIANTS_STORED = "variants.stored"
    """All variants are in the store, no row says so. Subject: the image."""
    PAGE_CLAIMED = "page.claimed"
    """A page is claimed, its writer not asked. Subject: the page."""
    PAGE_READ = "page.read"
    """The picture is in memory, nobody is asked about it. Subject: the page."""
    PAGE_MODERATED = "page.moderated"
    """The moderator has answered, no row says so. Subject: the page."""
    PAGE_ANSWERED = "page.answered"
    """The writer has answered, no row says so. Subject: the page."""
    NAME_CLAIMED = "name.claimed"
    """A public name is written down, none of its files. Subject: the page."""
    NAME_FILE_COPIED = "name.file_copied"
    """One more file of it is in the store. Subject: its key."""
    NAME_COPIED = "name.copied"
    """All its files are, the page does not use it yet. Subject: the page."""
    PURGE_UNCOMMITTED = "purge.uncommitted"
    """Rows are taken away and their objects noted for removal, not committed. Subject: the page, or the job."""
    OBJECT_REMOVED = "object.removed"
    """An object is gone, the note that it has to go is not. Subject: its key."""
    PAGE_UNCOMMITTED = "page.uncommitted"
    """Text, state and address are written, not committed. Subject: the page."""
    MESSAGE_UNACKNOWLEDGED = "message.unacknowledged"
    """A message is done, the queue does not know. Subject: the actor."""


class Action(StrEnum):
    KILL = "kill"
    """SIGKILL to the process: nothing gets a chance to clean up."""
    STOP = "stop"
    """SIGSTOP to the process: it stands still until somebody sends SIGCONT."""
    RAISE = "raise"
    DELAY = "delay"


class Failure(BaseModel):
    """What happens at a fail point."""

    action: Action
    at: int = Field(1, ge=1)
    """The pass at which it happens, from 1, counted in each process."""
    only: str | None = None
    """Count passes of this subject alone."""
    every: bool = False
    """At every pass from `at` on; else once on this host, however often processes start again."""
    seconds: float = Field(0.0, ge=0)
    """How long a delay is."""


class _Armed:
    """One point with its failure, and how often it was passed."""

    def __init__(self, point: FailPoint, failure: Failure, folder: Path) -> None:
        self._point, self._failure = point, failure
        self._mark = folder / MARKS / point
        self._passes = 0
        self._lock = threading.Lock()

    def pass_by(self, subject: str) -> None:
        if self._failure.only in (None, subject) and self._is_due(subject):
            self._act(subject)

    def _is_due(self, subject: str) -> bool:
        with self._lock:
            self._passes += 1
            return self._passes >= self._failure.at and (self._is_first(subject) or self._failure.every)

    def _is_first(self, subject: str) -> bool:
        """Whether it has not acted on this host yet; from now on it has, and the file names the subject."""
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._mark.open("x") as file:
                file.write(f"{subject}\n")
        except FileExistsError:
            return False
        return True

    def _act(self, subject: str) -> None:
        action = self._failure.action
        log.warning("fail_point_reached", point=self._point, action=action, subject=subject)
        match action:
            case Action.KILL:
                os.kill(os.getpid(), signal.SIGKILL)
            case Action.STOP:
                os.kill(os.getpid(), signal.SIGSTOP)
            case Action.RAISE:
                raise FailPointReached(f"The fail point {self._point} was reached. Take it out of the configuration.")
            case Action.DELAY:
                time.sleep(self._failure.seconds)
            case _:
                assert_never(action)


_armed: dict[FailPoint, _Armed] = {}


def arm(failures: Mapping[FailPoint, Failure], folder: Path) -> None:
    """Switch on exactly these points in this process. folder: the data folder, in which is noted what has acted."""
    _armed.clear()
    _armed.update({point: _Armed(point, failure, folder) for point, failure in failures.items()})
    if failures:
        log.warning("fail_points_armed", points=sorted(failures))


def fail_point(point: FailPoint, subject: object = "") -> None:
    """Do what was set for this moment; normally nothing."""
    if _armed and (armed := _armed.get(point)):
        armed.pass_by(str(subject))
