"""The append-only bill: a line of JSON for everything the provider would have charged."""

import json
import os
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

TEXT_IN, IMAGE_IN, IMAGE_OUT = Decimal(5), Decimal(8), Decimal(30)
"""US dollars per million tokens."""

_TOKENS = {"low": 196, "medium": 439, "high": 1756, "xhigh": 3512, "max": 7024}
"""Tokens of a picture of 1024 x 1024."""


def usage_for(prompt: str, quality: str, width: int, height: int) -> dict[str, Any]:
    """The `usage` of an answer, with tokens that grow with prompt, quality and pixels."""
    text = max(1, -(-len(prompt) // 4))
    output = round(_TOKENS.get(quality, 439) * width * height / (1024 * 1024))
    return {
        "input_tokens": text,
        "input_tokens_details": {"text_tokens": text, "image_tokens": 0},
        "output_tokens": output,
        "output_tokens_details": {"image_tokens": output, "text_tokens": 0},
        "total_tokens": text + output,
    }


def cost_of(usage: dict[str, Any]) -> Decimal:
    details = usage["input_tokens_details"]
    tokens: Decimal = (
        details["text_tokens"] * TEXT_IN + details["image_tokens"] * IMAGE_IN + usage["output_tokens"] * IMAGE_OUT
    )
    return tokens / 1_000_000


class Bill:
    """Kept in memory and, if a path is given, in a file that survives the process and is only ever appended to."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._entries: list[dict[str, Any]] = []
        self._file = None if path is None else os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def charge(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry, ensure_ascii=False) + "\n"
        with self._lock:
            self._entries.append(entry)
            if self._file is not None:
                os.write(self._file, line.encode())

    @property
    def entries(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._entries)

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None


def read_bill(path: Path) -> list[dict[str, Any]]:
    """The entries of a bill's file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
