"""What the file of a public picture is called: words of the title, the generator, `prompt`, and letters of its own."""

import secrets

from slugify import slugify

STOP_WORDS = frozenset({"the", "a", "an", "in", "on", "at", "to", "for", "of"})
MOST_WORDS = 3
MOST_CHARACTERS = 30
GENERATOR_CHARACTERS = 40


def keywords(title: str) -> str:
    """Up to three words of the title without the stop words, at most 30 characters, joined by hyphens.

    A word that does not fit any more ends them; a first word that is longer is cut. Empty when nothing is left.
    """
    words = [word for word in slugify(title).split("-") if word and word not in STOP_WORDS][:MOST_WORDS]
    chosen = ""
    for word in words:
        longer = f"{chosen}-{word}" if chosen else word[:MOST_CHARACTERS]
        if len(longer) > MOST_CHARACTERS:
            break
        chosen = longer
    return chosen


def stem_base(title: str, generator: str) -> str:
    """`quiet-lighthouse-sea-dall-e-prompt`: all of the name but what makes it unique."""
    maker = slugify(generator, max_length=GENERATOR_CHARACTERS)
    return "-".join(part for part in (keywords(title), maker, "prompt") if part)


def new_stem(title: str, generator: str) -> str:
    """A name that no other picture has, nor this one had before: 48 random bits, and the database has the last word."""
    return f"{stem_base(title, generator)}-{secrets.token_hex(6)}"


def base_of(stem: str) -> str:
    """The part of a name that follows from title and generator."""
    return stem.rpartition("-")[0]
