"""What one tile of the contact sheet shows: an image, its picture and its page, as one flat value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from app.core.clock import utc_now
from app.core.errors import ErrorClass
from app.core.filters import plural
from app.generation.failures import failure_words
from app.generation.rerun import RERUN_FROM, seen_as
from app.generation.states import ImageState, Mark
from app.publishing.states import PageState


@dataclass(frozen=True, slots=True)
class Picture:
    """A stored picture as the browser needs it. `widths` maps a variant's name to its width in pixels."""

    asset_id: UUID
    width: int
    height: int
    placeholder: str
    widths: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PageLink:
    """The page made from an image, in whatever state it is."""

    page_id: UUID
    slug: str | None
    state: str

    @property
    def is_public(self) -> bool:
        return self.state == PageState.PUBLISHED and self.slug is not None


@dataclass(frozen=True, slots=True)
class Marker:
    """Who set a picture's mark or stars last."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One cell of the sheet. `width` and `height` are the picture's, or the wanted ones until it is there."""

    id: UUID
    position: int
    prompt_order: int
    variation: int
    prompt: str
    state: str
    mark: str
    revision: int
    width: int
    height: int
    started_at: datetime | None
    used_fallback: bool
    error_type: str | None
    error_message: str | None
    picture: Picture | None
    page: PageLink | None
    has_original: bool = False
    attempt: int = 0
    can_be_found: bool = False
    """Whether looking again may bring the picture of a lost answer."""
    prompt_typed: str = ""
    rating: int = 0
    marked_by: Marker | None = None
    is_trashed: bool = False
    sharpness: float | None = None

    @property
    def caption(self) -> str:
        """The prompt under the tile: the one that was meant, also where a fallback was sent instead."""
        return self.prompt_typed if self.used_fallback and self.prompt_typed else self.prompt

    @property
    def is_decided(self) -> bool:
        """Whether somebody has said something about the picture."""
        return self.mark != Mark.NONE or self.rating > 0

    @property
    def judgement(self) -> str:
        """The end of the tile's name: `, kept, 3 stars, in the trash`."""
        words = [MARK_WORDS[Mark(self.mark)], plural(self.rating, "star") if self.rating else ""]
        return "".join(f", {each}" for each in [*words, "in the trash" if self.is_trashed else ""] if each)

    @property
    def seen(self) -> str:
        """What forms send back, so that a page that is behind starts nothing."""
        return seen_as(self.state, self.attempt)

    @property
    def can_run_again(self) -> bool:
        return self.state in RERUN_FROM

    @property
    def stores_again(self) -> bool:
        """Whether its picture is kept and only has to be stored."""
        return self.state == ImageState.FAILED and self.has_original

    @property
    def wants_another_prompt(self) -> bool:
        """Whether the same prompt would only be refused again."""
        return self.state == ImageState.FAILED and self.error_type in REFUSED and not self.has_original

    @property
    def may_have_been_billed(self) -> bool:
        return self.state == ImageState.UNKNOWN

    @property
    def elapsed_seconds(self) -> int:
        """Whole seconds since the present attempt began, at this moment."""
        return max(0, int((utc_now() - self.started_at).total_seconds())) if self.started_at else 0

    @property
    def state_words(self) -> str:
        """The state in a word or two, as it is read on the tile."""
        if self.state == ImageState.FAILED:
            return failure_words(self.error_type)
        return STATE_WORDS[ImageState(self.state)]

    @property
    def reason(self) -> str:
        """Why there is no picture, in one sentence; empty while it is still to come."""
        if self.error_message:
            return self.error_message
        return STATE_REASONS.get(ImageState(self.state), "")


@dataclass(frozen=True, slots=True)
class PromptCount:
    """How many pictures of a prompt are kept, of how many; those in the trash do not count."""

    prompt_order: int
    total: int
    kept: int


@dataclass(frozen=True, slots=True)
class PromptGroup:
    """Neighbours on the sheet that were made from one prompt."""

    prompt_order: int
    tiles: Sequence[Tile]
    count: PromptCount

    @property
    def caption(self) -> str:
        return self.tiles[0].caption


STATE_WORDS = {
    ImageState.QUEUED: "queued",
    ImageState.GENERATING: "generating",
    ImageState.STORING: "storing",
    ImageState.COMPLETED: "ready",
    ImageState.FAILED: "failed",
    ImageState.CANCELLED: "cancelled",
    ImageState.UNKNOWN: "No answer",
}
STATE_REASONS = {
    ImageState.CANCELLED: "Stopped before it was started.",
    ImageState.UNKNOWN: "The call was made and its answer was lost. It may have been billed.",
    ImageState.FAILED: "Nothing came of it.",
}
REFUSED = frozenset({ErrorClass.CONTENT_POLICY, ErrorClass.PERMANENT})
MARK_WORDS = {Mark.KEEP: "kept", Mark.REJECT: "rejected", Mark.NONE: ""}


def tile_from(row: Any) -> Tile:
    """The tile of one row of `queries.select_tiles`."""
    picture = _picture_from(row)
    return Tile(
        id=row.id,
        position=row.position,
        prompt_order=row.prompt_order,
        variation=row.variation,
        prompt=row.prompt_sent,
        state=row.state,
        mark=row.mark,
        revision=row.revision,
        width=picture.width if picture else row.width,
        height=picture.height if picture else row.height,
        started_at=row.started_at,
        used_fallback=row.used_fallback,
        error_type=row.error_type,
        error_message=row.error_message,
        picture=picture,
        page=PageLink(row.page_id, row.page_slug, row.page_state) if row.page_id else None,
        has_original=row.asset_id is not None,
        attempt=row.attempt,
        can_be_found=bool(row.can_be_found),
        prompt_typed=row.prompt_typed,
        rating=row.rating,
        marked_by=Marker(row.marked_by, row.marker_name) if row.marked_by else None,
        is_trashed=row.trashed_at is not None,
        sharpness=row.sharpness,
    )


def _picture_from(row: Any) -> Picture | None:
    if row.state != ImageState.COMPLETED or row.asset_id is None:
        return None
    return Picture(
        asset_id=row.asset_id,
        width=row.asset_width,
        height=row.asset_height,
        placeholder=row.placeholder,
        widths={name: variant["width"] for name, variant in row.variants.items()},
    )


def group_by_prompt(tiles: Sequence[Tile], counts: Mapping[int, PromptCount]) -> list[PromptGroup]:
    """Tiles in the order given; neighbours of one prompt are a group. A prompt may come again further on."""
    groups = groupby(tiles, key=lambda tile: tile.prompt_order)
    return [PromptGroup(prompt_order, list(members), counts[prompt_order]) for prompt_order, members in groups]
