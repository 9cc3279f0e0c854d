"""A small job that arrives behind a huge one."""

import time
from collections.abc import Iterator
from statistics import median

from bench.figures import Figure
from bench.installation import Installation, Setup
from bench.provider import Provider, window
from bench.services import Services

PART = "3 A small job behind a big one"
PER_MINUTE = 600
LATENCY = 6.0
SMALL = 10


def measure(services: Services) -> Iterator[Figure]:
    big = services.pick(10_000, quick=500)
    rounds = services.pick(2, quick=1)
    how = (
        f"From submitting {SMALL} images to the job's end, median of n. {PER_MINUTE}/min, every call {LATENCY:g} s, "
        f"one host, 256² pictures, same workspace and priority; behind a job of {big:,} images that has run for 5 s."
    )
    with (
        Provider(services.guard, latency=LATENCY, limit=window(PER_MINUTE)) as provider,
        Installation(services, provider, Setup(PER_MINUTE, latency=LATENCY)) as installation,
    ):
        installation.run(SMALL)
        alone = median(_seconds(installation, f"alone {number}") for number in range(rounds))
        yield Figure(PART, f"{SMALL} images alone", alone, "s", rounds, how)
        installation.submit(big, name="big")
        time.sleep(5)
        behind = median(_seconds(installation, f"behind {number}") for number in range(rounds))
        yield Figure(PART, f"{SMALL} images behind {big:,}", behind, "s", rounds, how)
    yield Figure(PART, "ratio", behind / alone, "x", rounds, how, "<= 1.5")


def _seconds(installation: Installation, name: str) -> float:
    job = installation.run(SMALL, name=name)
    assert job.finished_at is not None  # noqa: S101  it has been waited for
    return (job.finished_at - job.created_at).total_seconds()
