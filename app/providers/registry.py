"""The providers of this installation, by name, and whether a model can be used."""

import hashlib
import threading
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import date

from app.core.clock import utc_now
from app.core.errors import UnknownModel
from app.providers.interface import ImageProvider, RemoteProvider
from app.providers.model import Model


@dataclass(frozen=True, slots=True)
class ProviderKeys:
    """What the providers need from the settings. The key does not appear in `repr`. Seconds; the rate is 0 to 1."""

    openai_api_key: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None
    replicate_api_token: str | None = field(default=None, repr=False)
    replicate_base_url: str | None = None
    replicate_file_host: str = "replicate.delivery"
    demo_latency_seconds: float = 1.5
    demo_latency_jitter_seconds: float = 0.5
    demo_failure_rate: float = 0.0


class Providers:
    """Makes each provider once, when it is first asked for. Safe to share between threads."""

    def __init__(self, keys: ProviderKeys) -> None:
        self._keys = keys
        self._made: dict[str, ImageProvider] = {}
        self._made_remote: dict[str, RemoteProvider] = {}
        self._lock = threading.Lock()
        self._direct: dict[str, Callable[[], ImageProvider]] = {"openai": self._openai, "demo": self._demo}
        self._remote: dict[str, Callable[[], RemoteProvider]] = {"replicate": self._replicate}

    @property
    def names(self) -> frozenset[str]:
        return frozenset({*self._direct, *self._remote})

    def get(self, provider_name: str) -> ImageProvider:
        """A provider that answers in one call. Raises UnknownModel if there is none of this name, or it has no key."""
        self._check(provider_name, self._direct)
        with self._lock:
            if provider_name not in self._made:
                self._made[provider_name] = self._direct[provider_name]()
            return self._made[provider_name]

    def is_remote(self, provider_name: str) -> bool:
        """Whether it makes pictures in jobs of its own, which are asked about."""
        return provider_name in self._remote

    def remote(self, provider_name: str) -> RemoteProvider:
        """A provider with jobs of its own. Raises UnknownModel if there is none of this name, or it has no key."""
        self._check(provider_name, self._remote)
        with self._lock:
            if provider_name not in self._made_remote:
                self._made_remote[provider_name] = self._remote[provider_name]()
            return self._made_remote[provider_name]

    def _check(self, provider_name: str, makers: Container[str]) -> None:
        if provider_name not in makers:
            raise UnknownModel(f"There is no provider {provider_name!r}.")
        if reason := self._missing_key(provider_name):
            raise UnknownModel(f"The provider {provider_name} cannot be used: {reason}.")

    def usable(self, model: Model, *, today: date | None = None) -> str | None:
        """None if pictures can be made with the model, else the reason, as a person should read it."""
        if model.provider not in self.names:
            return f"there is no provider named {model.provider}"
        if model.disabled_reason is not None:
            return f"it is switched off: {model.disabled_reason}"
        if reason := self._missing_key(model.provider):
            return reason
        if model.shutdown_date is not None and model.shutdown_date <= (today or utc_now().date()):
            return f"it was shut down on {model.shutdown_date.isoformat()}"
        if not model.has_price:
            return "no price is known; set one in PROOFSHEET_CATALOGUE"
        return None

    def credential(self, provider: str) -> str:
        """A short fingerprint of the account that pays, for the names of limits. The key cannot be had back from it."""
        accounts = {
            "openai": (self._keys.openai_api_key, self._keys.openai_base_url),
            "replicate": (self._keys.replicate_api_token, self._keys.replicate_base_url),
        }
        if provider not in accounts:
            return "local"
        account = "\n".join(part or "" for part in accounts[provider])
        return hashlib.blake2b(account.encode(), digest_size=8, person=b"proofsheet").hexdigest()

    def _missing_key(self, provider: str) -> str | None:
        keys = {
            "openai": ("OPENAI_API_KEY", self._keys.openai_api_key),
            "replicate": ("REPLICATE_API_TOKEN", self._keys.replicate_api_token),
        }
        variable, key = keys.get(provider, ("", "none is needed"))
        return None if key else f"{variable} is not set"

    def _openai(self) -> ImageProvider:
        from app.providers.openai import OpenAIImages  # noqa: PLC0415  each process imports what it uses

        return OpenAIImages(self._keys.openai_api_key or "", self._keys.openai_base_url)

    def _replicate(self) -> RemoteProvider:
        from app.providers.replicate import Replicate  # noqa: PLC0415  as above

        token, keys = self._keys.replicate_api_token or "", self._keys
        return Replicate(token, keys.replicate_base_url, file_host=keys.replicate_file_host)

    def _demo(self) -> ImageProvider:
        from app.providers.demo import DemoPainter  # noqa: PLC0415  the painter loads Pillow

        return DemoPainter(
            latency_seconds=self._keys.demo_latency_seconds,
            latency_jitter_seconds=self._keys.demo_latency_jitter_seconds,
            failure_rate=self._keys.demo_failure_rate,
        )
