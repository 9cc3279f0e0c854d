"""The providers of this installation, by name, and whether a model can be used."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from app.core.clock import utc_now
from app.core.errors import UnknownModel
from app.providers.interface import ImageProvider
from app.providers.model import Model


@dataclass(frozen=True, slots=True)
class ProviderKeys:
    """What the providers need from the settings. The key does not appear in `repr`. Seconds; the rate is 0 to 1."""

    openai_api_key: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None
    demo_latency_seconds: float = 1.5
    demo_latency_jitter_seconds: float = 0.5
    demo_failure_rate: float = 0.0


class Providers:
    """Makes each provider once, when it is first asked for. Safe to share between threads."""

    def __init__(self, keys: ProviderKeys) -> None:
        self._keys = keys
        self._made: dict[str, ImageProvider] = {}
        self._lock = threading.Lock()
        self._makers: dict[str, Callable[[], ImageProvider]] = {"openai": self._openai, "demo": self._demo}

    def get(self, provider_name: str) -> ImageProvider:
        """The provider. Raises UnknownModel if there is none of this name, or it has no key."""
        if provider_name not in self._makers:
            raise UnknownModel(f"There is no provider {provider_name!r}.")
        if reason := self._missing_key(provider_name):
            raise UnknownModel(f"The provider {provider_name} cannot be used: {reason}.")
        with self._lock:
            if provider_name not in self._made:
                self._made[provider_name] = self._makers[provider_name]()
            return self._made[provider_name]

    def usable(self, model: Model, *, today: date | None = None) -> str | None:
        """None if pictures can be made with the model, else the reason, as a person should read it."""
        if model.provider not in self._makers:
            return f"there is no provider named {model.provider}"
        if reason := self._missing_key(model.provider):
            return reason
        if model.shutdown_date is not None and model.shutdown_date <= (today or utc_now().date()):
            return f"it was shut down on {model.shutdown_date.isoformat()}"
        if not model.has_price:
            return "no price is known; set one in PROOFSHEET_CATALOGUE"
        return None

    def credential(self, provider: str) -> str:
        """A short fingerprint of the account that pays, for the names of limits. The key cannot be had back from it."""
        if provider != "openai":
            return "local"
        account = f"{self._keys.openai_api_key or ''}\n{self._keys.openai_base_url or ''}"
        return hashlib.blake2b(account.encode(), digest_size=8, person=b"proofsheet").hexdigest()

    def _missing_key(self, provider: str) -> str | None:
        return "OPENAI_API_KEY is not set" if provider == "openai" and not self._keys.openai_api_key else None

    def _openai(self) -> ImageProvider:
        from app.providers.openai import OpenAIImages  # noqa: PLC0415  each process imports what it uses

        return OpenAIImages(self._keys.openai_api_key or "", self._keys.openai_base_url)

    def _demo(self) -> ImageProvider:
        from app.providers.demo import DemoPainter  # noqa: PLC0415  the painter loads Pillow

        return DemoPainter(
            latency_seconds=self._keys.demo_latency_seconds,
            latency_jitter_seconds=self._keys.demo_latency_jitter_seconds,
            failure_rate=self._keys.demo_failure_rate,
        )
