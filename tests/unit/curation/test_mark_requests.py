"""What a request may say about pictures."""

from typing import Any
from uuid import UUID

import pytest
from werkzeug.datastructures import MultiDict

from app.core.errors import BadInput, Malformed
from app.curation.forms import Change, changes_from_json, meant_by, wanted_by
from app.generation.states import Mark

ONE, TWO = UUID(int=1), UUID(int=2)


def test_changes_keep_their_order() -> None:
    body = {"changes": [{"at": "3-4,0", "mark": "keep"}, {"at": "3", "rating": 5}, {"at": "0", "trashed": True}]}
    assert changes_from_json(body) == [
        Change([3, 4, 0], "mark", Mark.KEEP),
        Change([3], "rating", 5),
        Change([0], "trashed", True),
    ]


def test_a_position_named_twice_is_meant_once() -> None:
    assert changes_from_json({"changes": [{"at": "1,0-2", "mark": "none"}]})[0].at == [1, 0, 2]


def test_a_form_names_images_or_positions_or_both() -> None:
    fields = MultiDict([("images", str(ONE)), ("images", str(TWO)), ("at", "5-6")])
    meant = meant_by(fields)
    assert (meant.ids, meant.at) == ([ONE, TWO], [5, 6])


@pytest.mark.parametrize("fields", [{}, {"images": "x"}, {"at": ""}])
def test_a_form_that_names_none_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        meant_by(MultiDict(fields))


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"mark": "reject"}, ("mark", Mark.REJECT)),
        ({"rating": "0"}, ("rating", 0)),
        ({"trashed": "0"}, ("trashed", False)),
        ({"trashed": "1"}, ("trashed", True)),
    ],
)
def test_a_form_wants_one_thing(fields: dict[str, str], wanted: tuple[str, Any]) -> None:
    assert wanted_by(MultiDict(fields)) == wanted


def test_what_no_page_of_ours_sends_is_told_apart_from_a_slip() -> None:
    with pytest.raises(Malformed):
        changes_from_json({"changes": [{"at": "1-", "mark": "keep"}]})
    with pytest.raises(BadInput):
        changes_from_json({"changes": [{"at": "1", "mark": "love"}]})
