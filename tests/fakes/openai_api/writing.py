"""POST /v1/responses and /v1/chat/completions with structured output: the page writer's side of the API.

Markers in the text: [violation] finds one, [writer-refusal], [writer-incomplete], [writer-filter], [writer-partial],
[writer-nonsense], [writer-error], [writer-429], [writer-html] and [writer-hang] go wrong in their way.
"""

import json
import re
import time
import uuid
from collections.abc import Iterator
from typing import Any

from tests.fakes.openai_api.replies import Reply, error_reply, html_reply, json_reply
from tests.fakes.openai_api.schema import Sampler
from tests.fakes.openai_api.world import Call, World

_MARKER = re.compile(r"\[(writer-[a-z0-9]+)\]")
_REFUSAL = "I'm sorry, but I can't help with that."


def responses(world: World, call: Call) -> Reply:
    world.write()
    name = behaviour_of(world, call)
    broken = _broken(name)
    if broken is not None:
        return broken
    schema = call.body.get("text", {}).get("format", {}).get("schema")
    content: dict[str, Any] = {"type": "refusal", "refusal": _REFUSAL}
    if name != "writer-refusal":
        content = {"type": "output_text", "text": _text(call, schema, name), "annotations": []}
    return json_reply(_response(call, content, name), outcome=name)


def chat_completions(world: World, call: Call) -> Reply:
    world.write()
    name = behaviour_of(world, call)
    broken = _broken(name)
    if broken is not None:
        return broken
    schema = call.body.get("response_format", {}).get("json_schema", {}).get("schema")
    refused = name == "writer-refusal"
    message = {
        "role": "assistant",
        "content": None if refused else _text(call, schema, name),
        "refusal": _REFUSAL if refused else None,
    }
    finish = {"writer-incomplete": "length", "writer-filter": "content_filter"}.get(name, "stop")
    return json_reply(_completion(call, message, finish), outcome=name)


def behaviour_of(world: World, call: Call) -> str:
    found = _MARKER.search(call.text)
    return world.ruled(call) or (found[1] if found else "ok")


def text_of(body: dict[str, Any]) -> str:
    """What a person wrote in the request: all texts of the user's part, newest kind of API or older."""
    return "\n".join(_texts(body.get("input", body.get("messages", ""))))


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for one in part:
            yield from _texts(one)
    elif isinstance(part, dict) and part.get("role") not in {"system", "developer"}:
        yield from _texts(part.get("content", part.get("text", "")))


def _broken(name: str) -> Reply | None:
    if name == "writer-error":
        return error_reply(500, "server_error", "The server had an error.", kind="server_error", outcome=name)
    if name == "writer-429":
        return error_reply(429, "rate_limit_exceeded", "Slow down.", kind="requests", outcome=name)
    if name == "writer-html":
        return html_reply(200, name)
    return html_reply(200, name, ending="hang") if name == "writer-hang" else None


def _text(call: Call, schema: dict[str, Any] | None, name: str) -> str:
    if name == "writer-nonsense":
        return '{"unexpected": 42}'
    sampler = Sampler(schema or {}, call.text, violation="[violation]" in call.text or name == "violation")
    if schema is None:
        return sampler.description()
    text = json.dumps(sampler.document())
    if name == "writer-partial":
        return json.dumps({**json.loads(text), "description": ""})
    return text[: len(text) // 2] if name == "writer-incomplete" else text


def _response(call: Call, content: dict[str, Any], name: str) -> dict[str, Any]:
    cut = {"writer-incomplete": "max_output_tokens", "writer-filter": "content_filter"}.get(name)
    return {
        "id": f"resp_{uuid.uuid4().hex}",
        "object": "response",
        "created_at": time.time(),
        "status": "incomplete" if cut else "completed",
        "error": None,
        "incomplete_details": {"reason": cut} if cut else None,
        "instructions": None,
        "metadata": {},
        "model": call.body.get("model"),
        "output": [
            {
                "type": "message",
                "id": f"msg_{uuid.uuid4().hex}",
                "status": "incomplete" if cut else "completed",
                "role": "assistant",
                "content": [content],
            }
        ],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "text": call.body.get("text", {"format": {"type": "text"}}),
        "usage": {
            "input_tokens": 900,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 180,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 1080,
        },
    }


def _completion(call: Call, message: dict[str, Any], finish: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": call.body.get("model"),
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 180, "total_tokens": 1080},
    }
