"""Pasted text to prompts, and back."""

import re

_NEWLINES = re.compile(r"\r\n?|\x85|\u2028|\u2029")
_UNTYPED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
"""Control characters and byte order marks: nobody types them, and databases refuse some."""

_SEPARATOR = re.compile(r"^[^\S\n]*---[^\S\n]*$", re.MULTILINE)


def split_pasted(text: str) -> list[str]:
    """The prompts between lines that hold `---` alone. A prompt may span lines.

    Separators before the first and after the last prompt are ignored; nothing between two of them is an empty prompt,
    so that it can be pointed out.
    """
    prompts = [part.strip() for part in _SEPARATOR.split(_clean(text))]
    while prompts and not prompts[0]:
        prompts.pop(0)
    while prompts and not prompts[-1]:
        prompts.pop()
    return prompts


def split_lines(text: str) -> list[str]:
    """One prompt a line; blank lines are ignored."""
    return [line for line in (line.strip() for line in _clean(text).split("\n")) if line]


def join_pasted(prompts: list[str]) -> str:
    """The text that `split_pasted` splits into these prompts."""
    return "\n---\n".join(prompts)


def join_lines(prompts: list[str]) -> str:
    """The text that `split_lines` splits into these prompts; line breaks in a prompt become spaces."""
    return "\n".join(" ".join(prompt.split()) for prompt in prompts)


def first_line(prompt: str, limit: int = 80) -> str:
    """The first line that holds something, at most `limit` characters; what is cut ends in "…"."""
    line = next((line.strip() for line in prompt.splitlines() if line.strip()), "")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _clean(text: str) -> str:
    return _UNTYPED.sub("", _NEWLINES.sub("\n", text))
