"""How long words from outside may be. They are data: cut and cleaned here, escaped wherever they are shown."""

import re
import unicodedata
from collections.abc import Iterable

TITLE = 120
DESCRIPTION = 1200
EXPLANATION = 500
VIOLATION = 300
TAGS = 10
NEW_TAGS = 2
NEW_TAG = 30
VIOLATIONS = 10

FAR_TOO_LONG = 20
"""Times the limit: what is longer is cut before anything else is done with it."""

WHITE = re.compile(r"\s+")
PROPOSAL = re.compile(r"[^\W_]+(?:[ -][^\W_]+){0,2}")


def clean(text: str, limit: int) -> str:
    """One line without control, direction-changing and other invisible characters, at most `limit` long.

    Cut at a word where that loses less than a third.
    """
    if len(text) > FAR_TOO_LONG * limit:
        text = text[: FAR_TOO_LONG * limit]
    visible = "".join(" " if character.isspace() else character for character in text if _is_visible(character))
    line = WHITE.sub(" ", visible).strip()
    if len(line) <= limit:
        return line
    head = line[: limit - 1]
    word_end = head.rfind(" ")
    return (head[:word_end] if word_end > limit * 2 // 3 else head).rstrip(" ,.;:") + "…"


def _is_visible(character: str) -> bool:
    # Joiners (U+200D) stay: they build emoji. Everything else of category C steers text or is unassigned.
    return character.isspace() or character == "\u200d" or not unicodedata.category(character).startswith("C")


def known_only(tags: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """The tags that are known, spelled as they are known, each once, at most ten, in their order."""
    names = {name.casefold(): name for name in known}
    wanted = (names.get(WHITE.sub(" ", tag).strip().casefold()) for tag in tags)
    return tuple(dict.fromkeys(name for name in wanted if name))[:TAGS]


def proposable(tags: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """New tags in lower case that could become known ones: one to three words of letters and digits, two at most."""
    names = {name.casefold() for name in known}
    wanted = (WHITE.sub(" ", tag[: NEW_TAG + 1]).strip().casefold() for tag in tags)
    usable = (tag for tag in wanted if 1 < len(tag) <= NEW_TAG and PROPOSAL.fullmatch(tag) and tag not in names)
    return tuple(dict.fromkeys(usable))[:NEW_TAGS]


def clamp(score: float) -> float:
    """A share between 0 and 1."""
    return min(1.0, max(0.0, score))
