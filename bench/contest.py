"""All peers at the same time, each with a provider of its own: they mostly wait, so none disturbs another."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass

from bench.figures import Figure
from bench.peers.asking import Orders
from bench.program import Program
from bench.provider import KEY, Provider, window
from bench.services import Services
from bench.starts import Starts
from bench.waiting import wait_for

THREADS = 96


@dataclass(frozen=True, slots=True)
class Peer:
    """`module` is started `workers` times."""

    name: str
    module: str
    workers: int = 1


PEERS = (
    Peer("sequential loop, sleep(60 / limit)", "sequential"),
    Peer("batches of 8 with a barrier", "batches"),
    Peer("Dramatiq WindowRateLimiter, Retries", "window_rate_limiter"),
    Peer("Celery rate_limit, one worker", "celery_rate_limit"),
    Peer("Celery rate_limit, two workers", "celery_rate_limit", workers=2),
)


def contest(
    services: Services, *, part: str, per_minute: int, latency: float, jitter: float, how: str
) -> Iterator[Figure]:
    """Use of the limit and 429s of each peer, over half a minute from its first start."""
    seconds = services.pick(30, quick=20)
    images = services.pick(200, quick=60)
    with ExitStack() as stack:
        running = []
        for number, peer in enumerate(PEERS, start=1):
            limit = window(per_minute)
            provider = stack.enter_context(Provider(services.guard, latency=latency, jitter=jitter, limit=limit))
            for _ in range(peer.workers):
                orders = Orders(
                    provider=provider.base_url,
                    key=KEY,
                    images=images // peer.workers,
                    limit=per_minute,
                    broker=services.valkey.url.removesuffix("/0") + f"/{number}",
                    threads=THREADS,
                )
                argv = [sys.executable, "-m", f"bench.peers.{peer.module}"]
                stack.enter_context(Program(services.guard, argv, {"BENCH_ORDERS": json.dumps(asdict(orders))}))
            running.append((peer, provider))
        for peer, provider in running:
            wait_for(provider.counters, within=60, what=f"the first call of: {peer.name}")
        time.sleep(seconds)
        calls = {peer: provider.calls() for peer, provider in running}
    note = (
        f"{how} Peers: sliding window only, {images} pictures waiting, counted for {seconds} s from the first start "
        f"(slow ones start fewer); {THREADS} threads; no database, no variants; all at once, a provider each."
    )
    for peer, made in calls.items():
        starts = _first(Starts.of(made), seconds)
        yield Figure(part, peer.name, starts.use(per_minute), "%", starts.n, note)
        yield Figure(part, "  429s", starts.refused_percent, "% of calls", starts.n, note)


def _first(starts: Starts, seconds: float) -> Starts:
    begin = starts.accepted[0]
    return starts.between(begin, begin + seconds)
