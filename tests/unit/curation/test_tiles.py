"""How images become tiles, and tiles become groups."""

from dataclasses import replace
from uuid import uuid4

import pytest

from app.core.errors import ErrorClass
from app.curation.tile import STATE_WORDS, Marker, PromptCount, Tile, group_by_prompt
from app.generation.failures import failure_words
from app.generation.states import ImageState


def tile(position: int = 0, *, per_prompt: int = 4, **values: object) -> Tile:
    order, variation = divmod(position, per_prompt)
    plain = Tile(
        id=uuid4(),
        position=position,
        prompt_order=order + 1,
        variation=variation + 1,
        prompt=f"prompt {order + 1}",
        state=ImageState.QUEUED,
        mark="none",
        revision=1,
        width=1024,
        height=1024,
        started_at=None,
        used_fallback=False,
        error_type=None,
        error_message=None,
        picture=None,
        page=None,
    )
    return replace(plain, **values)


@pytest.mark.parametrize("state", list(ImageState))
def test_every_state_has_words(state: ImageState) -> None:
    assert state in STATE_WORDS
    assert tile(state=state).state_words


@pytest.mark.parametrize("kind", list(ErrorClass))
def test_every_error_class_is_said_in_two_words(kind: ErrorClass) -> None:
    assert len(failure_words(kind).split()) == 2


def test_a_class_nobody_foresaw_is_still_said() -> None:
    assert failure_words("cosmic_rays") == "Cosmic rays"
    assert failure_words(None) == "Failed"


@pytest.mark.parametrize("state", [ImageState.FAILED, ImageState.CANCELLED, ImageState.UNKNOWN])
def test_what_has_no_picture_says_why_and_can_run_again(state: ImageState) -> None:
    assert tile(state=state).can_run_again
    assert tile(state=state).reason


def test_neighbours_of_one_prompt_are_a_group_and_a_prompt_may_come_again() -> None:
    tiles = [tile(0), tile(1), tile(4), tile(2)]
    counts = {1: PromptCount(1, 4, 2), 2: PromptCount(2, 4, 0)}
    groups = group_by_prompt(tiles, counts)
    assert [(group.prompt_order, len(group.tiles)) for group in groups] == [(1, 2), (2, 1), (1, 1)]
    assert groups[0].count.kept == 2


def test_the_caption_is_the_prompt_that_was_meant() -> None:
    assert tile(prompt="sent").caption == "sent"
    assert tile(prompt="the fallback", prompt_typed="typed", used_fallback=True).caption == "typed"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, ""),
        ({"mark": "keep"}, ", kept"),
        ({"mark": "reject", "rating": 1}, ", rejected, 1 star"),
        ({"rating": 4, "is_trashed": True}, ", 4 stars, in the trash"),
    ],
)
def test_what_was_decided_is_the_end_of_a_tiles_name(values: dict[str, object], words: str) -> None:
    assert tile(**values).judgement == words


def test_who_decided_matters_only_while_something_is_decided() -> None:
    by = Marker(uuid4(), "Ada Lovelace")
    assert not tile(marked_by=by).is_decided
    assert tile(marked_by=by, rating=1).is_decided
    assert tile(marked_by=by, mark="reject").is_decided
