"""Read prompts from a file: text with `---` between them, or .csv or .jsonl with a column `prompt`."""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import click

from app.core.errors import BadInput
from app.prompts.split import split_pasted

COLUMN = "prompt"
FALLBACK = "fallback_prompt"


@dataclass(frozen=True, slots=True)
class PromptFile:
    """The prompts in order, and each one's own fallback: empty for those without, or none at all."""

    prompts: tuple[str, ...]
    fallbacks: tuple[str, ...] = ()


def read_prompt_file(file: TextIO) -> PromptFile:
    """What the file says; its name decides how it is read, standard input is text.

    Raises BadInput that names the line when the file cannot be read. Columns that are not used are named on standard
    error.
    """
    try:
        match Path(file.name).suffix.lower():
            case ".csv":
                return _from_rows(csv.DictReader(file, strict=True))
            case ".jsonl":
                return _from_rows(_json_lines(file))
            case _:
                return PromptFile(tuple(split_pasted(file.read())))
    except UnicodeDecodeError as error:
        raise BadInput([f"{file.name} is not text in UTF-8 (byte {error.start})."]) from None
    except csv.Error as error:
        raise BadInput([f"{file.name} is not a CSV file: {error}."]) from None


def _from_rows(rows: Iterable[dict[str, Any]]) -> PromptFile:
    prompts: list[str] = []
    fallbacks: list[str] = []
    others: set[str] = set()
    for number, row in enumerate(rows, start=1):
        prompt, fallback = row.get(COLUMN), row.get(FALLBACK) or ""
        if not isinstance(prompt, str):
            raise BadInput([f"Entry {number} has no text in a column named “{COLUMN}”."])
        if not isinstance(fallback, str):
            raise BadInput([f"Entry {number} has something else than text in the column “{FALLBACK}”."])
        prompts.append(prompt)
        fallbacks.append(fallback)
        others |= {str(name) for name in row} - {COLUMN, FALLBACK}
    if others:
        click.echo(
            f"Not used: {', '.join(sorted(others))}. Only the columns “{COLUMN}” and “{FALLBACK}” are read.", err=True
        )
    return PromptFile(tuple(prompts), tuple(fallbacks) if any(fallbacks) else ())


def _json_lines(file: TextIO) -> Iterable[dict[str, Any]]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadInput([f"{file.name}, line {number} is not JSON: {error.msg}."]) from None
        if not isinstance(row, dict):
            raise BadInput([f"{file.name}, line {number} is not an object with a field “{COLUMN}”."])
        yield row
