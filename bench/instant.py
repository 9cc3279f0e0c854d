"""The engine when the provider answers at once: how near it comes to what the picture work alone allows."""

import os
from collections.abc import Iterator

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
    "slots, after a warm-up job. The provider paints its pictures on the same cores."
)
ALONE = f"Stored originals of this run in this process, {CORES} threads, wall time."


def measure(services: Services) -> Iterator[Figure]:
    images = services.pick(300, quick=60)
    with (
        Provider(services.guard) as provider,
        # A latency of six seconds at this pace makes 96 slots; the provider's limit is not the subject here.
        Installation(services, provider, Setup(60_000, latency=6, side=1024)) as installation,
    ):
        installation.run(20)
        pids = [pid for kind in installation.pids().values() for pid in kind]
        engine, painter = seconds_of(pids), seconds_of([provider.pid])
        job = installation.run(images, name="counted", within=300)
        engine, painter = seconds_of(pids) - engine, seconds_of([provider.pid]) - painter
        moments = [image.finished_at for image in installation.completed(job.id) if image.finished_at]
        pictures = installation.originals(SAMPLE)
    wall = (moments[-1] - moments[0]).total_seconds()
    pace = (len(moments) - 1) / wall
    variants, everything = (per_second(work, pictures, threads=CORES) for work in (make_variants, imaging))
    yield Figure(PART, "engine", pace, "images/s", len(moments), ENGINE)
    yield Figure(PART, "make_variants alone", variants, "images/s", len(pictures), ALONE)
    yield Figure(PART, "inspect + make_variants + fingerprint alone", everything, "images/s", len(pictures), ALONE)
    yield Figure(PART, "engine / make_variants alone", pace / variants, "x", len(moments), ENGINE, ">= 0.8")
    yield Figure(PART, "engine / all picture work alone", pace / everything, "x", len(moments), ENGINE)
    own = each(imaging, pictures)
    yield Figure(PART, "CPU of the engine", 1000 * engine / images, "ms an image", images, ENGINE)
    yield Figure(PART, "  picture work in it", 1000 * own, "ms an image", len(pictures), f"{ALONE} CPU: one thread.")
    yield Figure(PART, "CPU of the provider", 1000 * painter / images, "ms an image", images, ENGINE)
