"""Every pair of states is either in the table or refused."""

from itertools import product

import pytest

from app.core.errors import IllegalMove
from app.publishing.states import PAGE_MOVES, PageState, check_page_move


@pytest.mark.parametrize(("before", "to"), list(product(PageState, PageState)))
def test_a_page_moves_only_as_the_table_says(before: PageState, to: PageState) -> None:
    if to in PAGE_MOVES[before]:
        check_page_move(before, to)
    else:
        with pytest.raises(IllegalMove):
            check_page_move(before, to)


def test_every_state_has_its_row() -> None:
    assert set(PAGE_MOVES) == set(PageState)
