"""An answer of the fake provider, before it is written to the connection."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.openai_api.behaviours import Behaviour, Ending
from tests.fakes.openai_api.world import Call

HTML = b"<!doctype html><html><head><title>Please wait</title></head><body><h1>Just a moment...</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    outcome: str
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    ending: Ending = "answer"


def json_reply(content: object, *, status: int = 200, outcome: str = "ok", **headers: str) -> Reply:
    return Reply(status, json.dumps(content).encode(), outcome, headers=headers)


def html_reply(status: int, outcome: str, **options: Any) -> Reply:
    return Reply(status, HTML, outcome, content_type="text/html; charset=utf-8", **options)


def refusal(call: Call, behaviour: Behaviour, outcome: str) -> Reply:
    """The error of a behaviour with this call's words in its message."""
    error = dict(behaviour.error or {})
    error["message"] = str(error["message"]).format(
        key=call.key, prompt=call.text, model=call.body.get("model"), request_id=call.request_id
    )
    return Reply(behaviour.status, json.dumps({"error": error}).encode(), outcome, headers=dict(behaviour.headers))


def error_reply(status: int, code: str | None, message: str, *, kind: str, outcome: str, **headers: str) -> Reply:
    error = {"message": message, "type": kind, "param": None, "code": code}
    return json_reply({"error": error}, status=status, outcome=outcome, **headers)
