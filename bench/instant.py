"""The engine when the provider answers at once: how near it comes to what the picture work alone allows."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from PIL import Image as Pillow

from app.imaging.variants import make_variants
from bench.cpu import each, per_second, seconds_of
from bench.figures import Figure
from bench.installation import Installation, Setup
from bench.overhead import imaging
from bench.provider import Provider
from bench.services import Services

PART = "7 A provider that answers at once"
CORES = os.cpu_count() or 1
SAMPLE = 60
ENGINE = (
    "(n - 1) / (last completed - first completed), database's clock; 1024² pictures, one host, no limit, latency 0, 96 "
    "slots, after a warm-up job. Pictures of about 1 MB with grain, as image models send them. Provider and Valkey "
    "work on the same cores."
)
ALONE = f"Stored originals of this run in this process, {CORES} threads, wall time."

STAGE = (
    "The same job's variants once more, by the same processes: the originals are there, only variants are "
    "made and stored."
)


def measure(services: Services) -> Iterator[Figure]:
    images = services.pick(150, quick=60)
    with (
        Provider(services.guard, photographs=True) as provider,
        # A latency of six seconds at this pace makes 96 slots; the provider's limit is not the subject here.
        Installation(services, provider, Setup(60_000, latency=6, side=1024)) as installation,
    ):
        installation.run(20)
        pids = [pid for kind in installation.pids().values() for pid in kind]
        engine, painter = seconds_of(pids), seconds_of([provider.pid])
        job = installation.run(images, name="counted", within=300)
        engine, painter = seconds_of(pids) - engine, seconds_of([provider.pid]) - painter
        moments = _moments(installation, job.id)
        pictures = installation.originals(SAMPLE)
        installation.store_again(job.id)
        installation.wait(job.id, within=300)
        stage = _pace(_moments(installation, job.id))
    # As the Procfile sets it for the workers: without it the picture work alone would look slower than it is in them.
    Pillow.core.set_blocks_max(8)
    pace = _pace(moments)
    variants, everything = (per_second(work, pictures, threads=CORES) for work in (make_variants, imaging))
    yield Figure(PART, "engine", pace, "images/s", len(moments), ENGINE)
    yield Figure(PART, "make_variants alone", variants, "images/s", len(pictures), ALONE)
    yield Figure(PART, "inspect + make_variants alone", everything, "images/s", len(pictures), ALONE)
    yield Figure(PART, "variants alone, made and stored", stage, "images/s", len(moments), STAGE)
    yield Figure(PART, "engine / variants made and stored", pace / stage, "x", len(moments), STAGE)
    yield Figure(PART, "engine / make_variants alone", pace / variants, "x", len(moments), ENGINE, ">= 0.8")
    yield Figure(PART, "engine / all picture work alone", pace / everything, "x", len(moments), ENGINE)
    own = each(imaging, pictures)
    yield Figure(PART, "CPU of the engine", 1000 * engine / images, "ms an image", images, ENGINE)
    yield Figure(PART, "  picture work in it", 1000 * own, "ms an image", len(pictures), f"{ALONE} CPU: one thread.")
    yield Figure(PART, "CPU of the provider", 1000 * painter / images, "ms an image", images, ENGINE)


def _moments(installation: Installation, job_id: UUID) -> list[datetime]:
    return [image.finished_at for image in installation.completed(job_id) if image.finished_at]


def _pace(moments: Sequence[datetime]) -> float:
    return (len(moments) - 1) / (moments[-1] - moments[0]).total_seconds()
