"""A page in the words of machines: as a search engine lists it, and as a link to it is shown elsewhere.

Titles and descriptions are data from outside: they are cut here and escaped where they are put into a page.
"""

from dataclasses import dataclass

from app.core.filters import clip

TITLE = 60
DESCRIPTION = 155
ALT = 125
"""Characters that are shown of each."""


@dataclass(frozen=True, slots=True)
class Snippet:
    title: str
    description: str
    alt: str


def snippet(title: str, description: str, prompt: str, generator: str) -> Snippet:
    """Title and description at the lengths that are shown; a page without a description is described by its prompt."""
    return Snippet(clip(title, TITLE), clip(description or prompt, DESCRIPTION), alt_text(title, generator))


def alt_text(title: str, generator: str) -> str:
    """`{Title} - {Generator} Prompt - AI-generated image`: the title is shortened, never the rest."""
    rest = f" - {generator} Prompt - AI-generated image"
    return clip(title, ALT - len(rest)) + rest
