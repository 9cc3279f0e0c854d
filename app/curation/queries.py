"""What the contact sheet reads, always within one workspace."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select

from app.accounts.models import User
from app.core.database import db, db_now
from app.core.errors import NotThere
from app.curation.tile import PromptCount, PromptGroup, Tile, group_by_prompt, tile_from
from app.generation.check_again import can_be_found
from app.generation.models import Asset, Attempt, Image, Job
from app.generation.states import ImageState, Mark
from app.publishing.models import Page
from app.publishing.states import PageState

MOST_TILES = 300
"""In one answer to a browser."""


def select_tiles(job_id: UUID) -> Select[*tuple[Any, ...]]:
    """Images of a job with their picture and page: one statement, however many there are."""
    return (
        select(
            Image.id,
            Image.position,
            Image.prompt_order,
            Image.variation,
            Image.prompt_sent,
            Image.prompt_typed,
            Image.state,
            Image.mark,
            Image.rating,
            Image.marked_by,
            Image.trashed_at,
            Image.revision,
            Image.width,
            Image.height,
            Image.started_at,
            Image.used_fallback,
            Image.error_type,
            Image.error_message,
            Image.asset_id,
            Image.attempt,
            can_be_found().label("can_be_found"),
            Asset.width.label("asset_width"),
            Asset.height.label("asset_height"),
            Asset.placeholder,
            Asset.variants,
            Asset.sharpness,
            User.display_name.label("marker_name"),
            Page.id.label("page_id"),
            Page.slug.label("page_slug"),
            Page.state.label("page_state"),
        )
        .outerjoin(Asset, Asset.id == Image.asset_id)
        .outerjoin(User, User.id == Image.marked_by)
        .outerjoin(Page, (Page.image_id == Image.id) & (Page.state != PageState.TRASHED))
        .where(Image.job_id == job_id)
    )


def read_tiles(job: Job, positions: Sequence[int]) -> list[PromptGroup]:
    """The tiles of these positions in this order; a position that the job does not have is left out."""
    if not positions:
        return []
    rows = db.session.execute(select_tiles(job.id).where(Image.position.in_(positions)))
    found = {row.position: tile_from(row) for row in rows}
    tiles = [found[position] for position in positions if position in found]
    return group_by_prompt(tiles, prompt_counts(job, {tile.prompt_order for tile in tiles}))


def prompt_counts(job: Job, prompt_orders: Collection[int]) -> dict[int, PromptCount]:
    """Kept pictures of each of these prompts; what is in the trash does not count.

    The images of a prompt follow one another, so their positions are known and no other row is looked at.
    """
    if not prompt_orders:
        return {}
    count = job.images_per_prompt
    positions = [position for order in prompt_orders for position in range((order - 1) * count, order * count)]
    here = Image.trashed_at.is_(None)
    rows = db.session.execute(
        select(
            Image.prompt_order,
            func.sum(case((here, 1), else_=0)),
            func.sum(case((here & (Image.mark == Mark.KEEP), 1), else_=0)),
        )
        .where(Image.job_id == job.id, Image.position.in_(positions))
        .group_by(Image.prompt_order)
    )
    return {order: PromptCount(order, int(total), int(kept)) for order, total, kept in rows}


def read_revision(job_id: UUID, workspace_id: UUID) -> int:
    """The job's revision: the one question of a poll that finds nothing new. Raises NotThere."""
    revision = db.session.execute(
        select(Job.revision).where(Job.id == job_id, Job.workspace_id == workspace_id, Job.deleted_at.is_(None))
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


def billed_without_picture(job_id: UUID) -> int:
    """How many calls of the job may have been billed although no picture came of them."""
    return db.session.execute(
        select(func.count())
        .select_from(Attempt)
        .join(Image, Image.id == Attempt.image_id)
        .where(Image.job_id == job_id, Attempt.may_have_billed, Attempt.asset_id.is_(None))
    ).scalar_one()


def has_pages_in_writing(job_id: UUID) -> bool:
    """Whether a page of the job is still being written."""
    writing = select(Page.id).where(Page.job_id == job_id, Page.state == PageState.PROCESSING)
    return db.session.execute(select(writing.exists())).scalar_one()


def get_tile(image_id: UUID, workspace_id: UUID) -> tuple[Image, Tile]:
    """An image with all its facts, and its tile. Raises NotThere."""
    image = db.session.execute(
        select(Image)
        .join(Image.job)
        .where(Image.id == image_id, Image.workspace_id == workspace_id, Job.deleted_at.is_(None))
    ).scalar_one_or_none()
    if image is None:
        raise NotThere("There is no such image in this workspace.")
    row = db.session.execute(select_tiles(image.job_id).where(Image.id == image_id)).one()
    return image, tile_from(row)
