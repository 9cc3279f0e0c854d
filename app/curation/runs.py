"""Runs of positions, as addresses and messages carry them: `120-179,185`.

A position is an image's place in its whole job, from 0; it never changes. The order of the runs is kept.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from app.core.errors import Malformed

NOT_RUNS = "Positions are written as numbers and runs of them, such as 120-179,185. Reload the page and try again."
LAST_POSITION = 2**31 - 1
RUN = re.compile(r"(\d{1,10})(?:-(\d{1,10}))?", re.ASCII)


def parse_runs(text: str, *, most: int) -> list[int]:
    """The positions in the order they are named, each once. Raises Malformed, also for more than `most` of them."""
    ranges = [_range(part) for part in text.split(",")] if text else []
    count = sum(map(len, ranges))
    if count > most:
        raise Malformed([f"These are {count:,} pictures, and {most:,} is the most at a time. Ask for them in parts."])
    return list(dict.fromkeys(position for each in ranges for position in each))


def _range(part: str) -> range:
    match = RUN.fullmatch(part)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, -1)
    if not first <= last <= LAST_POSITION:
        raise Malformed([NOT_RUNS])
    return range(first, last + 1)


def format_runs(positions: Iterable[int]) -> str:
    """The shortest text for positions in this order: `0-9999`, `7,4-6`; empty for none."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans(positions))


def spans(positions: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of each stretch of positions that follow one another."""
    first = last = None
    for position in positions:
        if last is not None and position == last + 1:
            last = position
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = position
    if first is not None and last is not None:
        yield first, last


def format_stacks(stacks: Iterable[Sequence[int]]) -> str:
    """An order in which pictures may lie under others: `0-3,12(13-15),16(17-19)`; the first of a stack is on top."""
    parts: list[str] = []
    singles: list[int] = []
    for head, *members in stacks:
        singles.append(head)
        if members:
            parts += [format_runs(singles[:-1]), f"{head}({format_runs(members)})"]
            singles = []
    return ",".join(part for part in [*parts, format_runs(singles)] if part)
