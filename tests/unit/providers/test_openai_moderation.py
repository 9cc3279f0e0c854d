import pytest

from app.core.errors import ErrorClass, ProviderError
from app.providers.openai_moderation import moderate_texts
from tests.fakes.openai_api import FakeOpenAI

KEY = "sk-proj-Secret_0123456789"


def test_all_texts_are_judged_in_one_call() -> None:
    with FakeOpenAI() as api:
        flags = moderate_texts(["a cat", "a [flag] cat", "a dog"], api_key=KEY, base_url=api.base_url)
        assert flags == [False, True, False]
        assert len(api.calls) == 1


def test_nothing_to_judge_is_no_call() -> None:
    with FakeOpenAI() as api:
        assert moderate_texts([], api_key=KEY, base_url=api.base_url) == []
        assert api.calls == []


def test_a_refused_key_is_said_without_the_key() -> None:
    with FakeOpenAI(key="sk-other") as api, pytest.raises(ProviderError) as raised:
        moderate_texts(["a cat"], api_key=KEY, base_url=api.base_url)
    assert raised.value.kind is ErrorClass.AUTH
    assert KEY not in raised.value.message


def test_a_server_error_is_transient() -> None:
    with FakeOpenAI() as api:
        api.script("server-error", path="/v1/moderations")
        with pytest.raises(ProviderError) as raised:
            moderate_texts(["a cat"], api_key=KEY, base_url=api.base_url)
    assert raised.value.kind is ErrorClass.TRANSIENT
