"""docs/keys.md says what the sheet's own key maps say."""

import json
import re

from tests.architecture.sources import PROJECT

SHEET = PROJECT / "app/static/js/sheet"
COMMANDS = (SHEET / "commands.js").read_text()
PRESETS = (SHEET / "presets.js").read_text()
DOCUMENT = (PROJECT / "docs/keys.md").read_text()
COMMAND = re.compile(r'^  (\w+): \{ group: "([^"]+)", words: "([^"]+)", keys: (\[[^\]]*\])', re.MULTILINE)
CHANGED = re.compile(r"^      (\w+): (\[[^\]]*\]),$", re.MULTILINE)
SHOWN = {
    "Escape": "Esc",
    "Delete": "Del",
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
    return "+".join(SHOWN.get(part, part.upper() if len(part) == 1 else part) for part in key.split("+"))


def keys_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def commands() -> dict[str, tuple[str, str, list[str]]]:
    """Group, words and keys of every command."""
    return {
        name: (group, words, [shown(key) for key in json.loads(keys)])
        for name, group, words, keys in COMMAND.findall(COMMANDS)
    }


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = DOCUMENT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines[2:]]


def test_the_map_is_read_completely() -> None:
    assert len(commands()) == COMMANDS.count("{ group:") > 30


def test_every_key_is_documented_and_no_other() -> None:
    groups = {group for group, _, _ in commands().values()}
    for heading in groups:
        documented = [keys for cells in rows(heading) if (keys := keys_in(cells[0])) and not BESIDE_THE_MAP & set(keys)]
        registered = [keys for group, _, keys in commands().values() if group == heading and keys]
        assert documented == registered, heading


def test_no_key_has_two_meanings() -> None:
    keys = [key for _, _, keys in commands().values() for key in keys]
    assert sorted(keys) == sorted(set(keys))


def test_the_keys_of_other_programs_are_documented_and_no_others() -> None:
    blocks = re.split(r'title: "([^"]+)"', PRESETS)[1:]
    changed = {
        title: {commands()[name][1]: [shown(key) for key in json.loads(keys)] for name, keys in CHANGED.findall(block)}
        for title, block in zip(blocks[::2], blocks[1::2], strict=True)
    }
    table = rows("Keys of other programs")
    documented = {
        title: {cells[0]: keys_in(cells[column]) for cells in table if keys_in(cells[column])}
        for column, title in ((1, "Lightroom"), (2, "Immich"))
    }
    assert documented == {title: keys for title, keys in changed.items() if title != "Proofsheet"}
