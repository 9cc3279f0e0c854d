"""What the documents point to is there."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import PROJECT

DOCUMENTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)#]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?proofsheet ([a-z]+)(?: ([a-z-]+))?", re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = [target for target in LINK.findall(document.read_text()) if "://" not in target]
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_every_command_shown_exists(document: Path) -> None:
    import click

    from app.cli import cli

    context = click.Context(cli)
    for name, further in COMMAND.findall(document.read_text()):
        command = cli.get_command(context, name)
        assert command is not None, name
        if isinstance(command, click.Group):
            assert command.get_command(context, further) is not None, f"{name} {further}"


def test_decisions_are_numbered_in_sequence() -> None:
    names = [path.name for path in sorted((PROJECT / "docs" / "decisions").glob("*.md"))]
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
