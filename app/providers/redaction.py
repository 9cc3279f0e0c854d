"""Makes what a provider says fit to be stored and shown: no key, no prompt, not endless."""

import json
import re
from collections.abc import Iterable

LONGEST_MESSAGE = 1000
"""Characters; as much as an image keeps of an error."""

_KEY = re.compile(r"\b(?:sk|sess|pk|rk)-[\w*.\-]{4,}|(?i:bearer)\s+[\w*.\-+/=]{8,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ECHO = 24
"""So many characters of a prompt are recognised as its beginning."""


def safe_message(text: str, *, secrets: Iterable[str], prompt: str = "") -> str:
    """The text on one line without keys and prompt, at most 1000 characters."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[key]")
    text = _without_prompt(_KEY.sub("[key]", text), prompt)
    text = " ".join(_CONTROL.sub(" ", text).split())
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _without_prompt(text: str, prompt: str) -> str:
    """Providers quote the prompt whole, cut, or as JSON; each of it goes."""
    prompt = prompt.strip()
    for form in {prompt, " ".join(prompt.split()), json.dumps(prompt)[1:-1]} if prompt else ():
        text = _without_echo(text, form)
    return text


def _without_echo(text: str, form: str) -> str:
    head = form[:_ECHO]
    pattern = re.compile(rf"(?<!\w){re.escape(head)}" + ("" if len(form) > _ECHO else r"(?!\w)"))
    while found := pattern.search(text):
        end = found.end() + _common(text[found.end() :], form[_ECHO:])
        text = f"{text[: found.start()]}[prompt]{text[end:]}"
    return text


def _common(one: str, other: str) -> int:
    """Length of the common beginning."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
