"""Lists of words and phrases, and finding them in a text as whole words."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

SHIPPED = Path(__file__).with_name("blocked_words.txt")

_WORD = re.compile(r"[^\W_]+")


class WordList:
    """Words and phrases to look for. Case, accents' composition and invisible characters do not matter."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for entry in entries:
            words = _words(entry)
            if words:
                self._by_first.setdefault(words[0], []).append((words, entry.strip()))

    def found_in(self, text: str) -> tuple[str, ...]:
        """The entries that the text holds as whole words, each once, in the text's order. Linear in the text."""
        words = _words(text)
        found = {
            entry: None
            for at, word in enumerate(words)
            for phrase, entry in self._by_first.get(word, ())
            if words[at : at + len(phrase)] == phrase
        }
        return tuple(found)


def load_words(path: Path | None = None) -> tuple[str, ...]:
    """The entries of a file, one a line, without blank lines and lines that begin with "#"; default: the shipped list.

    Raises OSError if the file cannot be read.
    """
    return _read(path or SHIPPED)


@lru_cache(maxsize=8)
def _read(path: Path) -> tuple[str, ...]:
    lines = (line.strip() for line in path.read_text("utf-8-sig").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _words(text: str) -> tuple[str, ...]:
    """Words as they are compared: compatibility forms folded, so that full-width or ligature spellings hide nothing."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return tuple(_WORD.findall(text.casefold()))
