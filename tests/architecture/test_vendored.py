"""What comes from others says where from, in which version, and under which licence."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import PROJECT

STATIC = PROJECT / "app" / "static"
FOLDERS = sorted((STATIC / "vendor").iterdir())
ABOUT = {"README.md", "LICENSE"}


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_the_licence_is_there(folder: Path) -> None:
    assert len((folder / "LICENSE").read_text()) > 200


def test_the_version_is_written_down(folder: Path) -> None:
    assert re.search(r"\b\d+\.\d+\.\d+\b", (folder / "README.md").read_text())


def test_every_file_is_named(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    files = {path.name for path in folder.rglob("*") if path.is_file()} - ABOUT
    assert {name for name in files if name not in text} == set()


def test_nothing_is_loaded_from_elsewhere() -> None:
    """No style sheet or script of ours names another host."""
    ours = [path for path in STATIC.rglob("*") if path.suffix in {".css", ".js"} and "vendor" not in path.parts]
    loaded = re.compile(r"(?:@import|url\(|\bimport\b|\bfrom\b|fetch\()\s*[\"'(]*(?:https?:)?//")
    assert [path.name for path in ours if loaded.search(path.read_text())] == []
