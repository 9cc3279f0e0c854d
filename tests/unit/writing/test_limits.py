"""Words from outside are cut and cleaned before they are kept."""

import math

import pytest

from app.writing.limits import clamp, clean, known_only
from app.writing.starter_tags import starter_tags


def test_a_long_text_is_cut_at_a_word() -> None:
    text = clean("word " * 100, 50)

    assert len(text) <= 50
    assert text.endswith("word…")


def test_a_megabyte_without_a_space_is_cut_too() -> None:
    assert len(clean("x" * 1_000_000, 120)) == 120


@pytest.mark.parametrize("invisible", ["\x00", "\x1b", "\u202e", "\u2066", "\ufeff", "\u200b", "\ud800"])
def test_invisible_characters_are_taken_out(invisible: str) -> None:
    assert clean(f"a{invisible}b", 10) == "ab"


def test_lines_become_one_line() -> None:
    assert clean("  one\r\n two\tthree ", 50) == "one two three"


def test_only_known_tags_are_kept_each_once_and_ten_at_most() -> None:
    known = tuple(f"tag {n}" for n in range(20))

    assert known_only(["TAG 1", "tag  1", "new", "tag 2"], known) == ("tag 1", "tag 2")
    assert len(known_only(known, known)) == 10


@pytest.mark.parametrize(("score", "kept"), [(-3, 0.0), (0.4, 0.4), (7, 1.0), (math.inf, 1.0)])
def test_a_score_is_between_0_and_1(score: float, kept: float) -> None:
    assert clamp(score) == kept


def test_the_starter_set_has_about_a_hundred_and_twenty_different_tags() -> None:
    assert 100 <= len(starter_tags()) <= 200
    assert len(set(starter_tags())) == len(starter_tags())
