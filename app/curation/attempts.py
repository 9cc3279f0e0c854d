"""The calls made for an image, as a person reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.generation.models import Attempt, AttemptOutcome
from app.generation.queries import attempts_of

OUTCOME_WORDS: Mapping[AttemptOutcome, str] = {
    AttemptOutcome.INTENDED: "Under way",
    AttemptOutcome.SUCCEEDED: "Picture received",
    AttemptOutcome.TRANSIENT: "Provider trouble",
    AttemptOutcome.CONTENT_POLICY: "Refused for its content",
    AttemptOutcome.PERMANENT: "Not possible",
    AttemptOutcome.QUOTA: "No quota",
    AttemptOutcome.AUTH: "Key refused",
    AttemptOutcome.AMBIGUOUS: "No usable answer",
    AttemptOutcome.ABANDONED: "Given up before it was sent",
    AttemptOutcome.LOST: "Process died during the call",
    AttemptOutcome.WITHDRAWN: "Handed back unsent",
    AttemptOutcome.CANCELLED: "Cancelled at the provider",
}
TONES: Mapping[AttemptOutcome, str] = {
    AttemptOutcome.SUCCEEDED: "go",
    AttemptOutcome.INTENDED: "live",
    AttemptOutcome.AMBIGUOUS: "wait",
    AttemptOutcome.LOST: "wait",
    AttemptOutcome.ABANDONED: "",
    AttemptOutcome.WITHDRAWN: "",
    AttemptOutcome.CANCELLED: "",
}
USAGE_WORDS = {"text": "text", "image": "picture in", "output": "output"}


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One call. `usage` is the tokens the provider reports; `billed` whether one without a picture may have cost."""

    number: int
    model: str
    outcome: str
    tone: str
    intended_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None
    seconds: float | None
    request_id: str | None
    remote_id: str | None
    usage: str
    cost: Decimal | None
    billed: str
    error_message: str | None


def attempt_lines(image_id: UUID) -> Sequence[AttemptLine]:
    """Every call for the image, the newest first."""
    return [_line(attempt) for attempt in reversed(attempts_of(image_id))]


def _line(attempt: Attempt) -> AttemptLine:
    outcome = AttemptOutcome(attempt.outcome)
    return AttemptLine(
        number=attempt.number,
        model=attempt.model,
        outcome=_words(attempt, outcome),
        tone=TONES.get(outcome, "stop"),
        intended_at=attempt.intended_at,
        sent_at=attempt.sent_at,
        ended_at=attempt.ended_at,
        seconds=None if attempt.latency_ms is None else attempt.latency_ms / 1000,
        request_id=attempt.request_id,
        remote_id=attempt.remote_id,
        usage=_usage(attempt),
        cost=attempt.cost,
        billed=_billed(attempt, outcome),
        error_message=attempt.error_message,
    )


def _words(attempt: Attempt, outcome: AttemptOutcome) -> str:
    if outcome is AttemptOutcome.INTENDED and attempt.sent_at is None:
        return "About to be sent"
    return OUTCOME_WORDS[outcome]


def _usage(attempt: Attempt) -> str:
    """`12 text, 4,160 output tokens`; empty when the provider told none."""
    told = [f"{count:,} {USAGE_WORDS.get(kind, kind)}" for kind, count in (attempt.usage or {}).items() if count]
    return f"{', '.join(told)} tokens" if told else ""


def _billed(attempt: Attempt, outcome: AttemptOutcome) -> str:
    if attempt.asset_id is not None or outcome is AttemptOutcome.INTENDED:
        return ""
    if attempt.may_have_billed:
        return "yes, as the provider reports" if attempt.usage else "possibly"
    return "no"
