"""Every way in which a provider can answer wrongly, while a worker is killed."""

from functools import partial

from app.generation.models import Job
from app.generation.states import ImageState
from tests.chaos.cell import Cell
from tests.chaos.stage import Stage
from tests.services.waiting import wait_until

BILLED = ImageState.UNKNOWN
PROVIDER = {
    "429-once": ImageState.COMPLETED,
    "server-error-once": ImageState.COMPLETED,
    "server-error": ImageState.FAILED,
    "bad-request": ImageState.FAILED,
    "policy": ImageState.FAILED,
    "gateway-timeout": BILLED,
    "drop": BILLED,
    "close": BILLED,
    "hang": BILLED,
    "truncated": BILLED,
    "html": BILLED,
    "text": BILLED,
    "empty": BILLED,
    "cut-picture": BILLED,
    "not-a-picture": BILLED,
}
"""What the provider does, and what becomes of the image."""


def provider(behaviour: str, becomes: ImageState, stage: Stage) -> None:
    """Some calls go wrong in this way, and a worker is killed meanwhile."""
    stage.api.set(latency=0.15)
    prompts = tuple(f"a pier, number {n}" + (f" [{behaviour}]" if n % 3 == 0 else "") for n in range(9))
    host = stage.started()
    job = stage.job(prompts)
    wait_until(lambda: stage.fresh(job).completed_count >= 1, within=30, what="the first picture")
    host.kill("worker")
    host.start("worker")
    stage.end_waits()
    wait_until(lambda: ended(stage, job), within=60, what="the job to end")
    hit = [image for image in stage.images(job) if "[" in image.prompt_typed]
    assert {image.state for image in hit} == {becomes}
    assert {image.state for image in stage.images(job) if image not in hit} == {ImageState.COMPLETED}
    stage.check(job)
    if becomes == ImageState.UNKNOWN:
        assert {image.attempt for image in hit} == {1}


def ended(stage: Stage, job: Job) -> bool:
    stage.end_waits()
    return stage.fresh(job).finished_at is not None


CELLS = [Cell(f"provider-{name}", partial(provider, name, becomes)) for name, becomes in PROVIDER.items()]
