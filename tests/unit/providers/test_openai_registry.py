from dataclasses import replace
from datetime import date

import pytest

from app.core.errors import UnknownModel
from app.providers.catalogue import Catalogue
from app.providers.openai import OpenAIImages
from app.providers.registry import ProviderKeys, Providers

KEY = "sk-proj-Secret_0123456789"
FLARE = Catalogue.load().model("openai/gpt-image-2.5-flare")


def test_a_model_without_its_key_says_which_variable_is_missing() -> None:
    assert Providers(ProviderKeys()).usable(FLARE) == "OPENAI_API_KEY is not set"
    assert Providers(ProviderKeys(openai_api_key=KEY)).usable(FLARE) is None


def test_the_demo_needs_nothing() -> None:
    providers = Providers(ProviderKeys())
    assert providers.usable(Catalogue.load().model("demo/painter")) is None
    assert providers.credential("demo") == "local"


def test_the_default_is_the_first_usable_model() -> None:
    def first(keys: ProviderKeys) -> str:
        return next(model.id for model in Catalogue.load().models if Providers(keys).usable(model) is None)

    assert first(ProviderKeys()) == "demo/painter"
    assert first(ProviderKeys(openai_api_key=KEY)) == "openai/gpt-image-2.5-flare"


def test_models_without_price_past_their_end_or_of_strangers_are_not_usable() -> None:
    providers = Providers(ProviderKeys(openai_api_key=KEY))
    assert "no price" in (providers.usable(Catalogue.load().model("openai/gpt-image-2")) or "")
    ending = replace(FLARE, shutdown_date=date(2026, 12, 1))
    assert providers.usable(ending, today=date(2026, 11, 30)) is None
    assert providers.usable(ending, today=date(2026, 12, 1)) == "it was shut down on 2026-12-01"
    assert providers.usable(replace(FLARE, provider="acme")) == "there is no provider named acme"


def test_a_provider_is_made_once() -> None:
    providers = Providers(ProviderKeys(openai_api_key=KEY))
    assert isinstance(providers.get("openai"), OpenAIImages)
    assert providers.get("openai") is providers.get("openai")


@pytest.mark.parametrize("name", ["acme", "openai"])
def test_a_provider_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(UnknownModel, match=name):
        Providers(ProviderKeys()).get(name)


def test_the_fingerprint_tells_accounts_apart_and_hides_the_key() -> None:
    one, other = (Providers(ProviderKeys(openai_api_key=key)).credential("openai") for key in (KEY, KEY + "x"))
    assert one != other
    assert one == Providers(ProviderKeys(openai_api_key=KEY)).credential("openai")
    assert KEY not in one
    assert len(one) == 16
    assert KEY not in repr(ProviderKeys(openai_api_key=KEY))
