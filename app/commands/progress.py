"""Show how a job moves, on standard error: a bar on a terminal, plain lines otherwise."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.core.database import end_read
from app.generation.models import Job
from app.generation.queries import get_job
from app.generation.states import JOB_ENDED, JobState

LOOK_SECONDS = 0.5
"""How often the job's row is looked at."""


class Display(Protocol):
    def show(self, job: Job) -> None:
        """The job as it is now."""
        ...


class Lines:
    """One plain line for every change."""

    def __init__(self) -> None:
        self._last = ""

    def show(self, job: Job) -> None:
        line = f"{job.state}: {job.ended_count} of {job.total_images} ended{details(job)}"
        if line != self._last:
            click.echo(line, err=True)
        self._last = line


class Bar:
    def __init__(self, progress: Progress, job: Job) -> None:
        self._progress = progress
        self._task = progress.add_task(str(job.state), total=job.total_images, details="")

    def show(self, job: Job) -> None:
        state = job.state.replace("_", " ")
        self._progress.update(self._task, completed=job.ended_count, description=state, details=details(job))


def details(job: Job) -> str:
    """What is worth knowing beyond the number: `, 2 in flight, 1 failed`."""
    parts = {
        "in flight": job.generating_count + job.storing_count,
        "failed": job.failed_count,
        "unknown": job.unknown_count,
        "cancelled": job.cancelled_count,
    }
    return "".join(f", {count} {name}" for name, count in parts.items() if count)


@contextmanager
def display(job: Job) -> Iterator[Display]:
    """A bar when standard error is a terminal, else plain lines."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[details]}"),
    )
    with Progress(*columns, console=console) as progress:
        yield Bar(progress, job)


def follow(job_id: UUID, workspace_id: UUID) -> Job:
    """Watch a job until it ends or is paused; answers it as it then is."""
    job = get_job(job_id, workspace_id)
    with display(job) as shown:
        while True:
            shown.show(job)
            if job.state in JOB_ENDED or job.state == JobState.PAUSED:
                return job
            end_read()
            time.sleep(LOOK_SECONDS)
            job = get_job(job_id, workspace_id)
