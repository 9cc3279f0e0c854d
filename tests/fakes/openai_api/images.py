"""POST /v1/images/generations."""

import base64
import json
import math
import random
import time
from dataclasses import replace
from typing import Any

from tests.fakes.openai_api.behaviours import Behaviour
from tests.fakes.openai_api.bill import cost_of, usage_for
from tests.fakes.openai_api.pictures import Picture, paint, photograph
from tests.fakes.openai_api.replies import Reply, error_reply, html_reply, refusal
from tests.fakes.openai_api.world import Call, World

PLACE = "@@picture@@"
QUALITIES = {"low", "medium", "high", "xhigh", "max", "auto"}


def generate(world: World, call: Call) -> Reply:
    """One picture, or what the rules, the prompt's markers and the rate limit make of it."""
    reply = _reply(world, call)
    return replace(reply, headers={**reply.headers, **world.told()})


def _reply(world: World, call: Call) -> Reply:
    wrong = _wrong(call.body)
    if wrong:
        return error_reply(400, "invalid_value", wrong, kind="invalid_request_error", outcome="invalid")
    wait = world.take()
    if wait > 0:
        return _rate_limited(call, wait)
    name, behaviour = world.behaviour_for(call)
    if not behaviour.generates:
        return _refused(call, behaviour, name)
    world.work()
    return _generated(world, call, behaviour, name)


def _wrong(body: dict[str, Any]) -> str | None:
    if not isinstance(body.get("prompt"), str) or not body["prompt"]:
        return "Missing required parameter: 'prompt'."
    if len(body["prompt"]) > 32_000:
        return "Invalid 'prompt': string too long. Expected a string with maximum length 32000."
    if not body.get("model"):
        return "Missing required parameter: 'model'."
    if body.get("n", 1) != 1:
        return "This fake makes one picture a call."
    if body.get("quality", "auto") not in QUALITIES:
        return f"Invalid value: '{body['quality']}'."
    return None if _size(body) else f"Invalid size '{body.get('size')}'."


def _size(body: dict[str, Any]) -> tuple[int, int] | None:
    width, _, height = str(body.get("size", "1024x1024")).partition("x")
    if not (width.isdigit() and height.isdigit()):
        return None
    fits = all(side and side % 16 == 0 and side <= 3840 for side in (int(width), int(height)))
    return (int(width), int(height)) if fits and 1 / 3 <= int(width) / int(height) <= 3 else None


def _rate_limited(call: Call, wait: float) -> Reply:
    return error_reply(
        429,
        "rate_limit_exceeded",
        f"Rate limit reached for {call.body['model']} on images per min: Limit 1, Used 1, Requested 1. "
        f"Please try again in {wait:.3f}s.",
        kind="requests",
        outcome="rate_limited",
        **{"retry-after": str(math.ceil(wait)), "retry-after-ms": str(math.ceil(wait * 1000))},
    )


def _refused(call: Call, behaviour: Behaviour, name: str) -> Reply:
    if behaviour.error is not None:
        return refusal(call, behaviour, name)
    return html_reply(behaviour.status, name, headers=dict(behaviour.headers), ending=behaviour.ending)


def _generated(world: World, call: Call, behaviour: Behaviour, name: str) -> Reply:
    """Makes the picture and puts it on the bill before anything is sent, as a provider does."""
    size = _size(call.body)
    assert size is not None
    quality = str(call.body.get("quality", "auto"))
    picture = _picture(world, *size)
    usage = usage_for(call.text, quality, *size)
    world.bill.charge(
        {
            "time": time.time(),
            "request_id": call.request_id,
            "prompt": call.text,
            "model": call.body["model"],
            "size": f"{size[0]}x{size[1]}",
            "quality": quality,
            "sha256": picture.sha256,
            "usage": usage,
            "cost": str(cost_of(usage)),
            "outcome": name,
        }
    )
    if behaviour.error is not None:
        return refusal(call, behaviour, name)
    if behaviour.content == "html":
        return html_reply(behaviour.status, name)
    body = _body(behaviour, picture, usage, call)
    return Reply(behaviour.status, body, name, ending=behaviour.ending)


def _picture(world: World, width: int, height: int) -> Picture:
    seed = random.getrandbits(64)
    return photograph(width, height, seed) if world.photographs else Picture.of(paint(width, height, seed))


def _body(behaviour: Behaviour, picture: Picture, usage: dict[str, Any], call: Call) -> bytes:
    if behaviour.content == "text":
        return b"this is not JSON"
    answer: dict[str, Any] = {
        "created": int(time.time()),
        "background": "opaque",
        "data": _items(behaviour),
        "output_format": "png",
        "quality": call.body.get("quality"),
        "size": call.body.get("size"),
    }
    if behaviour.content != "no-usage":
        answer["usage"] = usage
    # Put in afterwards: to look through a megabyte for characters to escape takes longer than all the rest.
    return json.dumps(answer).encode().replace(PLACE.encode(), _text(behaviour, picture))


def _items(behaviour: Behaviour) -> list[dict[str, Any]]:
    picture: dict[str, Any] = {"b64_json": PLACE}
    bare = {"url": "https://pictures.example/1.png"}
    match behaviour.content:
        case "empty":
            return []
        case "strange-words":
            return [{**picture, "revised_prompt": {"text": "a lighthouse"}}]
        case "bare-item":
            return [picture, bare]
        case "bare-item-first":
            return [bare, picture]
    return [picture]


def _text(behaviour: Behaviour, picture: Picture) -> bytes:
    match behaviour.content:
        case "not-base64":
            return b"this is ~ not base64"
        case "cut-picture":
            return base64.b64encode(picture.content[: len(picture.content) // 2])
        case "not-a-picture":
            return base64.b64encode(b"GIF or not GIF, that is the question")
        case "broken-lines":
            return base64.encodebytes(picture.content).replace(b"\n", b"\\r\\n")
        case "url-safe":
            return base64.urlsafe_b64encode(picture.content).rstrip(b"=")
    return picture.text
