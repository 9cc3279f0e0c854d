"""Replicate against a server that speaks its API over real sockets."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from app.core.errors import ErrorClass, ProviderError
from app.providers.catalogue import Catalogue
from app.providers.interface import Cancelled, Ended, Generated, Gone, ImageRequest, Polled, Working
from app.providers.replicate import Replicate, filled
from app.providers.replicate_answers import classify
from tests.fakes.replicate_api import FakeReplicate
from tests.services.waiting import wait_until

TOKEN = "r8_Secret0123456789abcdefghijklmnopqrst"
SCENE = "the secret garden of my grandmother, with roses"
MODEL = Catalogue.load().model("replicate/black-forest-labs/flux-schnell")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def api() -> Iterator[FakeReplicate]:
    with FakeReplicate(token=TOKEN) as server:
        yield server


@pytest.fixture
def provider(api: FakeReplicate) -> Replicate:
    return Replicate(TOKEN, api.base_url, file_host=api.file_host)


def asked(prompt: str = SCENE, **values: Any) -> ImageRequest:
    size: dict[str, Any] = {"width": 1216, "height": 832, "ratio": "3:2", "inputs": MODEL.inputs}
    given = {"quality": "medium", "seed": 7, "timeout_seconds": 5.0, "deadline_seconds": 90.0, **size, **values}
    return ImageRequest(prompt, MODEL.name, **given)


def outcome(provider: Replicate, prompt: str) -> Polled:
    remote_id = provider.submit(asked(prompt)).remote_id
    wait_until(lambda: not isinstance(provider.poll(remote_id), Working), what="the prediction to end")
    return provider.poll(remote_id)


def failure(provider: Replicate, prompt: str) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        provider.submit(asked(prompt))
    return raised.value


def test_a_prediction_is_created_without_waiting_and_brings_its_picture(
    api: FakeReplicate, provider: Replicate
) -> None:
    made = outcome(provider, SCENE)
    assert isinstance(made, Generated)
    [billed] = api.bill
    assert hashlib.sha256(made.content).hexdigest() == billed["sha256"]
    assert made.request_id == billed["request_id"]
    [prediction] = api.predictions
    assert prediction.input == {
        "prompt": SCENE,
        "aspect_ratio": "3:2",
        "seed": 7,
        "num_outputs": 1,
        "output_format": "png",
    }
    assert (prediction.model, prediction.cancel_after) == ("black-forest-labs/flux-schnell", "90s")


def test_a_model_that_is_not_official_is_named_with_its_version(api: FakeReplicate, provider: Replicate) -> None:
    request = ImageRequest("a cat", "someone/sketches:0123abcd", 64, 64, "standard", 1, 5.0, 60.0)
    provider.submit(request)
    assert [(each.method, each.path) for each in api.seen] == [("POST", "/v1/predictions")]
    assert [(each.model, each.input) for each in api.predictions] == [("someone/sketches", {"prompt": "a cat"})]


def test_the_input_takes_the_form_that_the_catalogue_gives() -> None:
    form = {"prompt": "{prompt}", "width": "{width}", "height": "{height}", "go_fast": True, "style": "plain"}
    request = asked(inputs=form)
    assert filled(request) == {"prompt": SCENE, "width": 1216, "height": 832, "go_fast": True, "style": "plain"}


def test_the_token_goes_to_the_api_only(api: FakeReplicate, provider: Replicate) -> None:
    outcome(provider, SCENE)
    files = [each for each in api.seen if each.path.startswith("/files/")]
    assert files
    assert {each.authorization for each in files} == {None}
    assert {each.authorization for each in api.seen if each not in files} == {f"Bearer {TOKEN}"}


def test_a_picture_is_not_fetched_from_another_host(api: FakeReplicate, provider: Replicate) -> None:
    ended = outcome(provider, "[foreign] a door")
    assert isinstance(ended, Ended)
    assert ended.error.kind is ErrorClass.AMBIGUOUS
    assert "PROOFSHEET_REPLICATE_FILE_HOST" in ended.error.message
    assert not [each for each in api.seen if each.path.startswith("/files/")]


@pytest.mark.parametrize(
    ("name", "kind", "billed"),
    [
        ("nsfw", ErrorClass.CONTENT_POLICY, True),
        ("e005", ErrorClass.CONTENT_POLICY, True),
        ("failed", ErrorClass.PERMANENT, True),
        ("interrupted", ErrorClass.TRANSIENT, False),
        ("aborted", ErrorClass.TRANSIENT, False),
    ],
)
def test_what_a_failed_prediction_means(provider: Replicate, name: str, kind: ErrorClass, billed: bool) -> None:
    ended = outcome(provider, f"[{name}] {SCENE}")
    assert isinstance(ended, Ended)
    assert (ended.error.kind, ended.error.may_have_billed) == (kind, billed)
    assert TOKEN not in ended.error.message
    assert "grandmother" not in ended.error.message


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("429", ErrorClass.TRANSIENT),
        ("503", ErrorClass.TRANSIENT),
        ("402", ErrorClass.QUOTA),
        ("401", ErrorClass.AUTH),
        ("422", ErrorClass.PERMANENT),
        ("500", ErrorClass.AMBIGUOUS),
        ("drop", ErrorClass.AMBIGUOUS),
        ("refuse", ErrorClass.AMBIGUOUS),
        ("no-id", ErrorClass.AMBIGUOUS),
    ],
)
def test_what_a_refused_creation_means(provider: Replicate, name: str, kind: ErrorClass) -> None:
    error = failure(provider, f"[{name}] {SCENE}")
    assert (error.kind, error.may_have_billed) == (kind, kind is ErrorClass.AMBIGUOUS)
    assert TOKEN not in error.message
    assert "grandmother" not in error.message


def test_a_rate_limit_says_when_to_come_again(provider: Replicate) -> None:
    error = failure(provider, "[429] a door")
    assert (error.rate_limited, error.retry_after) == (True, 2.0)


def test_a_server_that_is_not_there_has_been_sent_nothing() -> None:
    error = failure(Replicate(TOKEN, "http://127.0.0.1:9/v1"), SCENE)
    assert (error.kind, error.may_have_billed) == (ErrorClass.TRANSIENT, False)
    assert "Nothing was sent" in error.message


def test_a_token_that_cannot_be_sent_is_refused_here(api: FakeReplicate) -> None:
    error = failure(Replicate("r8_\N{EM DASH}", api.base_url), SCENE)
    assert error.kind is ErrorClass.AUTH
    assert api.seen == []


@pytest.mark.parametrize("name", ["ask-500", "ask-429", "ask-close"])
def test_not_being_able_to_ask_says_nothing_about_the_prediction(provider: Replicate, name: str) -> None:
    remote_id = provider.submit(asked(f"[{name}-once] a door")).remote_id
    with pytest.raises(ProviderError) as raised:
        provider.poll(remote_id)
    assert (raised.value.kind, raised.value.may_have_billed) == (ErrorClass.TRANSIENT, False)
    assert isinstance(provider.poll(remote_id), Generated)


@pytest.mark.parametrize("name", ["gone", "file-gone"])
def test_a_deleted_picture_is_gone(provider: Replicate, name: str) -> None:
    answer = outcome(provider, f"[{name}] a door")
    assert isinstance(answer, Gone)
    assert "one hour" in answer.reason


def test_a_prediction_nobody_knows_is_gone(provider: Replicate) -> None:
    assert isinstance(provider.poll("nosuchprediction"), Gone)


def test_a_prediction_can_be_cancelled_while_it_works(provider: Replicate) -> None:
    remote_id = provider.submit(asked("[hold] a door")).remote_id
    assert isinstance(provider.poll(remote_id), Working)
    assert provider.cancel(remote_id)
    assert provider.poll(remote_id) == Cancelled(may_have_billed=True)
    assert not provider.cancel(remote_id)


def test_a_lost_prediction_is_found_by_its_input(api: FakeReplicate, provider: Replicate) -> None:
    for seed in (1, 2):
        provider.submit(asked(f"door {seed}", seed=seed))
    failure(provider, "[drop] door 3")
    lost = next(each for each in api.predictions if "door 3" in each.prompt)
    assert provider.find(asked("[drop] door 3"), age_seconds=1) == [lost.id]
    assert provider.find(asked("[drop] door 3", seed=8), age_seconds=1) == []
    assert provider.find(asked("[drop] door 3"), age_seconds=3600) == []


def test_a_lost_prediction_is_found_behind_many_others(api: FakeReplicate, provider: Replicate) -> None:
    failure(provider, "[drop] door")
    lost = api.predictions[0]
    for number in range(150):
        api.world.create(MODEL.name, {"prompt": f"other {number}"}, cancel_after=None, token=TOKEN)
    assert provider.find(asked("[drop] door"), age_seconds=1) == [lost.id]


def test_without_a_seed_nothing_is_surely_ours(provider: Replicate) -> None:
    request = asked("a door", inputs={"prompt": "{prompt}"})
    provider.submit(request)
    assert provider.find(request, age_seconds=1) == []


@pytest.mark.parametrize("status", [400, 404, 422])
def test_other_refusals_are_for_good(status: int) -> None:
    assert classify(status, creating=True) is ErrorClass.PERMANENT


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_server_error_does_not_prove_that_nothing_was_created(status: int) -> None:
    assert classify(status, creating=True) is ErrorClass.AMBIGUOUS
    assert classify(status, creating=False) is ErrorClass.TRANSIENT
