"""The changes feed: what has changed on a sheet since its last poll, and nothing else.

The tag a browser sends back is a cursor over (revision, position). `12` means: all changes up to revision 12 were sent.
`12.340` means: of revision 12 only those up to position 340, because one change touched more tiles than fit one answer.
A browser that loads more tiles puts its cursor back to the revision they were rendered at, so that a change between the
rendering and the arrival is sent again.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, or_

from app.core.database import db
from app.curation.order import matching_since
from app.curation.queries import has_pages_in_writing, prompt_counts, read_revision, select_tiles
from app.curation.sheet_filter import SheetFilter
from app.curation.tile import PromptCount, Tile, tile_from
from app.generation.models import Image, Job
from app.generation.queries import get_job
from app.generation.states import JOB_ACTIVE

MOST_CHANGES = 240
"""Tiles in one answer; the rest comes with the next poll."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a browser has seen the changes of a job."""

    revision: int
    position: int | None = None

    @classmethod
    def parse(cls, tag: str | None) -> Self:
        """The cursor of a tag. Anything that is not one begins before the first revision: everything is sent again."""
        match = re.fullmatch(r"(\d{1,15})(?:\.(\d{1,9}))?", tag or "", re.ASCII)
        if match is None:
            return cls(0)
        return cls(int(match[1]), int(match[2]) if match[2] else None)

    def __str__(self) -> str:
        return str(self.revision) if self.position is None else f"{self.revision}.{self.position}"

    def has_seen(self, revision: int) -> bool:
        """Whether nothing can be new at this revision."""
        return self.position is None and self.revision == revision

    def after(self) -> ColumnElement[bool]:
        """The WHERE of an image that has changed since."""
        later = Image.revision > self.revision
        if self.position is None:
            return later
        return or_(later, (Image.revision == self.revision) & (Image.position > self.position))


@dataclass(frozen=True, slots=True)
class Changes:
    """What an answer of the feed shows. `matching` are runs of what has changed and belongs on the sheet now."""

    job: Job
    cursor: Cursor
    tiles: Sequence[Tile]
    counts: Mapping[int, PromptCount]
    is_live: bool
    matching: str


def read_changes(
    job_id: UUID, workspace_id: UUID, cursor: Cursor, *, loaded: Collection[int] | None, wanted: SheetFilter
) -> Changes | None:
    """Everything that has changed since the cursor; None, after a single query, if nothing has.

    loaded: the positions whose tiles the browser has; None are all. Raises NotThere.
    The job is read before its images: what commits in between is sent twice rather than never.
    """
    if cursor.has_seen(read_revision(job_id, workspace_id)):
        return None
    job = get_job(job_id, workspace_id)
    seen = cursor if cursor.revision <= job.revision else Cursor(0)
    changed, complete = _changed_tiles(job, seen, loaded)
    return Changes(
        job=job,
        cursor=Cursor(job.revision) if complete else Cursor(changed[-1].revision, changed[-1].position),
        tiles=[tile for tile in changed if loaded is None or tile.position in loaded],
        counts=prompt_counts(job, {tile.prompt_order for tile in changed}),
        is_live=is_live(job) or not complete,
        matching=matching_since(job, wanted, seen.after()),
    )


def _changed_tiles(job: Job, cursor: Cursor, loaded: Collection[int] | None) -> tuple[Sequence[Tile], bool]:
    """The oldest changes first, and whether these are all.

    Among them are the variations beside those that are loaded, because they change how many of their prompt are kept.
    """
    here = [] if loaded is None else [Image.position.in_(_with_variations(job, loaded))]
    rows: Any = db.session.execute(
        select_tiles(job.id)
        .where(cursor.after(), *here)
        .order_by(Image.revision, Image.position)
        .limit(MOST_CHANGES + 1)
    )
    tiles = [tile_from(row) for row in rows]
    return tiles[:MOST_CHANGES], len(tiles) <= MOST_CHANGES


def _with_variations(job: Job, positions: Iterable[int]) -> list[int]:
    """Every position of the prompts of these, which follow one another."""
    count = job.images_per_prompt
    firsts = {position - position % count for position in positions}
    return [position for first in sorted(firsts) for position in range(first, first + count)]


def is_live(job: Job) -> bool:
    """Whether something on the sheet can still change by itself: images to come, or pages being written."""
    return job.state in JOB_ACTIVE or has_pages_in_writing(job.id)
