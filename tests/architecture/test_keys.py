"""docs/keys.md says what the sheet's own key map says."""

import re

from tests.architecture.sources import PROJECT

MAP = (PROJECT / "app/static/js/sheet/keys.js").read_text()
DOCUMENT = (PROJECT / "docs/keys.md").read_text()
ENTRY = re.compile(r'^  (?:"([^"]+)"|(\w+)): "(\w+)",$', re.MULTILINE)
ROW = re.compile(r"^\| (`[^|]+`) \|", re.MULTILINE)
SHOWN = {
    " ": "Space",
    "Escape": "Esc",
    "ArrowLeft": "←",
    "ArrowRight": "→",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "PageUp": "PgUp",
    "PageDown": "PgDn",
    "Mod": "Ctrl",
}
BESIDE_THE_MAP = {"Shift+arrows"}
"""Shift extends the selection with every key that moves."""


def shown(key: str) -> str:
    """`Mod+Shift+z` as people read it: `Ctrl+Shift+Z`."""
    parts = [key] if key == " " else key.split("+")
    return "+".join(SHOWN.get(part, part.upper() if len(part) == 1 else part) for part in parts)


def registered() -> set[frozenset[str]]:
    """The keys of each command."""
    maps = re.findall(r"^const (?:KEYS|MOVES) = \{\n(.*?)^\};", MAP, re.MULTILINE | re.DOTALL)
    commands: dict[str, set[str]] = {}
    for quoted, plain, command in ENTRY.findall("".join(maps)):
        commands.setdefault(command, set()).add(shown(quoted or plain))
    assert len(maps) == 2
    return {frozenset(keys) for keys in commands.values()}


def test_every_key_is_documented_and_no_other() -> None:
    documented = {frozenset(re.findall(r"`([^`]+)`", cell)) for cell in ROW.findall(DOCUMENT)}
    assert {keys - BESIDE_THE_MAP for keys in documented} - {frozenset()} == registered()
