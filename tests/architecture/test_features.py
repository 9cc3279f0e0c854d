"""docs/features.md: what is there names where it is and the test that holds it."""

import ast
import re
from functools import cache

import pytest

from tests.architecture.sources import PROJECT

ROW = re.compile(r"^\| ([A-Z]+-\d+) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
ROWS = ROW.findall((PROJECT / "docs" / "features.md").read_text())
STATES = {"done", "partly", "not yet"}


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((PROJECT / "tests" / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_feature_stands_there_once() -> None:
    names = [row[0] for row in ROWS]
    assert len(names) == len(set(names)) > 40


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_what_a_feature_names_exists(row: tuple[str, str, str, str, str]) -> None:
    _, _, state, where, proof = row
    assert state in STATES
    for path in re.findall(r"`([^`]+)`", where):
        assert (PROJECT / path).exists(), path
    for named in re.findall(r"`([^`]+)`", proof):
        file, _, test = named.partition("::")
        assert (PROJECT / "tests" / file).is_file(), file
        assert test in names_in(file), named
    assert (state == "not yet") == (where == proof == "-"), "what is there names its module; what is not names nothing"
    assert proof != "-" or state != "done", "what is done has a test"
