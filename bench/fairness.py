"""Five workspaces that all have more work than the limit lets through."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from bench.figures import Figure
from bench.installation import Installation, Setup
from bench.provider import Provider, window
from bench.services import Services

PART = "4 Fair shares"
PER_MINUTE = 600
LATENCY, JITTER = 2.0, 0.5
JOBS_OF = {"first": 4, "second": 1, "third": 1, "fourth": 2, "fifth": 1}
"""How many jobs each workspace has: more jobs must not mean more turns."""

Completion = tuple[datetime, UUID]


def measure(services: Services) -> Iterator[Figure]:
    seconds, span = services.pick(32, quick=20), services.pick(24, quick=10)
    images = round(PER_MINUTE / 60 * (seconds + 20))
    with (
        Provider(services.guard, latency=LATENCY, jitter=JITTER, limit=window(PER_MINUTE)) as provider,
        Installation(services, provider, Setup(PER_MINUTE, latency=LATENCY + JITTER)) as installation,
    ):
        installation.run(10, name="warm-up")
        for workspace, jobs in JOBS_OF.items():
            for number in range(jobs):
                installation.submit(images, workspace=workspace, name=f"{workspace} {number}")
        time.sleep(8)
        begin = len(installation.completed())
        time.sleep(seconds)
        done = [(image.finished_at, image.workspace_id) for image in installation.completed()[begin:]]
    ends = [(moment, workspace) for moment, workspace in done if moment is not None]
    shares = [share for window_shares in _windows(ends, timedelta(seconds=span)) for share in window_shares]
    how = (
        f"Shares of the completions (database's clock) in every window of {span} s that begins with a completion. Time "
        f"is scaled: at {PER_MINUTE}/min a window holds as many as a minute at {PER_MINUTE * span // 60}/min. "
        f"Workspaces with {', '.join(map(str, JOBS_OF.values()))} jobs; from 8 s after the last job was submitted."
    )
    for name, share in (("smallest share in any window", min(shares)), ("largest share in any window", max(shares))):
        yield Figure(PART, name, 100 * share * len(JOBS_OF), "% of a fifth", len(ends), how, "90 to 110 %")


def _windows(ends: Sequence[Completion], span: timedelta) -> Iterator[list[float]]:
    """The shares of all workspaces in each window that lies within the time looked at."""
    last = ends[-1][0]
    workspaces = {workspace for _, workspace in ends}
    for begin, _ in ends:
        if begin + span > last:
            return
        held = Counter(workspace for moment, workspace in ends if begin <= moment < begin + span)
        yield [held[workspace] / held.total() for workspace in workspaces]
