"""How people and workspaces are called: addresses as they are kept, names, and names for URLs."""

import re
import unicodedata
from collections.abc import Callable

from slugify import slugify

from app.core.errors import BadInput

EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")
MAX_EMAIL = 254
MAX_NAME = 80
MAX_SLUG = 60


def plain_email(typed: str) -> str:
    """The address as it is kept and compared: without spaces around it, lower case, composed characters."""
    return unicodedata.normalize("NFC", typed.strip()).lower()


def email_problems(email: str) -> list[str]:
    """Every reason why this cannot be an address, as sentences."""
    if not EMAIL.fullmatch(email) or len(email) > MAX_EMAIL or not email.isprintable():
        return ["This is not an e-mail address. It should look like name@example.com."]
    return []


def plain_name(typed: str, *, what: str) -> str:
    """A name on one line. Raises BadInput when it is empty or too long; `what` begins the sentence."""
    name = " ".join("".join(each if each.isprintable() else " " for each in typed).split())
    if not name:
        raise BadInput([f"{what} cannot be empty."])
    if len(name) > MAX_NAME:
        raise BadInput([f"{what} may have at most {MAX_NAME} characters; this has {len(name)}."])
    return name


def name_from_email(email: str) -> str:
    """`ana.silva@example.com` reads `Ana Silva`."""
    words = re.split(r"[._+-]+", email.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word)[:MAX_NAME] or "Somebody"


def free_slug(name: str, *, otherwise: str, is_taken: Callable[[str], bool]) -> str:
    """The name for a URL, with a number when another has it already. `otherwise` is for names without a letter."""
    stem = slugify(name, max_length=MAX_SLUG, word_boundary=True) or otherwise
    slug, number = stem, 1
    while is_taken(slug):
        number += 1
        slug = f"{stem}-{number}"
    return slug
