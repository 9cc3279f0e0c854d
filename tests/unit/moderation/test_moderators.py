"""A picture gets a verdict, or a sentence that says why there is none."""

from collections.abc import Iterator

import pytest

from app.moderation.demo_moderator import DemoModerator
from app.moderation.interface import Exhibit, Moderator, Severity, Unmoderated
from app.moderation.openai_moderator import OpenAIModerator
from app.moderation.registry import make_moderator
from app.moderation.severities import Severities
from tests.fakes.openai_api import FakeOpenAI
from tests.services.completed import paint

KEY = "sk-test-0123456789abcdef"
PATH = "/v1/moderations"


@pytest.fixture
def api() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(key=KEY) as server:
        yield server


def moderator(api: FakeOpenAI, *, seconds: float = 5, key: str = KEY) -> Moderator:
    return OpenAIModerator(key, api.base_url, "omni-moderation-latest", Severities.load(), timeout_seconds=seconds)


def exhibit(prompt: str = "a lighthouse") -> Exhibit:
    return Exhibit(paint(64, 48), "image/png", prompt)


def test_picture_and_prompt_travel_in_one_call(api: FakeOpenAI) -> None:
    verdict = moderator(api).judge(exhibit())

    assert (verdict.severity, verdict.found, verdict.model) == (Severity.NONE, (), "omni-moderation-latest")
    [text, picture] = api.world._calls[-1].body["input"]
    assert text == {"type": "text", "text": "a lighthouse"}
    assert picture["image_url"]["url"].startswith("data:image/png;base64,")
    assert len(api.calls) == 1


@pytest.mark.parametrize(
    ("prompt", "severity"),
    [
        ("[score violence 0.3]", Severity.LOW),
        ("[score violence/graphic 0.5]", Severity.MEDIUM),
        ("[score sexual 0.75]", Severity.HIGH),
        ("[score self-harm 0.95]", Severity.CRITICAL),
        ("[flag] [score violence 0.05]", Severity.MEDIUM),
        ("[flag-minors] [score sexual/minors 0.05]", Severity.CRITICAL),
    ],
)
def test_scores_become_severities(api: FakeOpenAI, prompt: str, severity: Severity) -> None:
    assert moderator(api).judge(exhibit(prompt)).severity == severity


def test_the_scores_that_matter_are_kept_with_words(api: FakeOpenAI) -> None:
    verdict = moderator(api).judge(exhibit("[score violence 0.75]"))

    assert verdict.scores == {"violence": 0.75}
    assert verdict.found == ("violence or gore",)


@pytest.mark.parametrize("behaviour", ["server-error", "html", "empty", "hang"])
def test_without_a_verdict_it_says_so(api: FakeOpenAI, behaviour: str) -> None:
    api.script(behaviour, path=PATH)

    with pytest.raises(Unmoderated) as caught:
        moderator(api, seconds=0.3 if behaviour == "hang" else 5).judge(exhibit())

    assert "moderator" in caught.value.message
    assert len(api.calls) == 1


def test_a_refused_key_is_never_shown(api: FakeOpenAI) -> None:
    with pytest.raises(Unmoderated, match="HTTP 401") as caught:
        moderator(api, key="sk-wrong-0123456789").judge(exhibit())

    assert "sk-wrong" not in caught.value.message


def test_the_demo_moderator_knows_a_few_words_and_says_who_it_is() -> None:
    verdicts = [DemoModerator().judge(exhibit(prompt)) for prompt in ("a fox", "a bloody wound", "a corpse")]

    assert [verdict.severity for verdict in verdicts] == ["none", "medium", "high"]
    assert {verdict.model for verdict in verdicts} == {"demo"}


def test_without_a_key_the_embedded_moderator_judges() -> None:
    common = {"openai_base_url": None, "model": "x", "severities": Severities.load(), "timeout_seconds": 1.0}

    assert isinstance(make_moderator(openai_key=None, **common), DemoModerator)
    assert isinstance(make_moderator(openai_key=KEY, **common), OpenAIModerator)
