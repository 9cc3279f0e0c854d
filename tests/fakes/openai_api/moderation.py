"""POST /v1/moderations: texts and pictures; "[flag]" in a text is violence, "[flag-minors]" is worse.

"[score violence 0.75]" gives a category a score, without flagging it. Rules: server-error, html, hang, empty.
"""

import re
import uuid
from typing import Any

from tests.fakes.openai_api.replies import Reply, error_reply, html_reply, json_reply
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
_SCORE = re.compile(r"\[score ([a-z/-]+) ([0-9.]+)\]")
_FLAGS = {"[flag]": "violence", "[flag-minors]": "sexual/minors", "[flag-sexual]": "sexual"}


def moderate(world: World, call: Call) -> Reply:
    ruled = world.ruled(call)
    if ruled in {"html", "hang"}:
        return html_reply(200, ruled, ending="hang" if ruled == "hang" else "answer")
    if ruled == "empty":
        return json_reply({"id": "modr-1", "model": "omni-moderation-latest", "results": []})
    if ruled == "server-error":
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
    scored = {category: float(score) for category, score in _SCORE.findall(text)}
    return {
        "flagged": bool(flagged),
        "categories": {category: category in flagged for category in CATEGORIES},
        "category_scores": {
            category: scored.get(category, 0.97 if category in flagged else 0.001) for category in CATEGORIES
        },
        "category_applied_input_types": {category: ["text"] for category in CATEGORIES},
    }
