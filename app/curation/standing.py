"""How far a job is, in as few words as a tab that nobody looks at needs."""

from dataclasses import dataclass

from app.generation.models import Job
from app.generation.states import JOB_ACTIVE


@dataclass(frozen=True, slots=True)
class Standing:
    """What the tab's title, its icon and a notification say."""

    state: str
    percent: int
    ended: int
    total: int
    failed: int

    @property
    def is_live(self) -> bool:
        """Whether it is worth asking again."""
        return self.state in JOB_ACTIVE

    @property
    def tag(self) -> str:
        """Changes with what is said here, and with nothing else: marks wake no hidden tab."""
        return f"{self.state}.{self.ended}.{self.failed}"


def standing_of(job: Job) -> Standing:
    return Standing(
        state=job.state,
        percent=job.progress_percent,
        ended=job.ended_count,
        total=job.total_images,
        failed=job.failed_count + job.unknown_count,
    )
