"""Turns are exact: whatever comes, ends, waits or is paused, nobody with work gets two before another gets one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.generation.fairness import LONG_AGO, SMALL, Queue, Tier, take_turns

BEGIN = datetime(2026, 11, 25, tzinfo=UTC)
LARGE = 1_000


def key(number: int) -> UUID:
    return UUID(int=number)


class Lane:
    """Queues that live on from one dispatch to the next, a second apart for each start."""

    def __init__(self, queues: Sequence[Queue]) -> None:
        self.queues = list(queues)
        self.paused: set[UUID] = set()
        self.waiting: set[UUID] = set()
        self._served: dict[UUID, datetime] = {}
        self._clock = count(1)
        self._jobs: dict[UUID, UUID] = {}

    def dispatch(self, starts: int) -> list[UUID]:
        """The jobs of the next starts, in order."""
        moments = [BEGIN + timedelta(seconds=next(self._clock)) for _ in range(starts)]
        running = [queue for queue in self.queues if queue.job_id not in self.paused and queue.waiting]
        jobs = []
        for image_id, moment in zip(take_turns(running, self._served, self._images, moments), moments, strict=False):
            queue = next(queue for queue in self.queues if queue.job_id == self._jobs[image_id])
            queue.waiting -= 1
            queue.served_at = self._served[queue.workspace_id] = moment
            jobs.append(queue.job_id)
        return jobs

    def _images(self, queue: Queue) -> Iterator[UUID]:
        if queue.job_id in self.waiting:
            return
        for _ in range(queue.waiting):
            image_id = key(len(self._jobs) + 1)
            self._jobs[image_id] = queue.job_id
            yield image_id


def queue(job: int, workspace: int, *, priority: int = 0, waiting: int = LARGE) -> Queue:
    return Queue(key(job), key(workspace), priority, waiting, LONG_AGO)


def five_workspaces() -> list[Queue]:
    """With four, one, one, two and one job."""
    return [
        queue(10 * workspace + job, workspace) for workspace, jobs in enumerate((4, 1, 1, 2, 1)) for job in range(jobs)
    ]


@settings(deadline=None, max_examples=60)
@given(batches=st.lists(st.integers(1, 25), min_size=20, max_size=60), data=st.data())
def test_workspaces_with_work_start_equally_many_in_any_window(batches: list[int], data: st.DataObject) -> None:
    lane, starts = Lane(five_workspaces()), []
    stoppable = [
        queue.job_id for queue in lane.queues if queue.workspace_id in {key(0), key(3)} and queue.job_id.int % 10
    ]
    for batch in batches:
        lane.paused = set(data.draw(st.lists(st.sampled_from(stoppable))))
        lane.waiting = set(data.draw(st.lists(st.sampled_from(stoppable))))
        starts += [UUID(int=job_id.int // 10) for job_id in lane.dispatch(batch)]

    assert len(starts) == sum(batches)
    for begin in range(0, len(starts), 7):
        window = Counter(starts[begin : begin + 60])
        assert max(window.values()) - min(window[key(workspace)] for workspace in range(5)) <= 1


def test_jobs_of_one_tier_take_turns() -> None:
    lane = Lane([queue(1, 1), queue(2, 1), queue(3, 1)])

    assert [job.int for job in lane.dispatch(4) + lane.dispatch(5)] == [1, 2, 3] * 3


@pytest.mark.parametrize("first", [queue(2, 1, priority=1), queue(2, 1, waiting=SMALL)], ids=["urgent", "small"])
def test_an_urgent_and_a_small_job_have_three_of_four_turns(first: Queue) -> None:
    lane = Lane([queue(1, 1), first])
    lane.dispatch(1)

    assert Counter(job.int for _ in range(4) for job in lane.dispatch(4)) == {2: 12, 1: 4}


def test_three_tiers_all_get_their_turns() -> None:
    lane = Lane([queue(1, 1, priority=-1), queue(2, 1), queue(3, 1, priority=1)])
    lane.dispatch(3)

    shares = Counter(job.int for job in lane.dispatch(640))

    assert shares == {3: pytest.approx(480, abs=2), 2: pytest.approx(120, abs=2), 1: pytest.approx(40, abs=2)}


def test_a_stream_of_small_jobs_leaves_a_quarter_to_a_large_one() -> None:
    lane, numbers = Lane([queue(1, 1)]), count(2)
    starts: Counter[int] = Counter()
    for _ in range(100):
        lane.queues += [queue(next(numbers), 1, waiting=2) for _ in range(3)]
        starts.update(job.int for job in lane.dispatch(4))

    assert starts[1] == pytest.approx(100, abs=2)


def test_a_large_job_that_comes_while_small_ones_are_served_starts_at_once() -> None:
    lane = Lane([queue(number, 1, waiting=10) for number in range(2, 9)])
    lane.dispatch(10)
    lane.queues.append(queue(1, 1))

    assert lane.dispatch(1) == [key(1)]


def test_a_workspace_that_waited_long_gets_no_more_than_its_turn() -> None:
    lane = Lane([queue(1, 1), queue(2, 2)])
    lane.paused = {key(2)}
    lane.dispatch(50)
    lane.paused = set()

    assert Counter(job.int for job in lane.dispatch(20)) == {1: 10, 2: 10}


def test_nothing_is_read_of_a_queue_whose_turn_does_not_come() -> None:
    read: list[UUID] = []

    def images(queue: Queue) -> Iterator[UUID]:
        read.append(queue.job_id)
        yield key(queue.job_id.int)

    moments = [BEGIN + timedelta(seconds=number) for number in range(3)]
    list(take_turns([queue(number, number % 50) for number in range(500)], {}, images, moments))

    assert len(read) == 3


@pytest.mark.parametrize(
    ("priority", "waiting", "tier"),
    [
        (1, LARGE, Tier.FIRST),
        (1, 1, Tier.FIRST),
        (0, SMALL, Tier.FIRST),
        (0, SMALL + 1, Tier.USUAL),
        (-1, LARGE, Tier.LOW),
        (-1, 1, Tier.LOW),
    ],
)
def test_who_goes_first(priority: int, waiting: int, tier: Tier) -> None:
    assert queue(1, 1, priority=priority, waiting=waiting).tier == tier
