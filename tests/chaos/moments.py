"""The moments of a picture's way at which a process may die, and what must then become of the picture.

M1 before commit, M2 committed but not sent to the queue, M3 claimed, M4 the call is noted as sent, M5 the call is in
flight, M6 answer read but not saved, M7 bytes staged, M8 object stored but row not updated, M9 stored but not settled,
M10 half the variants, M11 publish row written, side effects pending, M12 acknowledging, M13 a public name, M14 the trash.
"""

from dataclasses import dataclass

from app.core.fail_points import Action, FailPoint, Failure
from app.core.queue import ActorName
from app.generation.states import ImageState


@dataclass(frozen=True, slots=True)
class Moment:
    """A fail point in the process of one kind. `at` is the pass; `becomes` the end of the picture that was there."""

    number: str
    point: FailPoint
    kind: str
    at: int = 2
    only: str | None = None
    becomes: ImageState | None = None

    @property
    def name(self) -> str:
        return f"{self.number}-{self.point}" + (f"-{self.only}" if self.only else "")

    def failure(self, action: Action, **values: float) -> dict[FailPoint, Failure]:
        """The setting that makes this happen here."""
        return {self.point: Failure(action=action, at=self.at, only=self.only, **values)}


P = FailPoint
DONE, UNKNOWN = ImageState.COMPLETED, ImageState.UNKNOWN

IN_GENERATE = (
    Moment("M1", P.CLAIM_UNCOMMITTED, "generate", becomes=DONE),
    Moment("M3", P.CALL_CLAIMED, "generate", becomes=DONE),
    Moment("M4", P.CALL_NOTED, "generate", becomes=UNKNOWN),
    Moment("M6", P.CALL_ANSWERED, "generate", becomes=UNKNOWN),
    Moment("M7", P.FILE_STAGED, "generate", only="1.png"),
    Moment("M8", P.ORIGINAL_KEPT, "generate", becomes=DONE),
    Moment("M9", P.SETTLE_UNCOMMITTED, "generate", becomes=DONE),
    Moment("M9", P.MESSAGE_UNSENT, "generate", only=ActorName.STORE_IMAGE),
    Moment("M12", P.MESSAGE_UNACKNOWLEDGED, "generate", only=ActorName.GENERATE_IMAGE),
)
"""On the way from the claim to the message that has the picture stored."""

IN_WORKER = (
    Moment("M1", P.DISPATCH_UNCOMMITTED, "worker", at=1),
    Moment("M2", P.MESSAGE_UNSENT, "worker", only=ActorName.GENERATE_IMAGE),
    Moment("M10", P.STORE_CLAIMED, "worker", becomes=DONE),
    Moment("M10", P.PUT_PARTLY, "worker", only="medium.jpg"),
    Moment("M10", P.VARIANTS_STORED, "worker", becomes=DONE),
    Moment("M12", P.MESSAGE_UNACKNOWLEDGED, "worker", only=ActorName.STORE_IMAGE),
    Moment("M12", P.MESSAGE_UNACKNOWLEDGED, "worker", at=1, only=ActorName.DISPATCH),
)
"""Dispatching, storing."""

OF_PAGES = (
    Moment("M11", P.PAGE_CLAIMED, "worker"),
    Moment("M11", P.PAGE_READ, "worker"),
    Moment("M11", P.PAGE_MODERATED, "worker"),
    Moment("M11", P.PAGE_ANSWERED, "worker"),
    Moment("M11", P.PAGE_UNCOMMITTED, "worker"),
    Moment("M12", P.MESSAGE_UNACKNOWLEDGED, "worker", only=ActorName.CREATE_PAGE),
)
"""Writing pages."""

OF_NAMES = (
    Moment("M13", P.NAME_CLAIMED, "worker"),
    Moment("M13", P.NAME_FILE_COPIED, "worker", at=3),
    Moment("M13", P.NAME_COPIED, "worker"),
)
"""Giving public names."""

OF_PURGES = (
    Moment("M14", P.PURGE_UNCOMMITTED, "worker", at=1),
    Moment("M14", P.OBJECT_REMOVED, "worker", at=3),
)
"""Emptying the trash."""

SUBMIT_UNCOMMITTED = Moment("M1", P.SUBMIT_UNCOMMITTED, "person", at=1)
SUBMIT_UNSENT = Moment("M2", P.MESSAGE_UNSENT, "person", at=1, only=ActorName.DISPATCH)
PUBLISH_UNSENT = Moment("M11", P.MESSAGE_UNSENT, "person", only=ActorName.CREATE_PAGE)
SCHEDULE_UNSENT = Moment("M2", P.MESSAGE_UNSENT, "scheduler", only=ActorName.SWEEP)
SPOOL_DRAINED = Moment("M8", P.SPOOL_DRAINED, "worker", at=1)
REMOTE_SUBMITTED = Moment("M5", P.REMOTE_SUBMITTED, "generate", becomes=UNKNOWN)

BY_PEOPLE = (SUBMIT_UNCOMMITTED, SUBMIT_UNSENT, PUBLISH_UNSENT)
SPECIAL = (SCHEDULE_UNSENT, SPOOL_DRAINED, REMOTE_SUBMITTED)
MOMENTS = (*IN_GENERATE, *IN_WORKER, *OF_PAGES, *OF_NAMES, *OF_PURGES, *BY_PEOPLE, *SPECIAL)

CRITICAL = tuple(
    moment for moment in (*IN_GENERATE, *IN_WORKER) if moment.number in {"M3", "M4", "M6", "M7", "M8", "M9", "M10"}
)
"""Where a process may also stand still for longer than two leases, or be asked to stop."""
SETTLING = tuple(moment for moment in CRITICAL if moment.point == P.SETTLE_UNCOMMITTED)
