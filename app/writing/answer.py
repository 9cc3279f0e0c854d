"""Reads what a writer has answered, as far as it goes.

The SDK's own `parse` throws away an answer that is cut short or wrong in one field: what is usable of it is kept here.
"""

import math
from collections.abc import Mapping
from typing import Any, Literal

from pydantic_core import from_json

from app.writing.interface import Brief, Tokens, Written
from app.writing.limits import (
    DESCRIPTION,
    EXPLANATION,
    TITLE,
    VIOLATION,
    VIOLATIONS,
    clamp,
    clean,
    known_only,
    proposable,
)

MOST_CHARACTERS = 100_000
"""An answer that is longer than anything that was asked for is not read at all."""


def fields_of(content: str | None, *, cut_short: bool) -> Mapping[str, Any] | None:
    """The answer's fields; None when it is no JSON object. One that was cut short is read up to its end."""
    partial: Literal["off", "trailing-strings"] = "trailing-strings" if cut_short else "off"
    if content is None or len(content) > MOST_CHARACTERS:
        return None
    try:
        fields = from_json(content, allow_partial=partial)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None


def written_from(
    fields: Mapping[str, Any], brief: Brief, model: str, tokens: Tokens | None
) -> tuple[Written, list[str]]:
    """What is usable of the answer, field by field, and the names of what is missing. Other fields are left out."""
    violations = [clean(sentence, VIOLATION) for sentence in _texts(fields.get("violations"))]
    written = Written(
        title=clean(_text(fields.get("title")), TITLE),
        description=clean(_text(fields.get("description")), DESCRIPTION),
        tags=known_only(_texts(fields.get("tags")), brief.known_tags),
        violations=tuple(sentence for sentence in violations if sentence)[:VIOLATIONS],
        relevance_score=_score(fields.get("relevance_score")),
        relevance_explanation=clean(_text(fields.get("relevance_explanation")), EXPLANATION),
        model=model,
        new_tags=proposable(_texts(fields.get("new_tags")), brief.known_tags),
        tokens=tokens,
    )
    missing = [name for name in ("title", "description") if not getattr(written, name)]
    missing += [name for name in ("tags", "violations") if not isinstance(fields.get(name), list)]
    return written, missing


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def _score(value: object) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return clamp(float(value)) if isinstance(value, int | float) and usable else None
