"""What people ask for while processes die: cancel, pause, run again, the same form twice."""

from concurrent.futures import ThreadPoolExecutor

from app.generation.control import cancel_job, pause_job, resume_job
from app.generation.models import Job
from app.generation.rerun import rerun_image
from app.generation.states import ImageState, JobState
from tests.chaos.cell import Cell
from tests.chaos.stage import Stage
from tests.services.waiting import wait_until
from tests.services.workers import Workers


def in_mid_call(stage: Stage) -> tuple[Workers, Job]:
    """A job of which five pictures are being made by the provider."""
    stage.api.set(latency=0.8)
    host = stage.started()
    job = stage.job(24)
    stage.in_flight(5)
    return host, job


def who(stage: Stage) -> dict[str, object]:
    return {"workspace_id": stage.team.workspace_id, "actor": stage.team.actor}


def cancelled(stage: Stage) -> None:
    """Cancelled in mid-call, then every process is killed: what is paid for is kept or visible, nothing more is paid."""
    host, job = in_mid_call(stage)
    cancel_job(job.id, **who(stage))
    begun = stage.fresh(job).generating_count
    host.kill()
    calls = len(stage.api.calls)
    host.start()
    stage.end_waits()
    ended = stage.check(job)
    assert ended.state == JobState.CANCELLED
    assert ended.cancelled_count >= ended.total_images - begun - ended.completed_count
    assert ended.cancelled_count + ended.unknown_count + ended.completed_count == ended.total_images
    assert len(stage.api.calls) == calls


def paused(stage: Stage) -> None:
    """Paused in mid-call, killed, resumed."""
    host, job = in_mid_call(stage)
    pause_job(job.id, **who(stage))
    host.kill()
    calls = len(stage.api.calls)
    host.start()
    stage.end_waits()
    wait_until(lambda: stage.fresh(job).generating_count + stage.fresh(job).storing_count == 0, what="nothing to move")
    assert len(stage.api.calls) == calls
    resume_job(job.id, **who(stage))
    stage.end_waits()
    ended = stage.check(job)
    assert ended.completed_count + ended.unknown_count == ended.total_images


def run_again(stage: Stage) -> None:
    """A person runs the unknown ones again while workers are killed once more: each is paid as often as was asked."""
    host, job = in_mid_call(stage)
    host.kill("generate")
    host.start("generate")
    stage.end_waits()
    wait_until(lambda: stage.fresh(job).unknown_count >= 5, what="lost calls to be found")
    stage.api.set(latency=0.15)
    unknown = [image for image in stage.images(job) if image.state == ImageState.UNKNOWN]
    for image in unknown:
        rerun_image(image.id, may_bill_twice=True, **who(stage))
    host.kill("worker")
    host.start("worker")
    stage.end_waits()
    stage.ended(job)
    ended = stage.check(job, asked={image.prompt_sent: 1 for image in unknown})
    assert ended.completed_count + ended.unknown_count == ended.total_images
    again = {image.id for image in unknown}
    assert {image.state for image in stage.images(job) if image.id in again} == {ImageState.COMPLETED}


def submitted_twice(stage: Stage) -> None:
    """The same form is sent four times at once: one job."""
    stage.started()
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: stage.person("submit", "the-form"), range(4))) == {0}
    jobs = stage.jobs()
    assert len(jobs) == 1
    stage.check_complete(jobs[0])


CELLS = [
    Cell("cancelled-and-killed", cancelled),
    Cell("paused-killed-resumed", paused),
    Cell("run-again-while-workers-die", run_again),
    Cell("submitted-many-times-at-once", submitted_twice),
]
