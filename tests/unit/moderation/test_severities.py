"""From scores to severities, by thresholds that are data."""

from pathlib import Path

import pytest

from app.core.errors import ConfigurationError
from app.moderation.interface import Severity
from app.moderation.severities import SHIPPED, Severities


@pytest.mark.parametrize(
    ("score", "severity"),
    [
        (0.0, "none"),
        (0.199, "none"),
        (0.2, "low"),
        (0.4, "medium"),
        (0.699, "medium"),
        (0.7, "high"),
        (0.9, "critical"),
        (1.0, "critical"),
    ],
)
def test_the_highest_score_decides(score: float, severity: str) -> None:
    assert Severities.load().severity({"violence": score, "hate": 0.1}, ()) == severity


def test_what_the_moderator_flags_is_at_least_medium() -> None:
    severities = Severities.load()

    assert severities.severity({"violence": 0.1}, {"violence"}) == Severity.MEDIUM
    assert severities.severity({"violence": 0.1}, (), is_flagged=True) == Severity.MEDIUM
    assert severities.severity({"violence": 0.8}, {"violence"}) == Severity.HIGH


def test_minors_in_a_suggestive_context_are_critical_whatever_the_score() -> None:
    assert Severities.load().severity({"sexual/minors": 0.05}, {"sexual/minors"}) == Severity.CRITICAL


def test_what_was_found_is_said_in_words_each_once_the_gravest_first() -> None:
    found = Severities.load().found({"violence": 0.5, "violence/graphic": 0.8, "sexual": 0.9, "hate": 0.01}, ())

    assert found == ("explicit nudity or sexual content", "violence or gore")


def test_the_thresholds_can_be_others(tmp_path: Path) -> None:
    own = tmp_path / "severities.toml"
    own.write_text(SHIPPED.read_text().replace("high = 0.7", "high = 0.5"))

    assert Severities.load(own).severity({"violence": 0.6}, ()) == Severity.HIGH


@pytest.mark.parametrize("text", ["", "[scores]\nlow = 2", "not toml ="])
def test_a_file_that_cannot_be_used_names_its_variable(tmp_path: Path, text: str) -> None:
    own = tmp_path / "severities.toml"
    own.write_text(text)

    with pytest.raises(ConfigurationError, match="PROOFSHEET_SEVERITIES"):
        Severities.load(own)


def test_thresholds_must_rise(tmp_path: Path) -> None:
    own = tmp_path / "severities.toml"
    own.write_text(SHIPPED.read_text().replace("low = 0.2", "low = 0.8"))

    with pytest.raises(ConfigurationError, match="rise"):
        Severities.load(own)
