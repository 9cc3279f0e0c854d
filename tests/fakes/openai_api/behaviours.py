"""Everything that can go wrong with a picture, by name.

A prompt asks for one by its marker, "[policy]"; with "-once" at the end it happens at the first call of that prompt only.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

Ending = Literal["answer", "reset", "close", "cut", "hang", "drip", "interim"]
Content = Literal[
    "picture",
    "html",
    "empty",
    "not-base64",
    "cut-picture",
    "not-a-picture",
    "text",
    "no-usage",
    "strange-words",
    "bare-item",
    "bare-item-first",
    "broken-lines",
    "url-safe",
]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens to one call.

    `error` is the inner error object of the answer; its message may use {key}, {prompt}, {model}, {request_id}. What
    `generates` is made after the latency and billed; anything else is refused at once. `ending` says how the connection
    ends: answered, reset, closed without an answer, cut in the middle of the body, or never: silent, with a byte of the
    answer now and then, or with the word, again and again, that it is being worked on.
    """

    status: int = 200
    error: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    generates: bool = False
    content: Content = "picture"
    ending: Ending = "answer"


def _refusal(
    status: int,
    code: str | None,
    message: str,
    *,
    kind: str = "invalid_request_error",
    generates: bool = False,
    **more: Any,
) -> Behaviour:
    headers = more.pop("headers", {})
    error = {"message": message, "type": kind, "param": None, "code": code, **more}
    return Behaviour(status=status, error=error, headers=headers, generates=generates)


_SAFETY = (
    "Your request was rejected by the safety system. Include the request ID {request_id}. safety_violations=[violence]."
)
_USER_ERROR = "image_generation_user_error"
GOOD = Behaviour(generates=True)

BEHAVIOURS: dict[str, Behaviour] = {
    "ok": GOOD,
    "policy": _refusal(
        400,
        "moderation_blocked",
        _SAFETY,
        kind=_USER_ERROR,
        moderation_details={"moderation_stage": "input", "categories": ["violence"]},
    ),
    "policy-output": _refusal(
        400,
        "moderation_blocked",
        _SAFETY,
        kind=_USER_ERROR,
        generates=True,
        moderation_details={"moderation_stage": "output", "categories": ["violence"]},
    ),
    "policy-violation": _refusal(400, "content_policy_violation", "Your prompt may contain text that is not allowed."),
    "legal": _refusal(451, None, "Unavailable for legal reasons."),
    "quota": _refusal(
        429, "insufficient_quota", "You exceeded your current quota, check your plan.", kind="insufficient_quota"
    ),
    "quota400": _refusal(400, "billing_hard_limit_reached", "Billing hard limit has been reached.", kind=_USER_ERROR),
    "credit": _refusal(429, "credit_balance_exhausted", "No API credits remaining.", kind="insufficient_quota"),
    "spend-limit": _refusal(429, "project_spend_limit_exceeded", "The project has reached its spend limit."),
    "payment": _refusal(402, None, "Payment required."),
    "auth": _refusal(
        401, "invalid_api_key", "Incorrect API key provided: {key}. See platform.openai.com/account/api-keys."
    ),
    "forbidden": _refusal(403, None, "Your organization must be verified to use the model `{model}`."),
    "bad-request": _refusal(400, "invalid_value", "Invalid value in request with prompt '{prompt}'."),
    "not-found": _refusal(404, "model_not_found", "The model '{model}' does not exist."),
    "unprocessable": _refusal(422, "unprocessable", "The request could not be processed."),
    "too-large": _refusal(
        429,
        "rate_limit_exceeded",
        "Request too large for {model} on tokens per min (TPM): Limit 1,000, Requested 1,756.",
        kind="tokens",
    ),
    "no-limit": _refusal(
        429, "rate_limit_exceeded", "Rate limit reached for {model}: Limit 0, Used 0, Requested 1.", kind="requests"
    ),
    "429": _refusal(
        429,
        "rate_limit_exceeded",
        "Rate limit reached for {model}: Limit 5, Used 5, Requested 1. Please try again in 250ms.",
        kind="requests",
        headers={"retry-after": "1", "retry-after-ms": "250"},
    ),
    "slow-down": _refusal(503, "slow_down", "Slow down.", kind="server_error", headers={"retry-after": "2"}),
    "server-error": _refusal(500, "server_error", "The server had an error.", kind="server_error"),
    "unavailable": _refusal(503, None, "The engine is currently overloaded.", kind="server_error"),
    "bad-gateway": Behaviour(status=502, content="html"),
    "gateway-timeout": Behaviour(status=504, content="html", generates=True),
    "redirect": Behaviour(status=307, content="text", headers={"location": "/v1/elsewhere"}),
    "refuse": Behaviour(ending="reset"),
    "drop": Behaviour(generates=True, ending="reset"),
    "close": Behaviour(generates=True, ending="close"),
    "truncated": Behaviour(generates=True, ending="cut"),
    "hang": Behaviour(generates=True, ending="hang"),
    "drip": Behaviour(generates=True, ending="drip"),
    "interim": Behaviour(generates=True, ending="interim"),
    "html": Behaviour(generates=True, content="html"),
    "text": Behaviour(generates=True, content="text"),
    "empty": Behaviour(generates=True, content="empty"),
    "not-base64": Behaviour(generates=True, content="not-base64"),
    "cut-picture": Behaviour(generates=True, content="cut-picture"),
    "not-a-picture": Behaviour(generates=True, content="not-a-picture"),
    "no-usage": Behaviour(generates=True, content="no-usage"),
    "strange-words": Behaviour(generates=True, content="strange-words"),
    "bare-item": Behaviour(generates=True, content="bare-item"),
    "bare-item-first": Behaviour(generates=True, content="bare-item-first"),
    "broken-lines": Behaviour(generates=True, content="broken-lines"),
    "url-safe": Behaviour(generates=True, content="url-safe"),
}

_MARKER = re.compile(r"\[([a-z0-9-]+)\]")


def marked(prompt: str) -> str | None:
    """The name of the first behaviour that a prompt asks for, with "-once" if it says so."""
    return next((name for name in _MARKER.findall(prompt) if name.removesuffix("-once") in BEHAVIOURS), None)
