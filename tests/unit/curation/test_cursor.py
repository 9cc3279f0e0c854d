"""The tag of the changes feed says exactly how far a browser has seen."""

import pytest

from app.curation.feed import Cursor


@pytest.mark.parametrize("tag", ["1", "12", "12.0", "12.340"])
def test_a_cursor_is_read_as_it_was_written(tag: str) -> None:
    assert str(Cursor.parse(tag)) == tag


@pytest.mark.parametrize("tag", [None, "", "x", "-1", "1.", ".4", "1.2.3", "1e5", "1" * 40])
def test_what_is_no_tag_begins_before_the_first_revision(tag: str | None) -> None:
    assert Cursor.parse(tag) == Cursor(0)


def test_nothing_can_be_new_only_after_the_whole_revision_was_sent() -> None:
    assert Cursor(7).has_seen(7)
    assert not Cursor(7, 100).has_seen(7)
    assert not Cursor(6).has_seen(7)
