"""How images become tiles, and tiles become groups."""

from dataclasses import replace
from uuid import uuid4

import pytest

from app.core.errors import ErrorClass
from app.curation.tile import STATE_WORDS, PromptCount, Tile, group_by_prompt, whole_prompts
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
    assert failure_words("storage") == "Storage"
    assert failure_words(None) == "Failed"


@pytest.mark.parametrize("state", [ImageState.FAILED, ImageState.CANCELLED, ImageState.UNKNOWN])
def test_what_has_no_picture_says_why_and_can_run_again(state: ImageState) -> None:
    assert tile(state=state).can_run_again
    assert tile(state=state).reason


def test_a_page_of_tiles_ends_between_two_prompts() -> None:
    tiles = [tile(position, per_prompt=5) for position in range(20)]
    assert [len(whole_prompts(tiles, least)) for least in (1, 5, 6, 10, 19)] == [5, 5, 10, 10, 20]


def test_the_last_tiles_are_one_page_however_few() -> None:
    assert len(whole_prompts([tile(0), tile(1)], 96)) == 2
    assert whole_prompts([], 96) == []


def test_groups_follow_the_prompts_and_name_the_prompt_that_was_meant() -> None:
    tiles = [tile(0, prompt="the fallback", used_fallback=True), tile(1, prompt="the prompt"), tile(4)]
    counts = {1: PromptCount(1, 4, 2), 2: PromptCount(2, 4, 0)}
    groups = group_by_prompt(tiles, counts)
    assert [(group.prompt_order, len(group.tiles)) for group in groups] == [(1, 2), (2, 1)]
    assert groups[0].prompt == "the prompt"
    assert groups[0].count.kept == 2
