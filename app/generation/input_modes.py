"""The two ways of typing many prompts in one box, and turning one into the other without loss.

Pasted: prompts may span lines, `---` on a line of its own stands between them. Lines: one prompt a line; a line break
inside a prompt is written as ↵. A typed ↵ gets a backslash in front, backslashes before a ↵ are doubled, no more is
touched. A prompt never holds a line of `---`, so both ways can hold every list of prompts; only empty ones vanish.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from app.prompts.split import join_pasted, split_lines, split_pasted

BREAK = "↵"

_TO_WRITE = re.compile(rf"(\\*)(\n|{BREAK})")
_TO_READ = re.compile(rf"(\\*){BREAK}")


class InputMode(StrEnum):
    PASTE = "paste"
    """`---` between prompts."""
    LINES = "lines"
    """One prompt a line."""

    @property
    def other(self) -> "InputMode":
        return InputMode.LINES if self is InputMode.PASTE else InputMode.PASTE


def split(mode: InputMode, text: str) -> list[str]:
    """The prompts of a text typed in this mode."""
    if mode is InputMode.PASTE:
        return split_pasted(text)
    return [prompt for line in split_lines(text) for prompt in split_pasted(_read_breaks(line))]


def join(mode: InputMode, prompts: Sequence[str]) -> str:
    """The text that holds these prompts in this mode."""
    if mode is InputMode.PASTE:
        return join_pasted(list(prompts))
    return "\n".join(_write_breaks(prompt) for prompt in prompts)


def convert(text: str, *, to: InputMode) -> str:
    """The same prompts, typed the other way."""
    return join(to, split(to.other, text))


def _write_breaks(prompt: str) -> str:
    def written(match: re.Match[str]) -> str:
        doubled = match[1] * 2
        return f"{doubled}{BREAK}" if match[2] == "\n" else f"{doubled}\\{BREAK}"

    return _TO_WRITE.sub(written, prompt)


def _read_breaks(line: str) -> str:
    def read(match: re.Match[str]) -> str:
        pairs, odd = divmod(len(match[1]), 2)
        return "\\" * pairs + (BREAK if odd else "\n")

    return _TO_READ.sub(read, line)
