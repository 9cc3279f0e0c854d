"""The life cycle of a tag: proposed → known ⇄ retired."""

from collections.abc import Mapping
from enum import StrEnum

from app.core.errors import IllegalMove


class TagState(StrEnum):
    PROPOSED = "proposed"
    """A writer would have liked it; nobody sees it until staff decide."""
    KNOWN = "known"
    """Writers and people choose from it, and it has its public listing."""
    RETIRED = "retired"
    """Refused, retired, or merged into another; never proposed again."""


T = TagState

TAG_MOVES: Mapping[TagState, frozenset[TagState]] = {
    T.PROPOSED: frozenset({T.KNOWN, T.RETIRED}),
    T.KNOWN: frozenset({T.RETIRED}),
    T.RETIRED: frozenset({T.KNOWN}),
}


def check_tag_move(before: TagState, to: TagState) -> None:
    if to not in TAG_MOVES[before]:
        raise IllegalMove(f"A tag that is {before} cannot become {to}.")
