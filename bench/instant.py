"""The engine when the provider answers at once: how near it comes to what the picture work alone allows."""

from collections.abc import Iterator
from math import fsum
from typing import NamedTuple
from uuid import UUID

from bench.alone import CORES, variants_alone
from bench.cpu import each, seconds_of
from bench.figures import Figure
from bench.installation import Installation, Setup
from bench.overhead import imaging
from bench.provider import Provider
from bench.services import Services

PART = "7 A provider that answers at once"
ROUNDS = 2
"""The engine and the picture work alone in turns: a machine that becomes slower in between is so for both."""
IMAGES = 400
SAMPLE = 90
"""Pictures for each measurement of the picture work alone."""
ENGINE = (
    f"Completed pictures / (last completed - first claimed for its call), database's clock, {ROUNDS} jobs of {IMAGES}; "
    "1024² pictures, one host, no limit, latency 0, 96 slots, after a warm-up job. The pictures have 1.4 MB and grain, "
    "as image models send them. Provider and Valkey work on the same cores."
)
SAME = "Stored originals of this run, while the engine stands idle."
ALONE = (
    f"{SAME} {SAMPLE} of them, before and after each job, {CORES} threads of a process set up as a worker, wall time."
)


class Turn(NamedTuple):
    """Seconds: of the wall for both kinds of work, and of processors for engine and provider."""

    engine: float
    variants: float
    spent: float
    painted: float


def measure(services: Services) -> Iterator[Figure]:
    images, sample = services.pick(IMAGES, quick=40), services.pick(SAMPLE, quick=10)
    with (
        Provider(services.guard, photographs=True) as provider,
        # A latency of six seconds at this pace makes 96 slots; the provider's limit is not the subject here.
        Installation(services, provider, Setup(60_000, latency=6, side=1024)) as installation,
    ):
        installation.run(sample, within=300)
        rounds = [_round(installation, provider, images, sample) for _ in range(ROUNDS)]
        own = each(imaging, installation.originals(sample))
    yield from _figures(Turn(*map(fsum, zip(*rounds, strict=True))), ROUNDS * images, 2 * ROUNDS * sample)
    yield Figure(
        PART,
        "  picture work in it",
        1000 * own,
        "ms an image",
        sample,
        f"{SAME} CPU, one thread, after the last job.",
    )


def _round(installation: Installation, provider: Provider, images: int, sample: int) -> Turn:
    pids = [pid for kind in installation.pids().values() for pid in kind]
    variants = variants_alone(installation.original_files(sample))
    before, painted = seconds_of(pids), seconds_of([provider.pid])
    job = installation.run(images, name="counted", within=300)
    spent, painted = seconds_of(pids) - before, seconds_of([provider.pid]) - painted
    engine = _seconds(installation, job.id)
    variants += variants_alone(installation.original_files(sample))
    return Turn(engine, variants, spent, painted)


def _figures(all_rounds: Turn, images: int, sample: int) -> Iterator[Figure]:
    engine, variants = images / all_rounds.engine, sample / all_rounds.variants
    yield Figure(PART, "engine", engine, "images/s", images, ENGINE)
    yield Figure(PART, "make_variants alone", variants, "images/s", sample, ALONE)
    yield Figure(PART, "engine / make_variants alone", engine / variants, "x", images, ENGINE, ">= 0.8")
    yield Figure(PART, "CPU of the engine", 1000 * all_rounds.spent / images, "ms an image", images, ENGINE)
    yield Figure(PART, "CPU of the provider", 1000 * all_rounds.painted / images, "ms an image", images, ENGINE)


def _seconds(installation: Installation, job_id: UUID) -> float:
    """From the job's first claim for a call to its last completed picture, on the database's clock."""
    images = installation.completed(job_id)
    begin = min(image.started_at for image in images if image.started_at)
    end = max(image.finished_at for image in images if image.finished_at)
    return (end - begin).total_seconds()
