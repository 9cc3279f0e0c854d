"""The tags a new installation begins with."""

from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("tags.txt")


@cache
def starter_tags() -> tuple[str, ...]:
    """Their names, in the order of the file. Lines that begin with # are headings."""
    lines = (line.strip() for line in FILE.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))
