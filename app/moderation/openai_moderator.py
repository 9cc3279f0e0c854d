"""OpenAI's moderation endpoint judges picture and prompt in one call, which is free.

It scores pictures for sexual content, violence and self-harm only; the other categories speak of the prompt.
"""

import base64
import math
from collections.abc import Iterable, Mapping
from typing import Any

import openai
from openai.types import ModerationCreateResponse, ModerationMultiModalInputParam

from app.core.deadline import within
from app.moderation.interface import Exhibit, Unmoderated, Verdict
from app.moderation.severities import Severities

AGAIN = "It is asked again when the page is written again."
UNREADABLE = f"The moderator gave an answer that cannot be read. {AGAIN}"
MOST_CHARACTERS = 30_000
"""Of the prompt. What is longer is cut: no model takes longer ones."""
SCORES_KEPT = 0.01


class OpenAIModerator:
    """One client per process; each picture is asked about once."""

    def __init__(
        self, api_key: str, base_url: str | None, model: str, severities: Severities, *, timeout_seconds: float
    ) -> None:
        self.model = model
        self._severities = severities
        self._seconds = timeout_seconds
        self._client = openai.OpenAI(api_key=api_key, base_url=base_url, timeout=timeout_seconds, max_retries=0)

    def judge(self, exhibit: Exhibit) -> Verdict:
        """Raises Unmoderated on time-out, any error of the API, and an answer that holds no score."""
        answer = self._ask(_inputs(exhibit))
        # A 200 that is not JSON comes back as plain text.
        if not isinstance(answer, ModerationCreateResponse) or not answer.results:
            raise Unmoderated(UNREADABLE)
        results = [_plain(result) for result in answer.results]
        scores = _highest(result.get("category_scores") for result in results)
        if not scores:
            raise Unmoderated(UNREADABLE)
        flagged = {name for result in results for name, yes in (result.get("categories") or {}).items() if yes is True}
        is_flagged = any(result.get("flagged") is True for result in results)
        return Verdict(
            severity=self._severities.severity(scores, flagged, is_flagged=is_flagged),
            model=self.model,
            found=self._severities.found(scores, flagged),
            scores={name: round(score, 3) for name, score in scores.items() if score >= SCORES_KEPT},
        )

    def _ask(self, inputs: list[ModerationMultiModalInputParam]) -> object:
        def call() -> object:
            return self._client.moderations.create(model=self.model, input=inputs)

        try:
            return within(self._seconds, call, name="moderate")
        except (openai.APITimeoutError, TimeoutError) as error:
            raise Unmoderated(f"The moderator did not answer in time. {AGAIN}") from error
        except openai.APIConnectionError as error:
            raise Unmoderated(f"The moderator could not be reached. {AGAIN}") from error
        except openai.APIStatusError as error:
            raise Unmoderated(f"The moderator could not be asked (HTTP {error.status_code}). {AGAIN}") from error
        except (openai.OpenAIError, ValueError) as error:
            raise Unmoderated(UNREADABLE) from error


def _inputs(exhibit: Exhibit) -> list[ModerationMultiModalInputParam]:
    picture = f"data:{exhibit.media_type};base64,{base64.b64encode(exhibit.picture).decode()}"
    return [
        {"type": "text", "text": exhibit.prompt[:MOST_CHARACTERS]},
        {"type": "image_url", "image_url": {"url": picture}},
    ]


def _plain(result: Any) -> Mapping[str, Any]:
    """The result under the names of the API: `sexual/minors`, not `sexual_minors`."""
    content = result.to_dict()
    return content if isinstance(content, dict) else {}


def _highest(results: Iterable[object]) -> dict[str, float]:
    """The highest score of each category, of those that are numbers between 0 and 1."""
    highest: dict[str, float] = {}
    for scores in results:
        for name, score in scores.items() if isinstance(scores, dict) else ():
            if isinstance(score, int | float) and not isinstance(score, bool) and math.isfinite(score):
                highest[str(name)] = max(highest.get(str(name), 0.0), min(1.0, max(0.0, float(score))))
    return highest
