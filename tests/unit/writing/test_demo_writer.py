"""The embedded writer says something readable without a key, and always the same."""

import pytest

from app.writing.demo_writer import DemoWriter, title_from
from app.writing.interface import Brief, Unwritten
from app.writing.starter_tags import starter_tags
from tests.services.completed import paint

PROMPT = "A lighthouse keeper reading by lamplight while a storm bends the glass, oil painting, warm palette"


def brief(prompt: str = PROMPT, picture: bytes | None = None) -> Brief:
    return Brief(picture or paint(), "image/png", prompt, "Other", starter_tags())


def test_the_same_brief_gives_the_same_text() -> None:
    assert DemoWriter().write(brief()) == DemoWriter().write(brief())


@pytest.mark.parametrize("prompt", [PROMPT, "cat", "a red fox " * 60, "x", "Über den Wolken, 夜の街"])
def test_the_description_has_50_to_100_words_and_a_tip(prompt: str) -> None:
    description = DemoWriter().write(brief(prompt)).description

    assert 50 <= len(description.split()) <= 100
    assert "Tip:" in description


@pytest.mark.parametrize(
    "prompt", [PROMPT, "cat", "a red fox in the snow", "fox\nin snow", "one, two, three, four, five, six"]
)
def test_the_title_has_five_to_ten_words(prompt: str) -> None:
    assert 5 <= len(title_from(prompt).split()) <= 10


def test_the_title_is_made_of_the_prompt() -> None:
    assert title_from(PROMPT) == "Lighthouse Keeper Reading by Lamplight While a Storm Bends"


def test_a_prompt_without_any_word_still_gets_a_title() -> None:
    assert title_from("… !!!") == "Untitled Picture"


def test_tags_are_known_ones_that_the_prompt_names() -> None:
    tags = DemoWriter().write(brief()).tags

    assert {"lighthouse", "oil painting"} <= set(tags) <= set(starter_tags())
    assert len(tags) <= 5


def test_it_marks_its_text_as_its_own() -> None:
    assert DemoWriter().write(brief()).model == "demo"


def test_a_picture_that_cannot_be_read_is_not_written_about() -> None:
    with pytest.raises(Unwritten):
        DemoWriter().write(brief(picture=b"not a picture"))
