"""Every moment at which a process may die is in the code, in the matrix, and in docs/testing.md."""

import ast
import re

import pytest

from app.core.fail_points import FailPoint
from tests.architecture.sources import PROJECT, calls, modules
from tests.chaos.cells import ALWAYS, CELLS
from tests.chaos.moments import MOMENTS

DOCUMENT = (PROJECT / "docs" / "testing.md").read_text()
ROW = re.compile(r"^\| (M\d+) \| `([a-z._]+)` \|", re.MULTILINE)


def called() -> list[str]:
    """The points that the code passes, in no order."""
    return [
        call.args[0].attr
        for tree in modules().values()
        for name, call in calls(tree)
        if name == "fail_point" and isinstance(call.args[0], ast.Attribute)
    ]


def test_the_code_passes_every_point_and_no_other() -> None:
    assert sorted(called()) == sorted(point.name for point in FailPoint)


def test_every_point_has_its_moments_in_the_matrix() -> None:
    assert {moment.point for moment in MOMENTS} == set(FailPoint)


def test_the_documented_moments_are_those_of_the_matrix() -> None:
    assert set(ROW.findall(DOCUMENT)) == {(moment.number, moment.point.value) for moment in MOMENTS}


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.name)
def test_every_moment_is_played(moment: object) -> None:
    played = {cell.name for cell in CELLS} | {"M5-remote.submitted-killed"}  # tests/chaos/test_remote_workers_die.py
    assert f"{moment.name}-killed" in played  # type: ignore[attr-defined]


def test_forty_cells_are_played_each_time() -> None:
    names = [cell.name for cell in CELLS]
    assert len(names) == len(set(names))
    assert set(ALWAYS) <= set(names)
    assert sum(len(databases) for databases in ALWAYS.values()) == 40
