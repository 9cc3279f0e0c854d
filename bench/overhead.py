"""What the engine itself costs for each image: processor time, and delay after the provider's answer."""

import time
from collections.abc import Iterator
from statistics import quantiles

from app.generation.models import Image
from app.imaging.inspect import inspect
from app.imaging.variants import make_variants
from bench.cpu import each, seconds_of
from bench.figures import Figure
from bench.installation import Installation, Setup
from bench.provider import Provider
from bench.services import Services

PART = "6 Engine cost of an image"
PER_MINUTE = 600
LATENCY = 1.0
SAMPLE = 50
SETTING = f"{PER_MINUTE}/min, every call {LATENCY:g} s, one host, 256² pictures, logs as text; after a warm-up job."
CPU = (
    f"{SETTING} User + system time (psutil) of the generate, worker and scheduler processes and all they start, from "
    "submitting to the job's end, by image: idle time of polling included. Not counted: Valkey, a PostgreSQL server, "
    "this process, the provider."
)
IMAGING = (
    "Picture work: CPU time of inspect + make_variants on stored originals of this run, in this process, "
    "one thread, mean of n."
)
IDLE = "The same processes for 5 s with nothing to do, after the warm-up job."
DELAY = (
    f"{SETTING} From when the provider's answer was ready (its own wall clock) to finished_at of the image (database's "
    "clock, same machine), 95th percentile, minus the picture work above."
)


def imaging(content: bytes) -> None:
    """The picture work of one image, as the engine does it."""
    inspect(content)
    make_variants(content)


def measure(services: Services) -> Iterator[Figure]:
    images = services.pick(240, quick=40)
    with (
        Provider(services.guard, latency=LATENCY) as provider,
        Installation(services, provider, Setup(PER_MINUTE, latency=LATENCY)) as installation,
    ):
        installation.run(20)
        idle = _idle(installation)
        before = _cpu(installation)
        job = installation.run(images, name="counted", within=60 + images / 5)
        spent = {kind: after - before[kind] for kind, after in _cpu(installation).items()}
        own = each(imaging, installation.originals(SAMPLE))
        calls = {call["text"]: call for call in provider.calls()}
        delays = [_delay(image, calls[image.prompt_sent]) for image in installation.completed(job.id)]
    for kind, seconds in spent.items():
        yield Figure(PART, f"CPU of `{kind}`", 1000 * seconds / images, "ms an image", images, CPU)
    yield Figure(PART, "picture work in it", 1000 * own, "ms an image", SAMPLE, IMAGING)
    net = 1000 * (sum(spent.values()) / images - own)
    yield Figure(PART, "CPU without picture work", net, "ms an image", images, CPU, "<= 30 ms")
    yield Figure(PART, "CPU of the idle engine", 100 * idle, "% of a core", 1, IDLE)
    late = 1000 * (quantiles(delays, n=20)[-1] - own)
    yield Figure(PART, "answer to completed, p95, without picture work", late, "ms", len(delays), DELAY)


def _cpu(installation: Installation) -> dict[str, float]:
    return {kind: seconds_of(pids) for kind, pids in installation.pids().items()}


def _idle(installation: Installation) -> float:
    before, begin = _cpu(installation), time.monotonic()
    time.sleep(5)
    return (sum(_cpu(installation).values()) - sum(before.values())) / (time.monotonic() - begin)


def _delay(image: Image, call: dict[str, float]) -> float:
    answered = call["started_at"] + call["finished"] - call["started"]
    assert image.finished_at is not None  # noqa: S101  only completed images are asked for
    return image.finished_at.timestamp() - answered
