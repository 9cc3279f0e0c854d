"""The table at the end, and the same as JSON."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from bench.figures import Figure

HEAD = ("what", "value", "n", "target")


def table(figures: Sequence[Figure]) -> str:
    """All figures in columns, a block to a part, with the way each was measured below its block."""
    rows = [(figure.what, figure.shown, str(figure.n), figure.target) for figure in figures]
    widths = [max(len(row[column]) for row in [HEAD, *rows]) for column in range(len(HEAD))]
    blocks = [
        "\n".join([part, _line(HEAD, widths), *_block(list(of_part), widths)])
        for part, of_part in groupby(figures, key=lambda figure: figure.part)
    ]
    return "\n\n".join(blocks)


def _block(figures: Sequence[Figure], widths: Sequence[int]) -> list[str]:
    lines = [_line((f.what, f.shown, str(f.n), f.target), widths) for f in figures]
    notes = list(dict.fromkeys(figure.how for figure in figures))
    return [*lines, *(f"  * {note}" for note in notes)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    what, value, n, target = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"  {what}  {value.strip().rjust(widths[1])}  {n.strip().rjust(widths[2])}  {target}".rstrip()


def write_json(path: Path, figures: Sequence[Figure], *, seconds: float, database: str, quick: bool) -> None:
    content = {
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "database": database,
        "quick": quick,
        "seconds": round(seconds, 1),
        "figures": [asdict(figure) for figure in figures],
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
