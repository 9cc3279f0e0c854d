"""The changes feed: what has changed on a sheet since its last poll, and nothing else.

The tag a browser sends back is a cursor over (revision, position). `12` means: all changes up to revision 12 were sent.
`12.340` means: of revision 12 only those up to position 340, because one change touched more tiles than fit one answer.
A browser that loads a page of tiles puts its cursor back to the revision that page was rendered at, so that a change
between the rendering and the arrival is sent again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, or_

from app.core.database import db
from app.curation.queries import has_pages_in_writing, prompt_counts, read_revision, select_tiles
from app.curation.tile import PromptCount, Tile, tile_from
from app.generation.models import Image, Job
from app.generation.queries import get_job
from app.generation.states import JOB_ACTIVE

MOST_TILES = 240
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
class Window:
    """The positions a browser has loaded: from `first` up to but not including `end`."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What an answer of the feed shows."""

    job: Job
    cursor: Cursor
    tiles: Sequence[Tile]
    counts: Sequence[PromptCount]
    is_live: bool


def read_changes(job_id: UUID, workspace_id: UUID, cursor: Cursor, window: Window) -> Changes | None:
    """Everything in the window that has changed since the cursor; None, after a single query, if nothing has.

    Raises NotThere. The job is read before its images: what commits in between is sent twice rather than never.
    """
    if cursor.has_seen(read_revision(job_id, workspace_id)):
        return None
    job = get_job(job_id, workspace_id)
    seen = cursor if cursor.revision <= job.revision else Cursor(0)
    tiles, complete = _changed_tiles(job_id, seen, window)
    counts = prompt_counts(job_id, {tile.prompt_order for tile in tiles})
    return Changes(
        job=job,
        cursor=Cursor(job.revision) if complete else Cursor(tiles[-1].revision, tiles[-1].position),
        tiles=tiles,
        counts=sorted(counts.values(), key=lambda count: count.prompt_order),
        is_live=is_live(job) or not complete,
    )


def _changed_tiles(job_id: UUID, cursor: Cursor, window: Window) -> tuple[Sequence[Tile], bool]:
    """The oldest changes first, and whether these are all."""
    rows: Any = db.session.execute(
        select_tiles(job_id)
        .where(cursor.after(), Image.position >= window.first, Image.position < window.end)
        .order_by(Image.revision, Image.position)
        .limit(MOST_TILES + 1)
    )
    tiles = [tile_from(row) for row in rows]
    return tiles[:MOST_TILES], len(tiles) <= MOST_TILES


def is_live(job: Job) -> bool:
    """Whether something on the sheet can still change by itself: images to come, or pages being written."""
    return job.state in JOB_ACTIVE or has_pages_in_writing(job.id)
