"""What holds slots of the lanes and threads of the processes, and who gets the threads that are free.

A call that its provider works on by itself holds a slot of its lane and no thread. One whose process is dead is to be
recovered, which waits while the store cannot be asked for its picture: it holds neither.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, literal_column, or_, select

from app.core.database import db
from app.generation.heartbeat import alive
from app.generation.models import Image
from app.generation.remote_polls import being_asked_about
from app.generation.waiting import CALLING


@dataclass(frozen=True, slots=True)
class Occupied:
    """Calls by model: those that hold a slot, and those among them that hold a thread."""

    slots: Counter[str]
    threads: Counter[str]

    def slots_of(self, models: Collection[str]) -> int:
        return sum(self.slots[model] for model in models)

    def threads_of(self, models: Collection[str]) -> int:
        return sum(self.threads[model] for model in models)


def occupied(in_flight: Counter[str], lease_seconds: float) -> Occupied:
    """What of the calls in flight, made or about to be, holds something."""
    remote, abandoned = _without_thread(lease_seconds)
    slots = in_flight - abandoned
    return Occupied(slots, slots - remote)


def _without_thread(lease_seconds: float) -> tuple[Counter[str], Counter[str]]:
    """Calls that no thread waits for: the providers' own, and those of dead processes."""
    is_remote = being_asked_about()
    is_dead = Image.claimed_by.not_in(alive(lease_seconds))
    query = (
        select(Image.model, is_remote.label("is_remote"), func.count().label("calls"))
        .where(*CALLING, or_(is_remote, is_dead))
        .group_by(Image.model, literal_column("is_remote"))
    )
    remote, abandoned = Counter[str](), Counter[str]()
    for row in db.session.execute(query):
        (remote if row.is_remote else abandoned)[row.model] += row.calls
    return remote, abandoned


def shared(free: int, wanted: Mapping[str, int], busy: Mapping[str, int]) -> Counter[str]:
    """Give each free thread to who has the fewest (max-min fairness), by name, until nobody wants more.

    `wanted`: how many more each can use; `busy`: how many each has.
    """
    given = Counter[str]()
    for _ in range(max(0, free)):
        wanting = [name for name, most in wanted.items() if given[name] < most]
        if not wanting:
            break
        given[min(wanting, key=lambda name: busy[name] + given[name])] += 1
    return given
