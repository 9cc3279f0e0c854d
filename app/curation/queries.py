"""What the contact sheet reads, always within one workspace."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select

from app.core.database import db, db_now
from app.core.errors import NotThere
from app.curation.tile import PromptCount, PromptGroup, Tile, group_by_prompt, tile_from, whole_prompts
from app.generation.models import Asset, Image, Job
from app.generation.states import ImageState, Mark
from app.publishing.models import Page
from app.publishing.states import PageState

TILES_PER_PAGE = 96
"""Divides into whole rows at most widths."""
MOST_VARIATIONS = 10

FILTERS: Mapping[str, tuple[ColumnElement[bool], ...]] = {
    "all": (),
    "unmarked": (Image.mark == Mark.NONE, Image.state == ImageState.COMPLETED),
    "kept": (Image.mark == Mark.KEEP,),
    "rejected": (Image.mark == Mark.REJECT,),
    "failed": (Image.state.in_([ImageState.FAILED, ImageState.UNKNOWN]),),
}
"""What the sheet can be narrowed to."""


@dataclass(frozen=True, slots=True)
class TilePage:
    """Some prompts of the sheet. `next_position` is where the following page begins; None after the last."""

    groups: Sequence[PromptGroup]
    next_position: int | None

    @property
    def tiles(self) -> list[Tile]:
        return [tile for group in self.groups for tile in group.tiles]


def select_tiles(job_id: UUID) -> Select[*tuple[Any, ...]]:
    """Images of a job with their picture and page: one statement, however many there are."""
    return (
        select(
            Image.id,
            Image.position,
            Image.prompt_order,
            Image.variation,
            Image.prompt_sent,
            Image.state,
            Image.mark,
            Image.revision,
            Image.width,
            Image.height,
            Image.started_at,
            Image.used_fallback,
            Image.error_type,
            Image.error_message,
            Image.asset_id,
            Asset.width.label("asset_width"),
            Asset.height.label("asset_height"),
            Asset.placeholder,
            Asset.variants,
            Page.id.label("page_id"),
            Page.slug.label("page_slug"),
            Page.state.label("page_state"),
        )
        .outerjoin(Asset, Asset.id == Image.asset_id)
        .outerjoin(Page, (Page.image_id == Image.id) & (Page.state != PageState.TRASHED))
        .where(Image.job_id == job_id)
    )


def read_tile_page(job_id: UUID, from_position: int, show: str = "all") -> TilePage:
    """The page of tiles that begins at a position, cut between prompts. The caller has checked the workspace."""
    rows = db.session.execute(
        select_tiles(job_id)
        .where(Image.position >= from_position, *FILTERS[show])
        .order_by(Image.position)
        .limit(TILES_PER_PAGE + MOST_VARIATIONS)
    )
    found = [tile_from(row) for row in rows]
    tiles = whole_prompts(found, TILES_PER_PAGE)
    counts = prompt_counts(job_id, {tile.prompt_order for tile in tiles})
    next_position = found[len(tiles)].position if len(tiles) < len(found) else None
    return TilePage(group_by_prompt(tiles, counts), next_position)


def prompt_counts(job_id: UUID, prompt_orders: Collection[int]) -> dict[int, PromptCount]:
    """Kept pictures of each of these prompts."""
    if not prompt_orders:
        return {}
    rows = db.session.execute(
        select(Image.prompt_order, func.count(), func.sum(case((Image.mark == Mark.KEEP, 1), else_=0)))
        .where(Image.job_id == job_id, Image.prompt_order.in_(prompt_orders))
        .group_by(Image.prompt_order)
    )
    return {order: PromptCount(order, total, int(kept)) for order, total, kept in rows}


def read_revision(job_id: UUID, workspace_id: UUID) -> int:
    """The job's revision: the one question of a poll that finds nothing new. Raises NotThere."""
    revision = db.session.execute(
        select(Job.revision).where(Job.id == job_id, Job.workspace_id == workspace_id)
    ).scalar_one_or_none()
    if revision is None:
        raise NotThere("There is no such job in this workspace.")
    return revision


def completed_within(job_id: UUID, seconds: float) -> int:
    """How many pictures were finished in the last seconds, by the database's clock."""
    since = db_now() - timedelta(seconds=seconds)
    return db.session.execute(
        select(func.count()).where(
            Image.job_id == job_id, Image.state == ImageState.COMPLETED, Image.finished_at > since
        )
    ).scalar_one()


def has_pages_in_writing(job_id: UUID) -> bool:
    """Whether a page of the job is still being written."""
    writing = select(Page.id).where(Page.job_id == job_id, Page.state == PageState.PROCESSING)
    return db.session.execute(select(writing.exists())).scalar_one()


def get_tile(image_id: UUID, workspace_id: UUID) -> tuple[Image, Tile]:
    """An image with all its facts, and its tile. Raises NotThere."""
    image = db.session.execute(
        select(Image).where(Image.id == image_id, Image.workspace_id == workspace_id)
    ).scalar_one_or_none()
    if image is None:
        raise NotThere("There is no such image in this workspace.")
    row = db.session.execute(select_tiles(image.job_id).where(Image.id == image_id)).one()
    return image, tile_from(row)
