"""What a request that sets marks may say."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask, request

from app.core.errors import BadInput
from app.curation.forms import marks_from_request
from app.generation.states import Mark

ONE, TWO = UUID(int=1), UUID(int=2)


def read(**sent: Any) -> dict[UUID, Mark]:
    with Flask(__name__).test_request_context(method="POST", **sent):
        return marks_from_request(request)


def test_a_range_gets_one_mark() -> None:
    assert read(json={"images": [str(ONE), str(TWO)], "mark": "keep"}) == {ONE: Mark.KEEP, TWO: Mark.KEEP}


def test_a_form_says_the_same() -> None:
    assert read(data={"images": [str(ONE), str(TWO)], "mark": "reject"}) == {ONE: Mark.REJECT, TWO: Mark.REJECT}


def test_a_button_of_a_tile_names_its_image_in_the_address() -> None:
    assert read(query_string={"images": str(ONE)}, data={"mark": "none"}) == {ONE: Mark.NONE}


def test_an_undo_gives_each_image_its_own_mark() -> None:
    marks = [{"id": str(ONE), "mark": "keep"}, {"id": str(TWO), "mark": "none"}]
    assert read(json={"marks": marks}) == {ONE: Mark.KEEP, TWO: Mark.NONE}


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"images": [], "mark": "keep"},
        {"images": "not a list", "mark": "keep"},
        {"images": ["not an id"], "mark": "keep"},
        {"images": [7], "mark": "keep"},
        {"images": [None], "mark": "keep"},
        {"images": [str(ONE)], "mark": "love"},
        {"images": [str(ONE)], "mark": ["keep"]},
        {"images": [str(ONE)]},
        {"marks": "keep"},
        {"marks": ["keep"]},
        {"marks": [{"id": str(ONE)}]},
        {"marks": [{"mark": "keep"}]},
    ],
)
def test_everything_else_is_refused(body: Any) -> None:
    with pytest.raises(BadInput):
        read(json=body)
