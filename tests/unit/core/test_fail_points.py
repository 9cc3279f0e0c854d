"""Fail points are off unless set, and then do what was set, when it was set."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import ConfigurationError, FailPointReached
from app.core.fail_points import MARKS, FailPoint, Failure, arm, fail_point
from app.core.settings import Settings, load_settings

POINT = FailPoint.CALL_CLAIMED


@pytest.fixture(autouse=True)
def disarmed(tmp_path: Path) -> Iterator[None]:
    yield
    arm({}, tmp_path)


def passes(folder: Path, *subjects: str, **values: Any) -> list[str]:
    """The subjects at which a point raises that is set so."""
    arm({POINT: Failure(action="raise", **values)}, folder)
    raised = []
    for subject in subjects:
        try:
            fail_point(POINT, subject)
        except FailPointReached:
            raised.append(subject)
    return raised


def test_a_point_that_is_not_set_does_nothing(tmp_path: Path) -> None:
    arm({FailPoint.CALL_NOTED: Failure(action="raise")}, tmp_path)
    fail_point(POINT)


def test_nothing_is_set_by_default() -> None:
    assert Settings().fail_points == {}


def test_it_happens_at_the_pass_that_was_named_and_once(tmp_path: Path) -> None:
    assert passes(tmp_path, "1", "2", "3", "4", at=3) == ["3"]


def test_it_happens_once_on_a_host_however_often_processes_start(tmp_path: Path) -> None:
    assert passes(tmp_path, "first") == ["first"]
    assert passes(tmp_path, "again") == []
    assert (tmp_path / MARKS / POINT).read_text() == "first\n"


def test_it_can_happen_each_time(tmp_path: Path) -> None:
    assert passes(tmp_path, "1", "2", "3", at=2, every=True) == ["2", "3"]


def test_it_can_concern_one_subject_alone(tmp_path: Path) -> None:
    assert passes(tmp_path, "a", "b", "a", "b", only="b", at=2, every=True) == ["b"]


@pytest.mark.parametrize(
    "value", ['{"call.claim": {"action": "kill"}}', '{"call.claimed": {"action": "explode"}}', "x"]
)
def test_a_wrong_setting_names_the_variable(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PROOFSHEET_FAIL_POINTS", value)
    with pytest.raises(ConfigurationError, match=r"FAIL_POINTS|fail_points"):
        load_settings()
