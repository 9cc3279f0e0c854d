"""What one tile of the contact sheet shows: an image, its picture and its page, as one flat value."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from app.core.clock import utc_now
from app.core.errors import ErrorClass
from app.generation.control import RERUN_FROM
from app.generation.failures import failure_words
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

    @property
    def can_run_again(self) -> bool:
        return self.state in RERUN_FROM

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
    """How many pictures of a prompt are kept, of how many."""

    prompt_order: int
    total: int
    kept: int


@dataclass(frozen=True, slots=True)
class PromptGroup:
    """A prompt and the tiles made from it."""

    prompt_order: int
    prompt: str
    tiles: Sequence[Tile]
    count: PromptCount


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
    """Tiles in the order of the sheet, put under their prompts: what most of a prompt's images were sent."""
    groups = []
    for prompt_order, members in groupby(tiles, key=lambda tile: tile.prompt_order):
        own = list(members)
        sent = Counter(tile.prompt for tile in own if not tile.used_fallback)
        prompt = sent.most_common(1)[0][0] if sent else own[0].prompt
        groups.append(PromptGroup(prompt_order, prompt, own, counts[prompt_order]))
    return groups


def whole_prompts(tiles: Sequence[Tile], at_least: int) -> Sequence[Tile]:
    """The first prompts that together have `at_least` tiles; no prompt is cut in two.

    The caller asks for more rows than `at_least` by the most variations a prompt may have.
    """
    for index in range(at_least, len(tiles)):
        if tiles[index].prompt_order != tiles[index - 1].prompt_order:
            return tiles[:index]
    return tiles
