"""What a sheet shows and in which order, as it stands in its address: every part can be shared and gone back to."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from app.generation.failures import WORDS
from app.generation.states import ImageState, Mark

SHOWS = ("all", "unmarked", "kept", "rejected", "failed", "trash")
SORTS = ("order", "newest", "sharpest", "softest", "rating")
STACKS = ("none", "prompt", "similar")
SHARPNESS = ("", "sharp", "soft")
MOST_TEXT = 200
MOST_PROMPT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class SheetFilter:
    """All conditions hold together; a default says nothing. Pictures in the trash are seen with `show` trash alone."""

    show: str = "all"
    state: str = ""
    mark: str = ""
    error: str = ""
    """A class of failures, such as `content_policy`."""
    prompt: int = 0
    """The number of a prompt, from 1; 0 is all."""
    model: str = ""
    rating: int = 0
    """At least so many stars."""
    sharp: str = ""
    """`sharp` or `soft`: the upper or the lower quarter of the job's own pictures."""
    q: str = ""
    """Text in the prompt, whatever its case."""
    sort: str = "order"
    stack: str = "none"
    """What lies under one picture: the variations of its `prompt`, or `similar` pictures."""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Self:
        """The filter of an address. What is none of ours counts as not given."""
        return cls(
            show=_one_of(args, "show", SHOWS),
            state=_one_of(args, "state", ("", *ImageState)),
            mark=_one_of(args, "mark", ("", *Mark)),
            error=_one_of(args, "error", ("", *WORDS)),
            prompt=_number(args, "prompt", MOST_PROMPT),
            model=_text(args, "model"),
            rating=_number(args, "rating", 5),
            sharp=_one_of(args, "sharp", SHARPNESS),
            q=_text(args, "q"),
            sort=_one_of(args, "sort", SORTS),
            stack=_one_of(args, "stack", STACKS),
        )

    def to_args(self, **changes: Any) -> dict[str, Any]:
        """What differs from the defaults, for an address; `changes` are made first."""
        changed = replace(self, **changes)
        return {each.name: value for each in fields(self) if (value := getattr(changed, each.name)) != each.default}

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out. Sorting and stacking do not, but for what has no time yet to be sorted by."""
        return replace(self, sort="order", stack="none") != SheetFilter()


def _one_of(args: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    value = args.get(name, "")
    return str(value) if value in known else str(known[0])


def _number(args: Mapping[str, str], name: str, most: int) -> int:
    value = args.get(name, "").strip()
    number = int(value) if value.isascii() and value.isdigit() and len(value) <= 10 else 0
    return number if number <= most else 0


def _text(args: Mapping[str, str], name: str) -> str:
    """One line without what no database holds as text."""
    return " ".join(args.get(name, "").replace("\0", " ").encode("utf-8", "ignore").decode().split())[:MOST_TEXT]
