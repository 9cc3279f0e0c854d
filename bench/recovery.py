"""What the engine does when the provider names a wait, and when its limit halves and comes back."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from bench.figures import Figure
from bench.installation import Installation, Setup
from bench.provider import Limit, Provider, bucket, window
from bench.services import Services
from bench.starts import WINDOW_SECONDS, Starts
from bench.waiting import wait_for

PART = "2 Recovery"
FULL, HALF = 600, 300
LATENCY, JITTER = 2.0, 0.5
WAIT_SECONDS = 5.0
SETTLED: dict[str, tuple[int, int]] = {"window": (60, 25), "bucket": (20, 15)}
"""From how many seconds after the change on a limit that nobody told us of is counted, and for how long."""
SETTING = (
    f"{FULL}/min, {LATENCY:g} s ± {JITTER:g} s, two hosts, 256² pictures, window of 10 s or bucket of 5, provider's "
    f"clock. Full again: from then on {WINDOW_SECONDS:g} s hold 95 % of the limit."
)
RETRY_AFTER = (
    f"{SETTING} For {WAIT_SECONDS:g} s the provider refuses everything and names that wait; counted from the first "
    "429, time from the end of the wait."
)
TOLD = (
    f"{SETTING} The provider's limit changes, with an empty window, and staff set the new one while everything runs; "
    "times count from the change."
)
UNTOLD = SETTING + (
    " The provider's limit halves and nobody tells the engine; use from {} s after the change on, for {} s. The window "
    "has an installation of its own, beside the others."
)


def measure(services: Services) -> Iterator[Figure]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as beside:
        window_figures = beside.submit(_window_untold, postgres=services.postgres, quick=services.quick)
        with _running(services) as (provider, installation):
            yield from _retry_after(services, provider)
            yield from _told(services, provider, installation, HALF)
            yield from _told(services, provider, installation, FULL)
            provider.change(limit=bucket(FULL))
            _let_run(services, 6)
            yield from _untold(services, provider, "bucket", bucket(HALF))
        yield from window_figures.result()


def _window_untold(*, postgres: bool, quick: bool) -> list[Figure]:
    """An installation of its own, in a process of its own: it takes long, and waits nearly all of the time."""
    with Services(postgres=postgres, quick=quick) as services, _running(services) as (provider, _):
        return list(_untold(services, provider, "window", window(HALF)))


@contextmanager
def _running(services: Services) -> Iterator[tuple[Provider, Installation]]:
    """In the middle of a job that is longer than all that is measured."""
    setup = Setup(FULL, latency=LATENCY + JITTER, hosts=2)
    with (
        Provider(services.guard, latency=LATENCY, jitter=JITTER, limit=window(FULL)) as provider,
        Installation(services, provider, setup) as installation,
    ):
        installation.run(10)
        installation.submit(3000)
        wait_for(lambda: provider.let_in() >= 60, within=60, what="the first calls")
        yield provider, installation


def _let_run(services: Services, seconds: float) -> None:
    time.sleep(seconds if not services.quick else max(4.0, seconds / 2))


def _retry_after(services: Services, provider: Provider) -> Iterator[Figure]:
    before = provider.counters().get("rate_limited", 0)
    provider.change(limit={"kind": "window", "images": 0, "seconds": WAIT_SECONDS})
    wait_for(lambda: provider.counters().get("rate_limited", 0) > before, within=20, what="the first 429")
    first = Starts.of(provider.calls()).refused[before]
    time.sleep(max(0.0, first + WAIT_SECONDS - provider.now()))
    provider.change(limit=window(FULL))
    _let_run(services, WINDOW_SECONDS + 4)
    starts = Starts.of(provider.calls())
    further = len(starts.refused) - before - 1
    yield Figure(PART, "after a retry-after: further 429s", further, "", starts.n, RETRY_AFTER, "<= 3")
    end = first + WAIT_SECONDS
    yield _full(starts, "after a retry-after", begin=end, per_minute=FULL, how=RETRY_AFTER)


def _told(services: Services, provider: Provider, installation: Installation, per_minute: int) -> Iterator[Figure]:
    changed = provider.now()
    provider.change(limit=window(per_minute))
    installation.change_limit(per_minute)
    _let_run(services, WINDOW_SECONDS + 4)
    starts = Starts.of(provider.calls()).between(changed, provider.now())
    name = f"limit {'halved' if per_minute == HALF else 'doubled'}, engine told"
    yield Figure(PART, f"{name}: 429s", len(starts.refused), "", starts.n, TOLD)
    yield _full(starts, name, begin=changed, per_minute=per_minute, how=TOLD)


def _full(starts: Starts, name: str, *, begin: float, per_minute: int, how: str) -> Figure:
    """The time from `begin` to the first full seconds after it."""
    full = starts.first_full(begin, per_minute)
    watched = starts.accepted[-1] - begin
    if full is None:
        return Figure(PART, f"{name}: not full again", watched, "s watched", starts.n, how, "<= 120 s")
    return Figure(PART, f"{name}: full again", full - begin, "s", starts.n, how, "<= 120 s")


def _untold(services: Services, provider: Provider, kind: str, limit: Limit) -> Iterator[Figure]:
    settling, counted = SETTLED[kind]
    changed = provider.now()
    provider.change(limit=limit)
    _let_run(services, settling + counted)
    end = provider.now()
    after = Starts.of(provider.calls()).between(changed, end)
    settled = after.between(end - counted, end)
    name, how = f"limit halved, engine not told, {kind}", UNTOLD.format(settling, counted)
    yield Figure(PART, f"{name}: use of the new limit", settled.use(HALF), "%", settled.n, how, ">= 95 %")
    yield Figure(PART, f"{name}: 429s until then", len(after.refused) - len(settled.refused), "", after.n, how)
    yield Figure(PART, f"{name}: 429s from then on", len(settled.refused), "", settled.n, how)
