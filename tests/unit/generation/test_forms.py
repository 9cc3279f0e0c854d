"""The form keeps everything that was typed."""

from uuid import UUID

import pytest

from app.generation.forms import Filled
from app.generation.input_modes import InputMode

FIELDS = {
    "form_token": "0192f5a0-0000-7000-8000-000000000001",
    "mode": "lines",
    "prompts": "one\ntwo",
    "model": "demo/painter",
    "quality": "low",
    "size": "1536x1024",
    "images_per_prompt": "4",
    "visibility": "private",
    "priority": "urgent",
    "default_mark": "keep",
    "generator": "Flux",
    "character_description": " a red fox ",
    "fallback_prompt": "a quiet field",
    "title": " mine ",
    "remixed": "",
}


def test_what_was_sent_comes_back_as_it_was_typed():
    assert Filled.read(FIELDS).fields == FIELDS


def test_line_ends_of_a_browser_become_plain_ones():
    assert Filled.read({"prompts": "one\r\n---\r\ntwo"}).prompts == "one\n---\ntwo"


def test_zero_characters_do_not_reach_the_database():
    assert Filled.read({"title": "a\0b"}).title == "ab"


@pytest.mark.parametrize("token", ["", "x", "0192f5a0", "'; --"])
def test_a_token_that_is_none_is_replaced_by_a_new_one(token):
    made = Filled.read({"form_token": token}).form_token
    assert UUID(made)
    assert made != Filled.read({"form_token": token}).form_token


@pytest.mark.parametrize(
    ("typed", "count"),
    [("1", 1), (" 10 ", 10), ("0", None), ("11", None), ("-1", None), ("", None), ("two", None), ("²", None)],
)
def test_images_per_prompt_is_one_to_ten_or_nothing(typed, count):
    assert Filled.read({"images_per_prompt": typed}).count == count


def test_removing_duplicates_keeps_the_way_of_typing_and_the_first_of_each():
    filled = Filled.read({"mode": "lines", "prompts": "a  b\nc\nA b\nc"})
    kept, removed = filled.without_duplicates()
    assert (kept.prompts, kept.mode, removed) == ("a  b\nc", InputMode.LINES, 2)


def test_without_duplicates_nothing_is_rewritten():
    filled = Filled.read({"prompts": "  one  \n---\n\n two"})
    assert filled.without_duplicates() == (filled, 0)


def test_an_unknown_mode_is_pasting():
    assert Filled.read({"mode": "boxes"}).mode is InputMode.PASTE
