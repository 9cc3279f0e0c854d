"""From a moderator's scores to a severity; the thresholds are data in severities.toml."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.core.errors import ConfigurationError
from app.moderation.interface import Severity

SHIPPED = Path(__file__).with_name("severities.toml")
VARIABLE = "PROOFSHEET_SEVERITIES"

Score = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class _Scores(BaseModel):
    model_config = ConfigDict(extra="forbid")

    low: Score
    medium: Score
    high: Score
    critical: Score

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if not self.low <= self.medium <= self.high <= self.critical:
            raise ValueError("must rise from low to critical")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    flagged: Severity
    critical_categories: list[str]
    scores: _Scores
    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class Severities:
    """The thresholds, from the gravest on: (severity, score from which on it is so)."""

    thresholds: tuple[tuple[Severity, float], ...]
    flagged: Severity
    critical_categories: frozenset[str]
    words: Mapping[str, str]

    @classmethod
    def load(cls, own: Path | None = None) -> Self:
        """Of the shipped file, or of the installation's own. Raises ConfigurationError."""
        path = own or SHIPPED
        try:
            content = _File.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
            raise ConfigurationError(f"{VARIABLE}: {path} cannot be used: {error}.") from None
        scores = content.scores.model_dump()
        return cls(
            tuple((severity, scores[severity]) for severity in reversed(Severity) if severity != Severity.NONE),
            content.flagged,
            frozenset(content.critical_categories),
            content.words,
        )

    def severity(self, scores: Mapping[str, float], flagged: Collection[str], *, is_flagged: bool = False) -> Severity:
        """By the highest score; what the moderator flags is lifted. `flagged` names the categories it flags."""
        if self.critical_categories & set(flagged):
            return Severity.CRITICAL
        highest = max(scores.values(), default=0.0)
        by_score = next((severity for severity, least in self.thresholds if highest >= least), Severity.NONE)
        lifted = self.flagged if (flagged or is_flagged) else Severity.NONE
        return by_score if by_score.is_at_least(lifted) else lifted

    def found(self, scores: Mapping[str, float], flagged: Collection[str]) -> tuple[str, ...]:
        """What was found, in words for people, the gravest first, each once."""
        least = min(score for _, score in self.thresholds)
        graves = sorted(scores, key=lambda category: -scores[category])
        named = [each for each in graves if scores[each] >= least or each in flagged]
        named += [each for each in flagged if each not in scores]
        return tuple(dict.fromkeys(self.words.get(each, each) for each in named))
