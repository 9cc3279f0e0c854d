"""The order of a sheet: which positions it shows, one after the other, and what lies under what.

A position is a picture's place in its job and never changes; a place is where it stands in an order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Select, UnaryExpression, or_, select

from app.core.database import db
from app.curation.alike import stack_alike
from app.curation.runs import format_runs, format_stacks
from app.curation.sheet_filter import SheetFilter
from app.generation.models import Asset, Image, Job
from app.generation.states import ImageState, Mark

SHOWN: dict[str, tuple[ColumnElement[bool], ...]] = {
    "all": (),
    "unmarked": (Image.mark == Mark.NONE, Image.state == ImageState.COMPLETED),
    "kept": (Image.mark == Mark.KEEP,),
    "rejected": (Image.mark == Mark.REJECT,),
    "failed": (Image.state.in_([ImageState.FAILED, ImageState.UNKNOWN]),),
    "trash": (),
}
SORTED: dict[str, tuple[UnaryExpression[Any], ...]] = {
    "order": (),
    "newest": (Image.finished_at.desc(),),
    "sharpest": (Asset.sharpness.desc().nulls_last(),),
    "softest": (Asset.sharpness.asc().nulls_last(),),
    "rating": (Image.rating.desc(),),
}


@dataclass(frozen=True, slots=True)
class Order:
    """What a sheet shows. `stacks` are positions that lie on one another, the top first; most are of one."""

    stacks: Sequence[Sequence[int]]

    @property
    def matching(self) -> int:
        """How many pictures it has, those that lie under others included."""
        return sum(map(len, self.stacks))

    @property
    def places(self) -> list[int]:
        """The positions that are seen while every stack is closed."""
        return [stack[0] for stack in self.stacks]

    @property
    def text(self) -> str:
        """As `#sheet` carries it: `0-3,12(13-15)`."""
        return format_stacks(self.stacks)

    @property
    def positions(self) -> list[int]:
        """Every matching position."""
        return list(chain.from_iterable(self.stacks))


def read_order(job: Job, wanted: SheetFilter) -> Order:
    """The order of a job's sheet; a whole job is known without asking. The caller has checked the workspace."""
    if wanted == SheetFilter() and not (job.trashed_count or job.purged_count):
        return Order([(position,) for position in range(job.total_images)])
    columns: list[Any] = [Image.position, Image.prompt_order]
    if wanted.stack == "similar":
        columns.append(Asset.perceptual_hash)
    sorted_by = (*SORTED[wanted.sort], Image.position)
    rows = db.session.execute(_matching(job, wanted, *columns).order_by(*sorted_by)).all()
    return Order(_stacked(rows, wanted.stack))


def matching_since(job: Job, wanted: SheetFilter, *changed: ColumnElement[bool]) -> str:
    """Runs of the positions that match now, of those that have `changed`."""
    return format_runs(
        db.session.scalars(_matching(job, wanted, Image.position).where(*changed).order_by(Image.position))
    )


def _stacked(rows: Sequence[Any], stack: str) -> list[list[int]]:
    if stack == "similar":
        return stack_alike((row.position, row.perceptual_hash) for row in rows)
    if stack != "prompt":
        return [[row.position] for row in rows]
    stacks: dict[int, list[int]] = {}
    for row in rows:
        stacks.setdefault(row.prompt_order, []).append(row.position)
    return list(stacks.values())


def _matching(job: Job, wanted: SheetFilter, *columns: Any) -> Select[Any]:
    query = select(*columns).select_from(Image).where(Image.job_id == job.id, *_conditions(job, wanted))
    if wanted.sharp or wanted.stack == "similar" or wanted.sort in ("sharpest", "softest"):
        query = query.outerjoin(Asset, Asset.id == Image.asset_id)
    return query


def _conditions(job: Job, wanted: SheetFilter) -> list[ColumnElement[bool]]:
    in_trash = Image.trashed_at.is_not(None)
    conditions = [in_trash if wanted.show == "trash" else ~in_trash, *SHOWN[wanted.show]]
    if wanted.sort == "newest":  # what is still to come has no time; it waits to be let in, at the top
        conditions.append(Image.finished_at.is_not(None))
    if wanted.mark:
        conditions += [Image.mark == wanted.mark, Image.state == ImageState.COMPLETED]
    if wanted.q:
        words = [column.icontains(wanted.q, autoescape=True) for column in (Image.prompt_sent, Image.prompt_typed)]
        conditions.append(or_(*words))
    if wanted.sharp:
        conditions.append(_sharp(job, wanted.sharp))
    plain = [
        (wanted.state, Image.state == wanted.state),
        (wanted.error, Image.error_type == wanted.error),
        (wanted.prompt, Image.prompt_order == wanted.prompt),
        (wanted.model, Image.model == wanted.model),
        (wanted.rating, Image.rating >= wanted.rating),
    ]
    return [*conditions, *(condition for given, condition in plain if given)]


def _sharp(job: Job, which: str) -> ColumnElement[bool]:
    """The upper or the lower quarter of the job's own pictures: what is sharp depends on what they show."""
    measured = (
        select(Asset.sharpness)
        .join(Image, Image.asset_id == Asset.id)
        .where(Image.job_id == job.id, Image.trashed_at.is_(None), Asset.sharpness.is_not(None))
        .order_by(Asset.sharpness)
    )
    values = list(db.session.scalars(measured))
    if not values:
        return Asset.sharpness.is_not(None)
    quarter = ceil(len(values) / 4)
    if which == "sharp":
        return Asset.sharpness >= values[-quarter]
    return Asset.sharpness <= values[quarter - 1]
