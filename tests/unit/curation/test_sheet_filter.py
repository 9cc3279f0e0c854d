"""What stands in the address of a sheet comes back as it was, and nothing else does."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.curation.sheet_filter import SHARPNESS, SHOWS, SORTS, STACKS, SheetFilter
from app.generation.states import ImageState, Mark

FILTERS = st.builds(
    SheetFilter,
    show=st.sampled_from(SHOWS),
    state=st.sampled_from(["", *map(str, ImageState)]),
    mark=st.sampled_from(["", *map(str, Mark)]),
    prompt=st.integers(0, 2**31 - 1),
    rating=st.integers(0, 5),
    sharp=st.sampled_from(SHARPNESS),
    q=st.sampled_from(["", "a fox", "50% “off”"]),
    sort=st.sampled_from(SORTS),
    stack=st.sampled_from(STACKS),
)


def read(args: dict[str, Any]) -> SheetFilter:
    return SheetFilter.read(MultiDict({name: str(value) for name, value in args.items()}))


@given(FILTERS)
def test_a_filter_is_read_as_it_was_written(wanted: SheetFilter) -> None:
    assert read(wanted.to_args()) == wanted


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from([*SheetFilter().__slots__, "x"]), st.text(max_size=20)))
def test_an_address_never_fails(args: dict[str, str]) -> None:
    assert read(read(args).to_args()) == read(args)


def test_defaults_do_not_stand_in_an_address() -> None:
    assert SheetFilter().to_args() == {}
    assert SheetFilter(show="kept", rating=3).to_args() == {"show": "kept", "rating": 3}
    assert SheetFilter(show="kept", rating=3).to_args(show="all") == {"rating": 3}


@pytest.mark.parametrize(
    ("wanted", "narrows"),
    [(SheetFilter(), False), (SheetFilter(sort="newest", stack="prompt"), False), (SheetFilter(q="x"), True)],
)
def test_sorting_and_stacking_leave_nothing_out(wanted: SheetFilter, narrows: bool) -> None:
    assert wanted.narrows is narrows
