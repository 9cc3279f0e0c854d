"""The life cycle of a public name: copying → live → retired, or copying → retired."""

from collections.abc import Mapping
from enum import StrEnum

from app.core.errors import IllegalMove


class NameState(StrEnum):
    COPYING = "copying"
    """The public files are being written, or will be again: the name is taken, nobody is sent to it."""
    LIVE = "live"
    """The public page shows these files."""
    RETIRED = "retired"
    """The files are to be removed or gone; the name still leads to what the page shows now."""


N = NameState

NAME_MOVES: Mapping[NameState, frozenset[NameState]] = {
    N.COPYING: frozenset({N.LIVE, N.RETIRED}),
    N.LIVE: frozenset({N.RETIRED}),
    N.RETIRED: frozenset(),
}


def check_name_move(before: NameState, to: NameState) -> None:
    if to not in NAME_MOVES[before]:
        raise IllegalMove(f"A name that is {before} cannot become {to}.")
