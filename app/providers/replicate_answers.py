"""What Replicate's answers say: predictions, lists of them, and what follows from each refusal and failure."""

import math
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from app.core.errors import ErrorClass, ProviderError
from app.providers.redaction import safe_message

LONGEST_WAIT = 86_400.0
"""Seconds; a longer `retry_after` is not believed."""

NSFW = re.compile(r"nsfw|\bE005\b|flagged as sensitive", re.IGNORECASE)
NEVER_RAN = re.compile(r"\b(?:E6716|E8765)\b|\(code: PA\)|queue is full", re.IGNORECASE)
"""Failures before the model began: its start timed out, it was unhealthy, the prediction was interrupted."""
WAIT = re.compile(r"(\d+(?:\.\d+)?) ?s(?:ec|\b)", re.IGNORECASE)

SENTENCES = {
    ErrorClass.TRANSIENT: "Replicate could not make it just now.",
    ErrorClass.CONTENT_POLICY: "Replicate refused this picture for its content. Change the prompt and run it again.",
    ErrorClass.PERMANENT: "Replicate cannot make this picture as it was asked for.",
    ErrorClass.QUOTA: "The Replicate account has no credit. Add credit, then resume.",
    ErrorClass.AUTH: "Replicate does not accept the token. Check REPLICATE_API_TOKEN, then resume.",
    ErrorClass.AMBIGUOUS: "Replicate was asked but gave no usable answer; the picture may have been billed.",
}
NOT_ASKED = "Replicate could not be asked just now."
RATE_LIMITED = "Replicate's rate limit was reached; the picture waits for its turn."


class Metrics(BaseModel):
    predict_time: float | None = None


class Prediction(BaseModel):
    """What we need of a prediction. Statuses that are not known here count as not ended."""

    id: str = Field(pattern=r"^[\w-]{1,100}$")
    status: str
    model: str | None = None
    input: dict[str, Any] | None = None
    output: Any = None
    error: Any = None
    data_removed: bool = False
    metrics: Metrics | None = None

    @property
    def ran(self) -> bool:
        """Whether the model has worked on it, which can be billed."""
        return bool(self.metrics and self.metrics.predict_time)

    @property
    def address(self) -> str | None:
        """Where its picture is: the output itself, or the first of a list."""
        first = self.output[0] if isinstance(self.output, list) and self.output else self.output
        return first if isinstance(first, str) and first else None


class Page(BaseModel):
    results: list[dict[str, Any]]
    next: str | None = None

    @property
    def predictions(self) -> list[Prediction]:
        """Those that can be read."""
        return [found for each in self.results if (found := _prediction(each)) is not None]


class Refusal(BaseModel):
    """The body of an error; each field may be missing."""

    title: str | None = None
    detail: Any = None
    retry_after: float | None = None

    @property
    def text(self) -> str | None:
        return self.detail if isinstance(self.detail, str) else self.title


def refusal(status: int, body: bytes, headers: Mapping[str, str], *, creating: bool, **hidden: Any) -> ProviderError:
    """The error for an answer that is not the one asked for. hidden: `secrets` and `prompt`, not to be repeated.

    creating: whether the call was to create a prediction: a server error does not prove that none was.
    """
    said = _read(body)
    kind = classify(status, creating=creating)
    limited = status == 429
    sentence = SENTENCES[kind]
    if kind is ErrorClass.TRANSIENT:
        sentence = RATE_LIMITED if limited else sentence if creating else NOT_ASKED
    return ProviderError(
        kind,
        safe_message(f"{sentence} It said: {said.text or f'HTTP {status}'}", **hidden),
        code=f"http_{status}",
        retry_after=_wait(said, headers) if kind is ErrorClass.TRANSIENT else None,
        rate_limited=limited,
        may_have_billed=kind is ErrorClass.AMBIGUOUS,
        http_status=status,
    )


def classify(status: int, *, creating: bool) -> ErrorClass:
    """The class of a status. 503 says that the request was not taken; the other server errors say nothing."""
    known = {401: ErrorClass.AUTH, 402: ErrorClass.QUOTA, 403: ErrorClass.AUTH, 451: ErrorClass.CONTENT_POLICY}
    if status in known:
        return known[status]
    if status in {408, 409, 425, 429, 503} or not creating:
        return ErrorClass.TRANSIENT
    return ErrorClass.PERMANENT if 400 <= status < 500 else ErrorClass.AMBIGUOUS


def failure(found: Prediction, **hidden: Any) -> ProviderError:
    """The error of a prediction that failed. Only one that never ran is tried again by itself."""
    said = found.error if isinstance(found.error, str) else ""
    kind = ErrorClass.PERMANENT
    if NSFW.search(said):
        kind = ErrorClass.CONTENT_POLICY
    elif NEVER_RAN.search(said) and not found.ran:
        kind = ErrorClass.TRANSIENT
    prompt = str((found.input or {}).get("prompt", ""))
    message = safe_message(f"{SENTENCES[kind]} It said: {said or 'nothing'}", prompt=prompt, **hidden)
    return ProviderError(kind, message, code="failed", request_id=found.id, may_have_billed=found.ran)


def trouble(kind: ErrorClass, what: str, *, remote_id: str | None = None) -> ProviderError:
    """An error of our own words behind the sentence of its class."""
    billed = kind is ErrorClass.AMBIGUOUS
    return ProviderError(kind, f"{SENTENCES[kind]} {what}", request_id=remote_id, may_have_billed=billed)


def not_asked(what: str) -> ProviderError:
    """A question that got no usable answer: that says nothing about the prediction."""
    return ProviderError(ErrorClass.TRANSIENT, f"{NOT_ASKED} ({what})")


def _prediction(table: dict[str, Any]) -> Prediction | None:
    try:
        return Prediction.model_validate(table)
    except ValidationError:
        return None


def _read(body: bytes) -> Refusal:
    try:
        return Refusal.model_validate_json(body)
    except ValidationError:
        return Refusal()


def _wait(said: Refusal, headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: by the body's field, by the header, else by the words "resets in ~30s"."""
    found = WAIT.search(said.text or "")
    for value in (said.retry_after, headers.get("retry-after"), found[1] if found else None):
        try:
            seconds = float(value) if value is not None else math.nan
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return min(seconds, LONGEST_WAIT)
    return None
