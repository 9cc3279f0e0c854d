"""Runs of positions: read as they were written, in their order, and never larger than allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Malformed
from app.curation.runs import format_runs, format_stacks, parse_runs

POSITIONS = st.lists(st.integers(0, 300), unique=True)


@given(POSITIONS)
def test_positions_are_read_as_they_were_written(positions: list[int]) -> None:
    assert parse_runs(format_runs(positions), most=1000) == positions


@pytest.mark.parametrize(
    ("positions", "text"),
    [([], ""), ([7], "7"), ([0, 1, 2], "0-2"), ([3, 2, 1], "3,2,1"), ([4, 5, 0, 6, 7], "4-5,0,6-7")],
)
def test_neighbours_become_one_run(positions: list[int], text: str) -> None:
    assert format_runs(positions) == text


@pytest.mark.parametrize(
    "text", [" ", "a", "1-", "-1", "2-1", "1,", ",1", "1 - 2", "1-2-3", "1.5", "٣", "1e3", "0-4294967296"]
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_runs(text, most=10**12)


def test_too_many_are_refused_before_they_are_counted_out() -> None:
    with pytest.raises(Malformed):
        parse_runs("0-2147483647,0-2147483647", most=300)
    assert len(parse_runs("0-299", most=300)) == 300


@pytest.mark.parametrize(
    ("stacks", "text"),
    [
        ([], ""),
        ([[0], [1], [2]], "0-2"),
        ([[0, 1, 2]], "0(1-2)"),
        ([[0], [1], [2, 5], [3], [4]], "0-1,2(5),3-4"),
        ([[12, 13, 14, 15], [16, 17, 19, 18]], "12(13-15),16(17,19,18)"),
    ],
)
def test_the_top_of_a_stack_stands_before_what_lies_under_it(stacks: list[list[int]], text: str) -> None:
    assert format_stacks(stacks) == text
