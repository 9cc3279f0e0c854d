"""POST /v1/moderations: texts and pictures; "[flag]" in a text is violence, "[flag-minors]" is worse."""

import uuid
from typing import Any

from tests.fakes.openai_api.replies import Reply, error_reply, json_reply
from tests.fakes.openai_api.world import Call, World

CATEGORIES = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
_FLAGS = {"[flag]": "violence", "[flag-minors]": "sexual/minors", "[flag-sexual]": "sexual"}


def moderate(world: World, call: Call) -> Reply:
    if world.ruled(call) == "server-error":
        return error_reply(500, "server_error", "The server had an error.", kind="server_error", outcome="server-error")
    results = [_result(text) for text in _inputs(call.body.get("input", ""))]
    answer = {"id": f"modr-{uuid.uuid4().hex}", "model": "omni-moderation-latest", "results": results}
    return json_reply(answer)


def _inputs(given: Any) -> list[str]:
    """One text for each result: a list of texts has many results, parts of one message have one."""
    if isinstance(given, str):
        return [given]
    if given and isinstance(given[0], dict):
        return [" ".join(part.get("text", "") for part in given)]
    return list(given)


def _result(text: str) -> dict[str, Any]:
    flagged = {category for marker, category in _FLAGS.items() if marker in text}
    return {
        "flagged": bool(flagged),
        "categories": {category: category in flagged for category in CATEGORIES},
        "category_scores": {category: 0.97 if category in flagged else 0.001 for category in CATEGORIES},
        "category_applied_input_types": {category: ["text"] for category in CATEGORIES},
    }
