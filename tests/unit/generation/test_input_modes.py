"""Pasting and one per line hold the same prompts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.generation.input_modes import InputMode, convert, join, split

PASTE, LINES = InputMode.PASTE, InputMode.LINES

pasted_text = st.text(alphabet=st.sampled_from(list("ab \\↵\n-\t")) | st.characters(codec="utf-8"), max_size=60)


@given(pasted_text)
def test_pasted_prompts_survive_being_shown_one_per_line(text):
    prompts = [prompt for prompt in split(PASTE, text) if prompt]
    assert split(LINES, convert(text, to=LINES)) == prompts
    assert split(PASTE, convert(convert(text, to=LINES), to=PASTE)) == prompts


@given(pasted_text)
def test_lines_survive_being_shown_as_pasted_text(text):
    prompts = split(LINES, text)
    assert split(PASTE, convert(text, to=PASTE)) == prompts
    assert split(LINES, convert(convert(text, to=PASTE), to=LINES)) == prompts


@pytest.mark.parametrize(
    ("prompt", "line"),
    [
        ("two\nlines", "two↵lines"),
        ("two\n\nbreaks", "two↵↵breaks"),
        ("a typed ↵ here", "a typed \\↵ here"),
        ("a backslash\\\nbefore", "a backslash\\\\↵before"),
        ("C:\\new \\ stays", "C:\\new \\ stays"),
    ],
)
def test_a_line_break_is_shown_as_a_sign(prompt, line):
    assert join(LINES, [prompt]) == line
    assert split(LINES, line) == [prompt]


def test_a_line_of_dashes_separates_in_both_ways():
    assert split(LINES, "one\n---\ntwo") == ["one", "two"]
