"""Whose image is next: workspaces in turn; in a workspace mostly its urgent and small jobs, and these in turn too.

Turns need no memory of their own: who was served longest ago goes first. Nothing here reads the database.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from functools import cached_property
from uuid import UUID

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
SMALL = 20
"""A job that has so few images left goes before the larger ones of its workspace."""
PATIENCE = 3.5
"""How many times the workspace's last wait the later tiers have waited when a turn is theirs: every fourth one is.

Half-way between three and four, so that a start that is a little early or late changes nothing.
"""


class Tier(IntEnum):
    """Jobs of a workspace that take turns with each other. While later tiers wait too, a tier has 3 of 4 turns."""

    FIRST = 0
    """Urgent jobs, and small ones of normal priority."""
    USUAL = 1
    LOW = 2


@dataclass(slots=True)
class Queue:
    """Images of one job that wait for the same limit. `served_at`: when the last of them was given a start."""

    job_id: UUID
    workspace_id: UUID
    priority: int
    waiting: int
    served_at: datetime
    rerouted: bool = False
    """Whether they are those that a person has sent to another model than the job's."""

    @property
    def tier(self) -> Tier:
        if self.priority < 0:
            return Tier.LOW
        return Tier.FIRST if self.priority > 0 or self.waiting <= SMALL else Tier.USUAL


Images = Callable[[Queue], Iterator[UUID]]
"""The due images of a queue in order. Nothing is read before the first is asked for."""
Waiting = tuple[Queue, Iterator[UUID]]


class Workspace:
    """The queues of one workspace, and when any of its jobs was last served."""

    def __init__(self, queues: list[Queue], served_at: datetime, images: Images) -> None:
        self.served_at = max([served_at, *(queue.served_at for queue in queues)])
        self._queues, self._images = queues, images

    @cached_property
    def _tiers(self) -> list[deque[Waiting]]:
        """The queues of each tier, the one that was served last at the end. Made when the first turn comes."""
        tiers: list[deque[Waiting]] = [deque() for _ in Tier]
        for queue in sorted(self._queues, key=lambda queue: (queue.served_at, queue.job_id)):
            tiers[queue.tier].append((queue, self._images(queue)))
        return tiers

    def next(self, at: datetime) -> UUID | None:
        """The image that starts at this moment; None when nothing of the workspace is due.

        A job whose images all wait for a retry leaves the turn to the next.
        """
        while tier := self._tier(at):
            queue, images = tier.popleft()
            if image_id := next(images, None):
                queue.served_at = self.served_at = at
                tier.append((queue, images))
                return image_id
        return None

    def _tier(self, at: datetime) -> deque[Waiting]:
        """The tier whose turn it is; an empty one when nothing waits any more."""
        waiting = [tier for tier in self._tiers if tier]
        last = self.served_at
        while len(waiting) > 1:
            later = max(tier[-1][0].served_at for tier in waiting[1:])
            if at - later <= PATIENCE * (at - last):
                break
            waiting, last = waiting[1:], later
        return waiting[0] if waiting else deque()


def take_turns(
    queues: Iterable[Queue], served: Mapping[UUID, datetime], images: Images, moments: Iterable[datetime]
) -> Iterator[UUID]:
    """The image for each of these moments, which are in order, until nothing is due any more.

    `served`: when each workspace was last served by jobs that have no queue here any more, too: many small jobs get no
    more turns than one large one.
    """
    together: dict[UUID, list[Queue]] = {}
    for queue in queues:
        together.setdefault(queue.workspace_id, []).append(queue)
    workspaces = [Workspace(of_one, served.get(key, LONG_AGO), images) for key, of_one in together.items()]
    ring = deque(sorted(workspaces, key=lambda workspace: workspace.served_at))
    for moment in moments:
        image_id = None
        while ring and image_id is None:
            if image_id := (workspace := ring.popleft()).next(moment):
                ring.append(workspace)
        if image_id is None:
            return
        yield image_id
