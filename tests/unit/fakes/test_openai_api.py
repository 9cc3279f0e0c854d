"""The fake provider is held to what it promises, by the SDK that will talk to it."""

import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import httpx2
import openai
import pytest
from PIL import Image
from pydantic import BaseModel, Field

from tests.fakes.openai_api import FakeOpenAI, SlidingWindow, TokenBucket, cost_of, read_bill
from tests.fakes.openai_api.pictures import Picture, paint, photograph

ROOT = Path(__file__).parents[3]
TAGS = Literal["sea", "coast", "lighthouse", "night", "winter", "forest", "poster"]


class Page(BaseModel):
    title: str
    description: str
    tags: list[TAGS] = Field(max_length=10)
    violations: list[str]
    relevance: float
    explanation: str | None


@pytest.fixture
def api() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as api:
        yield api


@pytest.fixture
def client(api: FakeOpenAI) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="sk-test", base_url=api.base_url, max_retries=0, timeout=10) as client:
        yield client


def control(api: FakeOpenAI, method: str, name: str, body: object = None) -> Any:
    answer = httpx2.request(method, f"{api.control_url}/{name}", json=body, trust_env=False)
    return answer.raise_for_status().json()


def generate(client: openai.OpenAI, prompt: str = "a lighthouse") -> openai.types.ImagesResponse:
    return client.images.generate(model="gpt-image-2.5-flare", prompt=prompt, size="1024x1024", quality="low")


@pytest.mark.parametrize(("width", "height"), [(1024, 1024), (1536, 1024), (1024, 1536), (16, 48), (33, 7)])
def test_pictures_are_real_have_their_size_and_differ(width: int, height: int) -> None:
    first, again, other = paint(width, height, 1), paint(width, height, 1), paint(width, height, 2)
    with Image.open(io.BytesIO(first)) as picture:
        picture.load()
        assert (picture.format, picture.size) == ("PNG", (width, height))
    assert first == again != other


def test_photographs_are_as_heavy_as_a_models_and_are_billed_and_sent_as_what_they_are() -> None:
    pictures = [photograph(256, 256, seed) for seed in range(9)]
    for picture in pictures:
        with Image.open(io.BytesIO(picture.content)) as opened:
            opened.verify()
            assert (opened.format, opened.size) == ("PNG", (256, 256))
        assert len(picture.content) > 256 * 256
        assert picture == Picture.of(picture.content)
    assert len({picture.sha256 for picture in pictures}) == len(pictures)


def test_a_picture_costs_little_time() -> None:
    began = time.process_time()
    for seed in range(20):
        paint(1024, 1024, seed)
    assert (time.process_time() - began) / 20 < 0.02


def test_the_bill_can_be_reckoned_again_from_the_tokens(tmp_path: Path) -> None:
    path = tmp_path / "bill.jsonl"
    with FakeOpenAI(bill=path) as api, openai.OpenAI(api_key="k", base_url=api.base_url, max_retries=0) as client:
        usage = generate(client).usage
        entries = read_bill(path)
        assert entries == api.bill == control(api, "GET", "bill")
    assert usage is not None
    assert Decimal(entries[0]["cost"]) == cost_of(usage.to_dict()) == Decimal("0.005895")
    assert entries[0]["outcome"] == "ok"


def test_the_bill_is_only_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "bill.jsonl"
    for _ in range(2):
        with FakeOpenAI(bill=path) as api, openai.OpenAI(api_key="k", base_url=api.base_url) as client:
            generate(client)
    assert len(read_bill(path)) == 2


def test_a_window_lets_no_more_in_than_its_limit() -> None:
    window = SlidingWindow(2, 10)
    assert [window.take(now) for now in (0, 1, 2, 9.5, 10, 11)] == [0, 0, 8, 0.5, 0, 0]
    assert window.take(11) == 9
    assert SlidingWindow(0, 10).take(0) > 0


def test_a_bucket_fills_up_at_its_rate() -> None:
    bucket = TokenBucket(60, burst=2)
    now = time.monotonic()
    assert [bucket.take(now + after) for after in (0, 0, 1, 1.5)] == [0, 0, 0, pytest.approx(0.5, abs=0.1)]


def test_beyond_the_limit_the_answer_is_429_and_nothing_is_billed(api: FakeOpenAI, client: openai.OpenAI) -> None:
    api.set(limit=SlidingWindow(1, 30))
    generate(client)
    with pytest.raises(openai.RateLimitError) as raised:
        generate(client)
    assert 20 <= int(raised.value.response.headers["retry-after"]) <= 30
    assert int(raised.value.response.headers["retry-after-ms"]) <= 30_000
    assert raised.value.code == "rate_limit_exceeded"
    assert api.counters == {"ok": 1, "rate_limited": 1}
    assert len(api.bill) == 1


def test_a_hundred_calls_are_answered_at_once(api: FakeOpenAI, client: openai.OpenAI) -> None:
    api.set(latency=0.5)
    with ThreadPoolExecutor(100) as pool:
        list(pool.map(lambda n: generate(client, f"number {n}"), range(100)))
    assert len({entry["sha256"] for entry in api.bill}) == 100
    assert max(call["started"] for call in api.calls) - min(call["started"] for call in api.calls) < 5


def test_a_client_that_goes_away_is_billed(api: FakeOpenAI, client: openai.OpenAI) -> None:
    api.set(latency=0.3)
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.1).images.generate(model="m", prompt="gone")
    api.wait_for(lambda api: api.bill)
    assert api.bill[0]["prompt"] == "gone"


