"""What the engine does when the provider names a wait, and when its limit halves and comes back."""

import time
from collections.abc import Iterator

from bench.figures import Figure
from bench.installation import Installation, Setup
from bench.provider import Provider, window
from bench.services import Services
from bench.starts import Starts
from bench.waiting import wait_for

PART = "2 Recovery"
FULL, HALF = 600, 300
LATENCY, JITTER = 2.0, 0.5
WAIT_SECONDS = 5.0
SETTING = (
    f"{FULL}/min, {LATENCY:g} s ± {JITTER:g} s, one host, 256² pictures, sliding window of 10 s, provider's clock. "
    "Full again: from then on ten seconds hold 95 % of the limit."
)
RETRY_AFTER = (
    f"{SETTING} For {WAIT_SECONDS:g} s the provider refuses everything and names that wait; counted from the first "
    "429, time from the end of the wait."
)
TOLD = (
    f"{SETTING} The provider's limit changes, with an empty window, and the engine is told at once; times count from "
    "the change."
)
UNTOLD = f"{SETTING} The provider's limit halves and nobody tells the engine."


def measure(services: Services) -> Iterator[Figure]:
    setup = Setup(FULL, latency=LATENCY + JITTER)
    with (
        Provider(services.guard, latency=LATENCY, jitter=JITTER, limit=window(FULL)) as provider,
        Installation(services, provider, setup) as installation,
    ):
        installation.run(10)
        installation.submit(3000)
        _let_run(services, 8)
        yield from _retry_after(services, provider)
        yield from _told(services, provider, installation, HALF)
        yield from _told(services, provider, installation, FULL)
        yield from _untold(services, provider)


def _let_run(services: Services, seconds: int) -> None:
    time.sleep(services.pick(seconds, quick=max(6, seconds * 3 // 5)))


def _retry_after(services: Services, provider: Provider) -> Iterator[Figure]:
    before = provider.counters().get("rate_limited", 0)
    provider.change(limit={"kind": "window", "images": 0, "seconds": WAIT_SECONDS})
    wait_for(lambda: provider.counters().get("rate_limited", 0) > before, within=20, what="the first 429")
    time.sleep(WAIT_SECONDS)
    provider.change(limit=window(FULL))
    _let_run(services, 15)
    starts = Starts.of(provider.calls())
    first = starts.refused[before]
    further = len(starts.refused) - before - 1
    yield Figure(PART, "after a retry-after: further 429s", further, "", starts.n, RETRY_AFTER, "<= 3")
    end = first + WAIT_SECONDS
    yield _full(starts, "after a retry-after", begin=end, earliest=end, per_minute=FULL, how=RETRY_AFTER)


def _told(services: Services, provider: Provider, installation: Installation, per_minute: int) -> Iterator[Figure]:
    changed = provider.now()
    provider.change(limit=window(per_minute))
    telling = installation.change_limit(per_minute)
    _let_run(services, 20)
    end = provider.now()
    starts = Starts.of(provider.calls()).between(changed, end)
    name = f"limit {'halved' if per_minute == HALF else 'doubled'}, engine told"
    yield Figure(PART, f"{name}: further 429s", len(starts.refused), "", starts.n, TOLD)
    last = max(starts.refused, default=changed) - changed
    yield Figure(PART, f"{name}: the last of them", last, "s", len(starts.refused), TOLD)
    yield Figure(PART, f"{name}: the telling", telling, "s", 1, TOLD)
    yield _full(starts, name, begin=changed, earliest=changed + telling, per_minute=per_minute, how=TOLD)


def _full(starts: Starts, name: str, *, begin: float, earliest: float, per_minute: int, how: str) -> Figure:
    """The time from `begin` to the first full ten seconds that begin at `earliest` or later."""
    full = starts.first_full(earliest, per_minute)
    watched = starts.accepted[-1] - begin
    if full is None:
        return Figure(PART, f"{name}: not full again", watched, "s watched", starts.n, how, "<= 120 s")
    return Figure(PART, f"{name}: full again", full - begin, "s", starts.n, how, "<= 120 s")


def _untold(services: Services, provider: Provider) -> Iterator[Figure]:
    changed = provider.now()
    provider.change(limit=window(HALF))
    _let_run(services, 30)
    end = provider.now()
    # What the old limit let in still fills the window for ten seconds; the second half shows where it settles.
    settled = Starts.of(provider.calls()).between((changed + end) / 2, end)
    name = "limit halved, engine not told"
    yield Figure(PART, f"{name}: use of the new limit", settled.use(HALF), "%", settled.n, UNTOLD)
    yield Figure(PART, f"{name}: 429s", settled.refused_percent, "% of calls", settled.n, UNTOLD)
