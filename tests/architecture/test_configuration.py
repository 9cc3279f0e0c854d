"""docs/configuration.md is the settings class in words: nothing missing, nothing else."""

import re

from app.core.settings import SettingLine, setting_lines
from tests.architecture.sources import PROJECT

DOCUMENT = (PROJECT / "docs" / "configuration.md").read_text()
ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| (.*?) \| (.*) \|$", re.MULTILINE)


def row_of(line: SettingLine) -> tuple[str, str, str]:
    return line.variable, f"`{line.default}`" if line.default else "-", line.description


def test_every_setting_is_documented_with_its_default_and_nothing_else_is() -> None:
    assert ROW.findall(DOCUMENT) == [row_of(line) for line in setting_lines()]


def test_every_setting_has_a_sentence() -> None:
    assert all(line.description.endswith((".", "`.")) for line in setting_lines())


def test_no_document_names_a_variable_that_does_not_exist() -> None:
    known = {line.variable for line in setting_lines()}
    documents = [PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")]
    named = {
        (path.name, name) for path in documents for name in re.findall(r"\bPROOFSHEET_[A-Z0-9_]+\b", path.read_text())
    }
    assert {(path, name) for path, name in named if name not in known} == set()
