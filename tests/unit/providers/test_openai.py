"""OpenAIImages against a server that speaks the API over real sockets."""

import base64
import hashlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from app.core.errors import ErrorClass, ProviderError
from app.providers.catalogue import Catalogue, Size
from app.providers.interface import ImageRequest
from app.providers.openai import OpenAIImages, read_base64
from tests.fakes.openai_api import FakeOpenAI, SlidingWindow

KEY = "sk-proj-Secret_0123456789abcdefghij"
SCENE = "the secret garden of my grandmother, with roses"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def api() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as api:
        yield api


def asked(prompt: str = SCENE, *, timeout: float = 10, width: int = 1024, height: int = 1024) -> ImageRequest:
    return ImageRequest(prompt, "gpt-image-2.5-flare", width, height, "medium", seed=1, timeout_seconds=timeout)


def failure(api: FakeOpenAI, prompt: str, *, timeout: float = 10) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        OpenAIImages(KEY, api.base_url).generate(asked(prompt, timeout=timeout))
    return raised.value


def test_a_picture_comes_with_its_bytes_tokens_and_request_id(api: FakeOpenAI) -> None:
    made = OpenAIImages(KEY, api.base_url).generate(asked(width=1536))
    [billed] = api.bill
    assert hashlib.sha256(made.content).hexdigest() == billed["sha256"]
    assert made.request_id == billed["request_id"]
    assert made.revised_prompt is None
    assert (billed["prompt"], billed["size"], billed["quality"]) == (SCENE, "1536x1024", "medium")
    assert made.usage is not None
    model = Catalogue.load().model("openai/gpt-image-2.5-flare")
    assert model.cost_of(made.usage, "medium", Size(1536, 1024)) == Decimal(billed["cost"])


def test_an_answer_without_usage_still_is_a_picture(api: FakeOpenAI) -> None:
    made = OpenAIImages(KEY, api.base_url).generate(asked("[no-usage]"))
    assert made.usage is None
    assert made.content


@pytest.mark.parametrize("name", ["strange-words", "bare-item", "bare-item-first", "broken-lines", "url-safe"])
def test_what_is_strange_beside_a_picture_does_not_cost_it(api: FakeOpenAI, name: str) -> None:
    made = OpenAIImages(KEY, api.base_url).generate(asked(f"[{name}]"))
    assert hashlib.sha256(made.content).hexdigest() == api.bill[0]["sha256"]
    assert made.revised_prompt is None
    assert made.usage is not None


@pytest.mark.parametrize("length", [120, 121, 122])
@pytest.mark.parametrize("write", [base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes])
@pytest.mark.parametrize("padding", ["=", "", "==="])
def test_however_base64_is_written_it_is_read(length: int, write: Callable[[bytes], bytes], padding: str) -> None:
    picture = (b"\xfb\xef\xbf" * 41)[:length]
    text = write(picture).decode().strip().rstrip("=") + padding
    assert read_base64(text) == picture


@pytest.mark.parametrize("text", ["A", "AAAA=AAAA", "data:image/png;base64,AAAA", "AAÄA", "\ud800", None, 5])
def test_what_is_not_base64_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_base64(text)


