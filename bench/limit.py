"""Use of the limit, shared by two hosts: our engine first, then its peers."""

import time
from collections.abc import Iterator

from bench.contest import contest
from bench.figures import Figure
from bench.installation import Installation, Setup
from bench.provider import Limit, Provider, bucket, window
from bench.services import Services
from bench.starts import Starts
from bench.waiting import wait_for

PART = "1 Use of the limit"
PER_MINUTE = 300
LATENCY, JITTER = 12.0, 3.0
WARM_UP = 10
SECONDS = 30
HOW = (
    f"(n - 1) / (last start - first start) / limit, starts on the provider's clock; {PER_MINUTE}/min, "
    f"{LATENCY:g} s ± {JITTER:g} s. Window: {PER_MINUTE // 6} in any 10 s; bucket: holds 5, refilled at the limit."
)
ENGINE = (
    f"{HOW} Two hosts: each generate, worker and scheduler, with a data folder of its own; one database, one store. "
    f"{SECONDS} s for each kind of limit, of one job; the engine is not told of the kind. Variants are made of 1024² "
    "pictures; the processes are warm from a job before. The engine aims at 98 %."
)


def measure(services: Services) -> Iterator[Figure]:
    yield from _engine(services)
    yield from contest(services, part=PART, per_minute=PER_MINUTE, latency=LATENCY, jitter=JITTER, how=HOW)


def _engine(services: Services) -> Iterator[Figure]:
    seconds = services.pick(SECONDS, quick=8)
    setup = Setup(PER_MINUTE, latency=LATENCY + JITTER, side=1024, hosts=2)
    with Provider(services.guard) as provider, Installation(services, provider, setup) as installation:
        installation.run(WARM_UP)
        provider.change(latency=LATENCY, jitter=JITTER)
        installation.submit(PER_MINUTE * (2 * seconds + 60) // 60, name="counted")
        for name, limit in (("sliding window", window(PER_MINUTE)), ("small bucket", bucket(PER_MINUTE))):
            starts = _counted(provider, limit, seconds)
            what = f"engine, two hosts, {name}"
            yield Figure(PART, what, starts.use(PER_MINUTE), "%", starts.n, ENGINE, ">= 97 %")
            yield Figure(PART, f"  429s, {name}", starts.refused_percent, "% of calls", starts.n, ENGINE, "<= 0.1 %")
            yield Figure(PART, f"  longest gap between starts, {name}", starts.longest_gap, "s", starts.n, ENGINE)


def _counted(provider: Provider, limit: Limit, seconds: float) -> Starts:
    """The starts within so many seconds of the first under this limit."""
    before = provider.let_in()
    provider.change(limit=limit)
    wait_for(lambda: provider.let_in() > before, within=30, what="the first start")
    begin = provider.now()
    time.sleep(seconds)
    return Starts.of(provider.calls()).between(begin, begin + seconds)
