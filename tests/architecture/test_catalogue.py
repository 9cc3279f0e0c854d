"""The models offered and the providers that make them belong together."""

import pytest

from app.providers.catalogue import Catalogue, Model
from app.providers.registry import ProviderKeys, Providers

CATALOGUE = Catalogue.load()
PROVIDERS = Providers(ProviderKeys(openai_api_key="sk-none", replicate_api_token="r8_none"))


def test_every_provider_has_a_model_and_every_model_a_provider() -> None:
    assert {model.provider for model in CATALOGUE.models} == PROVIDERS.names


@pytest.mark.parametrize("name", sorted({model.provider for model in CATALOGUE.models}))
def test_a_provider_is_called_as_it_is_listed(name: str) -> None:
    provider = PROVIDERS.remote(name) if PROVIDERS.is_remote(name) else PROVIDERS.get(name)
    assert provider.name == name


@pytest.mark.parametrize("model", CATALOGUE.models, ids=lambda model: model.id)
def test_a_model_can_be_used_or_says_why_not(model: Model) -> None:
    assert model.has_price == (PROVIDERS.usable(model) is None)


def test_exactly_the_demo_needs_no_key() -> None:
    assert {model.id for model in CATALOGUE.models if not model.needs_key} == {"demo/painter"}
    assert {model.id for model in CATALOGUE.models if model.is_demo} == {"demo/painter"}


def test_models_of_one_limit_belong_to_one_provider() -> None:
    groups: dict[str, set[str]] = {}
    for model in CATALOGUE.models:
        groups.setdefault(model.limit_group, set()).add(model.provider)
    assert all(len(providers) == 1 for providers in groups.values())