@pytest.mark.parametrize("name", ["empty", "not-base64"])
def test_an_answer_without_a_picture_tells_what_it_was_charged_for(api: FakeOpenAI, name: str) -> None:
    usage, billed = failure(api, f"[{name}]").usage, api.bill[0]["usage"]
    assert usage is not None
    assert (usage[0] + usage[1], usage[2]) == (billed["input_tokens"], billed["output_tokens"])


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("policy", ErrorClass.CONTENT_POLICY, "moderation_blocked"),
        ("policy-violation", ErrorClass.CONTENT_POLICY, "content_policy_violation"),
        ("legal", ErrorClass.CONTENT_POLICY, "invalid_request_error"),
        ("quota", ErrorClass.QUOTA, "insufficient_quota"),
        ("quota400", ErrorClass.QUOTA, "billing_hard_limit_reached"),
        ("credit", ErrorClass.QUOTA, "credit_balance_exhausted"),
        ("spend-limit", ErrorClass.QUOTA, "project_spend_limit_exceeded"),
        ("payment", ErrorClass.QUOTA, "invalid_request_error"),
        ("auth", ErrorClass.AUTH, "invalid_api_key"),
        ("forbidden", ErrorClass.AUTH, "invalid_request_error"),
        ("bad-request", ErrorClass.PERMANENT, "invalid_value"),
        ("not-found", ErrorClass.PERMANENT, "model_not_found"),
        ("unprocessable", ErrorClass.PERMANENT, "unprocessable"),
        ("too-large", ErrorClass.PERMANENT, "rate_limit_exceeded"),
        ("no-limit", ErrorClass.PERMANENT, "rate_limit_exceeded"),
        ("redirect", ErrorClass.PERMANENT, "http_307"),
        ("server-error", ErrorClass.TRANSIENT, "server_error"),
        ("unavailable", ErrorClass.TRANSIENT, "server_error"),
        ("bad-gateway", ErrorClass.TRANSIENT, "http_502"),
    ],
)
def test_each_refusal_has_its_class_and_was_not_billed(api: FakeOpenAI, name: str, kind: ErrorClass, code: str) -> None:
    error = failure(api, f"{SCENE} [{name}]")
    assert (error.kind, error.code) == (kind, code)
    assert error.request_id == api.calls[0]["request_id"]
    assert not error.may_have_billed
    assert not error.rate_limited
    assert error.retry_after is None
    assert api.bill == []
    assert len(api.calls) == 1, "the SDK must not retry"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("drop", "read_error"),
        ("close", "remote_protocol_error"),
        ("truncated", "remote_protocol_error"),
        ("hang", "read_timeout"),
        ("drip", "read_timeout"),
        ("interim", "read_timeout"),
        ("gateway-timeout", "http_504"),
        ("html", "unusable_answer"),
        ("text", "unusable_answer"),
        ("empty", "unusable_answer"),
        ("not-base64", "unusable_answer"),
    ],
)
def test_a_call_without_a_usable_answer_may_have_been_billed_and_is_not_sent_again(
    api: FakeOpenAI, name: str, code: str
) -> None:
    began = time.monotonic()
    error = failure(api, f"{SCENE} [{name}]", timeout=0.5)
    assert time.monotonic() - began < 10, "its time is for the whole call"
    assert (error.kind, error.code) == (ErrorClass.AMBIGUOUS, code)
    assert error.may_have_billed
    assert len(api.bill) == len(api.calls) == 1


@pytest.mark.parametrize("name", ["html", "text", "empty", "not-base64", "gateway-timeout"])
def test_an_unusable_answer_keeps_its_request_id(api: FakeOpenAI, name: str) -> None:
    assert failure(api, f"[{name}]").request_id == api.bill[0]["request_id"]


def test_a_web_page_is_said_to_be_one(api: FakeOpenAI) -> None:
    assert "a web page instead of an answer" in failure(api, "[html]").message


def test_a_refusal_after_the_work_may_have_been_billed(api: FakeOpenAI) -> None:
    error = failure(api, "[policy-output]")
    assert error.kind is ErrorClass.CONTENT_POLICY
    assert error.may_have_billed
    assert len(api.bill) == 1


@pytest.mark.parametrize(("name", "seconds"), [("429", 0.25), ("slow-down", 2.0)])
def test_a_rate_limit_says_when_to_come_again(api: FakeOpenAI, name: str, seconds: float) -> None:
    error = failure(api, f"[{name}]")
    assert error.kind is ErrorClass.TRANSIENT
    assert error.rate_limited
    assert error.retry_after == seconds


def test_the_real_limit_refuses_the_call_beyond_it(api: FakeOpenAI) -> None:
    api.set(limit=SlidingWindow(1, 60))
    provider = OpenAIImages(KEY, api.base_url)
    provider.generate(asked())
    with pytest.raises(ProviderError) as raised:
        provider.generate(asked())
    assert raised.value.rate_limited
    assert raised.value.retry_after == pytest.approx(60, abs=5)
    assert len(api.bill) == 1


def test_a_refused_connection_sent_nothing() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(ProviderError) as raised:
            OpenAIImages(KEY, f"http://127.0.0.1:{unused.getsockname()[1]}/v1").generate(asked())
    assert (raised.value.kind, raised.value.code) == (ErrorClass.TRANSIENT, "connect_error")
    assert not raised.value.may_have_billed
    assert "nothing was sent" in raised.value.message


def test_an_unknown_host_sent_nothing() -> None:
    with pytest.raises(ProviderError) as raised:
        OpenAIImages(KEY, "http://nowhere.invalid/v1").generate(asked())
    assert (raised.value.kind, raised.value.code) == (ErrorClass.TRANSIENT, "connect_error")


def test_a_tls_handshake_that_fails_sent_nothing(api: FakeOpenAI) -> None:
    with pytest.raises(ProviderError) as raised:
        OpenAIImages(KEY, api.base_url.replace("http:", "https:")).generate(asked())
    assert (raised.value.kind, raised.value.code) == (ErrorClass.TRANSIENT, "connect_error")
    assert api.calls == []


