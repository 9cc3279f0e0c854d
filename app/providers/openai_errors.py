"""What follows from each answer of OpenAI that is not a picture.

Sources: the API's error codes, the SDK's exceptions, and what a transport error proves. An error is only retried when
it proves that no picture was made: nothing was sent, or the provider answered that it refused.
"""

import email.utils
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.core.errors import ErrorClass, ProviderError
from app.providers.interface import Usage
from app.providers.redaction import safe_message
from app.providers.told_limits import told_limit

if TYPE_CHECKING:
    from openai import APIConnectionError, APIStatusError

LONGEST_WAIT = 86_400.0
"""Seconds. A provider that asks for more than a day is not believed."""

QUOTA_CODES = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "billing_hard_limit_reached",
        "billing_not_active",
        "usage_limit_exceeded",
        "organization_usage_limit_exceeded",
    }
)
POLICY_CODES = frozenset({"moderation_blocked", "content_policy_violation"})
REFUSED_BEFORE_WORK = frozenset({500, 502, 503, 521, 522, 523, 529})
"""Server errors that say that the work was not done. Where they are billed all the same the catalogue says so, and the
engine does not send them again."""

_LIMIT = re.compile(r"\blimit:?\s+([\d,]+(?:\.\d+)?)", re.IGNORECASE)
_REQUESTED = re.compile(r"\brequested:?\s+([\d,]+(?:\.\d+)?)", re.IGNORECASE)

_SENTENCES = {
    ErrorClass.TRANSIENT: "OpenAI could not make it just now.",
    ErrorClass.CONTENT_POLICY: "OpenAI refused this prompt for its content. Change the prompt and run it again.",
    ErrorClass.PERMANENT: "OpenAI cannot make this picture as it was asked for. Change the prompt or the settings.",
    ErrorClass.QUOTA: "The OpenAI account has no credit or has reached its spending limit. Add credit, then resume.",
    ErrorClass.AUTH: "OpenAI does not accept the key or does not allow it this. Check OPENAI_API_KEY, then resume.",
    ErrorClass.AMBIGUOUS: "OpenAI was asked but gave no usable answer; the picture may have been billed.",
}
RATE_LIMITED = "OpenAI's rate limit was reached; the picture waits for its turn."


@dataclass(frozen=True, slots=True)
class Failure:
    """What OpenAI answered: the inner error object of the body, the status and the headers."""

    status: int
    code: str | None
    type: str | None
    message: str
    headers: Mapping[str, str]
    refused_after_work: bool = False

    @property
    def names(self) -> set[str]:
        return {name for name in (self.code, self.type) if name}


def from_answer(error: "APIStatusError", *, secrets: tuple[str, ...], prompt: str) -> ProviderError:
    """The error for an answer with a status of 300 or more."""
    failure = _failure(error)
    kind = classify(failure)
    rate_limited = kind is ErrorClass.TRANSIENT and (failure.status == 429 or "slow_down" in failure.names)
    sentence = RATE_LIMITED if rate_limited else _SENTENCES[kind]
    return ProviderError(
        kind,
        safe_message(f"{sentence} It said: {failure.message}", secrets=secrets, prompt=prompt),
        code=safe_message(failure.code or failure.type or f"http_{failure.status}", secrets=secrets)[:100],
        request_id=error.request_id,
        retry_after=retry_after(failure.headers) if kind is ErrorClass.TRANSIENT else None,
        rate_limited=rate_limited,
        may_have_billed=kind is ErrorClass.AMBIGUOUS or failure.refused_after_work,
        limit_per_minute=told_limit(failure.headers),
        http_status=failure.status,
    )


def from_transport(error: "APIConnectionError", *, secrets: tuple[str, ...], prompt: str) -> ProviderError:
    """The error for a call that got no answer."""
    cause = error.__cause__
    unsent = nothing_was_sent(cause)
    kind = ErrorClass.TRANSIENT if unsent else ErrorClass.AMBIGUOUS
    sentence = "OpenAI could not be reached; nothing was sent." if unsent else _SENTENCES[kind]
    return ProviderError(
        kind,
        safe_message(f"{sentence} ({_described(cause or error)})", secrets=secrets, prompt=prompt),
        code=_snake(type(cause or error).__name__),
        may_have_billed=not unsent,
    )


def unusable(what: str, *, request_id: str | None = None, usage: Usage | None = None) -> ProviderError:
    """The error for an answer 200 that holds no picture: it may have been billed, and was if it tells its usage."""
    return ProviderError(
        ErrorClass.AMBIGUOUS,
        f"{_SENTENCES[ErrorClass.AMBIGUOUS]} ({what})",
        code="unusable_answer",
        request_id=request_id,
        may_have_billed=True,
        usage=(usage.text_tokens, usage.image_tokens, usage.output_tokens) if usage else None,
    )


def classify(failure: Failure) -> ErrorClass:
    """The class of a failure: what the code says goes before what the status says."""
    if failure.status == 402 or any(_is_quota(name) for name in failure.names):
        return ErrorClass.QUOTA
    if failure.status == 451 or failure.names & POLICY_CODES:
        return ErrorClass.CONTENT_POLICY
    if failure.status in {401, 403}:
        return ErrorClass.AUTH
    if failure.status == 429:
        return ErrorClass.PERMANENT if can_never_fit(failure) else ErrorClass.TRANSIENT
    if failure.status in REFUSED_BEFORE_WORK or failure.status in {408, 409, 425} or "slow_down" in failure.names:
        return ErrorClass.TRANSIENT
    return ErrorClass.AMBIGUOUS if failure.status >= 500 else ErrorClass.PERMANENT


def can_never_fit(failure: Failure) -> bool:
    """A 429 that waiting cannot cure: the limit is 0, or one request alone is above it."""
    limit, requested = _number(_LIMIT, failure.message), _number(_REQUESTED, failure.message)
    if failure.headers.get("x-ratelimit-limit-requests") == "0" or limit == 0:
        return True
    return limit is not None and requested is not None and requested > limit


def nothing_was_sent(cause: BaseException | None) -> bool:
    """Whether a transport error proves that the provider never got the request."""
    import httpx2  # noqa: PLC0415  comes with the SDK, which is only imported where it is used

    unsent = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
    return isinstance(cause, (*unsent, httpx2.UnsupportedProtocol))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by retry-after-ms, else by retry-after in seconds or as a date; None if senseless."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        seconds = _seconds(headers.get(name), unit)
        if seconds is not None:
            return min(seconds, LONGEST_WAIT)
    return None


def _seconds(value: str | None, unit: float) -> float | None:
    if value is None:
        return None
    try:
        seconds = float(value) * unit
    except ValueError:
        seconds = _until(value)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _until(date: str) -> float:
    try:
        return max(0.0, email.utils.parsedate_to_datetime(date).timestamp() - time.time())
    except ValueError:
        return math.nan


def _is_quota(name: str) -> bool:
    return name in QUOTA_CODES or name.endswith("_spend_limit_exceeded")


def _failure(error: "APIStatusError") -> Failure:
    body: Mapping[str, Any] = error.body if isinstance(error.body, Mapping) else {}
    details = body.get("moderation_details")
    said = body.get("message")
    return Failure(
        status=error.status_code,
        code=_text(body.get("code")),
        type=_text(body.get("type")),
        message=said if isinstance(said, str) and said else f"HTTP {error.status_code}",
        headers=error.response.headers,
        refused_after_work=isinstance(details, Mapping) and details.get("moderation_stage") == "output",
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.search(text)
    return float(found[1].replace(",", "")) if found else None


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