def test_once_means_the_first_call_of_that_prompt(api: FakeOpenAI, client: openai.OpenAI) -> None:
    for prompt in ("a [server-error-once]", "b [server-error-once]"):
        with pytest.raises(openai.InternalServerError):
            generate(client, prompt)
        assert generate(client, prompt).data


def test_rules_are_used_up(api: FakeOpenAI, client: openai.OpenAI) -> None:
    api.script("auth", containing="fox", times=1)
    assert generate(client, "an owl").data
    with pytest.raises(openai.AuthenticationError):
        generate(client, "a fox")
    assert generate(client, "a fox").data
    with pytest.raises(ValueError, match="no behaviour"):
        api.script("nonsense")


def test_a_wrong_key_is_refused(api: FakeOpenAI, client: openai.OpenAI) -> None:
    api.set(key="sk-right")
    with pytest.raises(openai.AuthenticationError):
        generate(client)


@pytest.mark.parametrize("size", ["1000x1000", "4096x1024", "big", "1024x16"])
def test_impossible_sizes_are_refused(client: openai.OpenAI, size: str) -> None:
    with pytest.raises(openai.BadRequestError):
        client.images.generate(model="m", prompt="p", size=size)


def test_it_can_be_steered_and_watched_from_another_process(api: FakeOpenAI, client: openai.OpenAI) -> None:
    control(api, "POST", "settings", {"latency": 0.01, "limit": {"kind": "window", "images": 5, "seconds": 1}})
    control(api, "POST", "rules", {"behaviour": "policy", "containing": "fox", "times": 2})
    with pytest.raises(openai.BadRequestError):
        generate(client, "a fox")
    state = control(api, "GET", "state")
    assert state["latency"] == 0.01
    assert state["limit"] == {"kind": "window", "images": 5, "seconds": 1}
    assert state["rules"][0]["times"] == 1
    assert state["counters"] == {"policy": 1}
    [call] = control(api, "GET", "calls")
    assert (call["text"], call["status"], call["outcome"]) == ("a fox", 400, "policy")
    control(api, "DELETE", "rules")
    assert generate(client, "a fox").data


def test_responses_are_parsed_into_the_page_that_was_asked_for(client: openai.OpenAI) -> None:
    answer = client.responses.parse(
        model="gpt-6-luna",
        instructions="Write about the picture.",
        input=[
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "A lighthouse on a rocky coast at dusk"},
                    {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "low"},
                ],
            }
        ],
        text_format=Page,
    )
    check(answer.output_parsed)


def test_completions_are_parsed_into_the_page_that_was_asked_for(client: openai.OpenAI) -> None:
    answer = client.chat.completions.parse(
        model="gpt-6-luna",
        messages=[
            {"role": "system", "content": "Write about the picture."},
            {"role": "user", "content": [{"type": "text", "text": "A lighthouse on a rocky coast at dusk"}]},
        ],
        response_format=Page,
    )
    check(answer.choices[0].message.parsed)


def check(page: Page | None) -> None:
    assert page is not None
    assert 5 <= len(page.title.split()) <= 10
    assert "Lighthouse" in page.title
    assert 50 <= len(page.description.split()) <= 100
    assert len(page.tags) == len(set(page.tags)) == 5
    assert page.violations == []
    assert page.relevance == 0.9


def written(client: openai.OpenAI, text: str) -> openai.types.responses.ParsedResponse[Page]:
    return client.responses.parse(model="gpt-6-luna", input=text, text_format=Page)


def test_a_violation_is_found_where_it_is_marked(client: openai.OpenAI) -> None:
    page = written(client, "a lighthouse [violation]").output_parsed
    assert page is not None
    assert page.violations


def test_a_writer_can_refuse(client: openai.OpenAI) -> None:
    answer = written(client, "[writer-refusal]")
    assert answer.output_parsed is None
    assert answer.output[0].content[0].type == "refusal"  # type: ignore[union-attr]


def test_a_writer_can_run_out_of_tokens(client: openai.OpenAI) -> None:
    with pytest.raises(ValueError, match="JSON"):
        written(client, "[writer-incomplete]")
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(
            model="m", messages=[{"role": "user", "content": "[writer-incomplete]"}], response_format=Page
        )


def test_a_writer_can_fail_by_rule(api: FakeOpenAI, client: openai.OpenAI) -> None:
    api.script("writer-error", times=1, path="/v1/responses")
    with pytest.raises(openai.InternalServerError):
        written(client, "a lighthouse")
    assert written(client, "a lighthouse").output_parsed


def test_moderation_has_a_result_for_each_text(client: openai.OpenAI) -> None:
    answer = client.moderations.create(model="omni-moderation-latest", input=["a cat", "a [flag] cat"])
    assert [result.flagged for result in answer.results] == [False, True]
    assert answer.results[1].categories.violence


def test_models_are_listed(client: openai.OpenAI) -> None:
    assert "gpt-image-2.5-flare" in [model.id for model in client.models.list()]


def test_it_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fakes.openai_api", "--bill", str(tmp_path / "bill"), "--window", "9", "60"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())
        with openai.OpenAI(api_key="k", base_url=address["base_url"], max_retries=0) as client:
            generate(client)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert len(read_bill(tmp_path / "bill")) == 1