def test_a_connection_that_nobody_accepts_sent_nothing() -> None:
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for waiting in (first, second):  # they fill the queue of connections, so that the next one hangs
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        with pytest.raises(ProviderError) as raised:
            OpenAIImages(KEY, f"http://127.0.0.1:{deaf.getsockname()[1]}/v1").generate(asked(timeout=0.3))
    assert (raised.value.kind, raised.value.code) == (ErrorClass.TRANSIENT, "connect_timeout")
    assert not raised.value.may_have_billed


def test_a_reset_before_any_answer_is_uncertain_even_if_it_was_not_billed(api: FakeOpenAI) -> None:
    error = failure(api, "[refuse]")
    assert error.kind is ErrorClass.AMBIGUOUS
    assert error.may_have_billed
    assert api.bill == []


@pytest.mark.parametrize("name", ["auth", "bad-request", "policy", "server-error", "html", "drop"])
def test_no_message_holds_the_key_or_the_prompt(api: FakeOpenAI, name: str) -> None:
    error = failure(api, f"{SCENE} [{name}]")
    everything = f"{error.message} {error.code} {error!r} {error.__cause__!r}"
    assert KEY not in everything
    assert "sk-" not in everything
    assert "grandmother" not in everything
    assert len(error.message) <= 1000


def test_a_wrong_key_says_which_variable_to_check() -> None:
    with FakeOpenAI(key="sk-other") as api:
        error = failure(api, SCENE)
    assert error.kind is ErrorClass.AUTH
    assert "OPENAI_API_KEY" in error.message


@pytest.mark.parametrize("key", ["sk-with\nnewline", "sk-ключ", " "])
def test_a_key_that_cannot_be_one_pauses_instead_of_breaking(api: FakeOpenAI, key: str) -> None:
    with pytest.raises(ProviderError) as raised:
        OpenAIImages(key, api.base_url).generate(asked())
    assert raised.value.kind is ErrorClass.AUTH
    assert api.calls == []


def test_an_address_that_is_none_pauses_instead_of_breaking() -> None:
    with pytest.raises(ProviderError) as raised:
        OpenAIImages(KEY, "http://[::1").generate(asked())
    assert raised.value.kind is ErrorClass.AUTH
    assert "OPENAI_BASE_URL" in raised.value.message


def test_a_prompt_that_cannot_be_sent_is_permanent(api: FakeOpenAI) -> None:
    assert failure(api, "half an emoji \ud83d").kind is ErrorClass.PERMANENT
    assert api.calls == []


def test_threads_share_one_client_and_work_at_once(api: FakeOpenAI) -> None:
    api.set(latency=0.3)
    provider = OpenAIImages(KEY, api.base_url)
    together = threading.Barrier(32)

    def one(_: int) -> tuple[str, object]:
        together.wait()
        return hashlib.sha256(provider.generate(asked()).content).hexdigest(), provider._client()

    with ThreadPoolExecutor(32) as pool:
        made = list(pool.map(one, range(32)))
    assert {sha256 for sha256, _ in made} == {billed["sha256"] for billed in api.bill}
    assert len({sha256 for sha256, _ in made}) == 32
    assert len({id(client) for _, client in made}) == 1
    starts = [call["started"] for call in api.calls]
    assert max(starts) < min(call["finished"] for call in api.calls), "no call may wait for another"


def test_a_process_makes_its_own_client(api: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = OpenAIImages(KEY, api.base_url)
    before = provider._client()
    assert provider._client() is before
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert provider._client() is not before


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("ConnectError", False),
        ("ConnectTimeout", False),
        ("PoolTimeout", False),
        ("ProxyError", False),
        ("UnsupportedProtocol", False),
        ("ReadTimeout", True),
        ("WriteTimeout", True),
        ("ReadError", True),
        ("WriteError", True),
        ("CloseError", True),
        ("RemoteProtocolError", True),
        ("LocalProtocolError", True),
        ("DecodingError", True),
    ],
)
def test_only_what_proves_that_nothing_was_sent_is_tried_again(name: str, sent: bool) -> None:
    import httpx2
    import openai

    def transport(request: httpx2.Request) -> httpx2.Response:
        raise getattr(httpx2, name)("broken", request=request)

    provider = OpenAIImages(KEY, "http://127.0.0.1:9/v1")
    http_client: Any = httpx2.Client(transport=httpx2.MockTransport(transport))
    provider._owned = (os.getpid(), openai.OpenAI(api_key=KEY, max_retries=0, http_client=http_client))
    with pytest.raises(ProviderError) as raised:
        provider.generate(asked())
    assert raised.value.kind is (ErrorClass.AMBIGUOUS if sent else ErrorClass.TRANSIENT)
    assert raised.value.may_have_billed is sent
