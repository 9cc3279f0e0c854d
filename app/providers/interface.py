"""What every image provider offers: one call that makes a picture, or a job at the provider that is asked about later.

What a model can do and what it costs (capabilities, estimate) is data, in the catalogue; what goes wrong is classified
by the provider itself, as a ProviderError. docs/providers.md says how a provider is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.core.errors import ProviderError


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """One picture to make. `model` is the provider's own name, without the provider in front.

    Sizes are pixels. `seed` is used by the providers that know seeds; the others ignore it. `timeout_seconds` is for
    one call, `deadline_seconds` for a whole remote job. `inputs` and `ratio` are what the catalogue says of the model:
    the form of its input, and the aspect ratio that stands for the size.
    """

    prompt: str
    model: str
    width: int
    height: int
    quality: str
    seed: int
    timeout_seconds: float
    deadline_seconds: float = 0.0
    inputs: Mapping[str, Any] = field(default_factory=dict)
    ratio: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens a provider says it has charged for: text in, pictures in, picture out."""

    text_tokens: int
    image_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Generated:
    """A provider's answer: the untouched bytes of the picture, and what it told about them."""

    content: bytes
    request_id: str | None
    revised_prompt: str | None
    usage: Usage | None
    limit_per_minute: float | None = None
    """The limit that the provider named, if it named one: calls a minute."""


class ImageProvider(Protocol):
    """Makes pictures. Safe to use from many threads of one process."""

    @property
    def name(self) -> str:
        """The provider's part of a model id, "openai" in "openai/gpt-image-2"."""
        ...

    def generate(self, request: ImageRequest) -> Generated:
        """Make one picture in one call, without retries. Raises ProviderError and nothing else."""
        ...


@dataclass(frozen=True, slots=True)
class Submitted:
    """The provider has taken the job and calls it so."""

    remote_id: str


@dataclass(frozen=True, slots=True)
class Working:
    """The job has not ended."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The job has ended without a picture, for this reason."""

    error: ProviderError


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The job was cancelled, by us or by somebody at the provider."""

    may_have_billed: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """The provider knows nothing of the job, or has deleted its picture. `reason` is a sentence."""

    reason: str


Polled = Generated | Working | Ended | Cancelled | Gone


class RemoteProvider(Protocol):
    """Makes pictures in jobs of its own, which go on whatever happens to us. Safe to use from many threads.

    No call may wait for the picture. Each raises ProviderError and nothing else.
    """

    @property
    def name(self) -> str:
        """The provider's part of a model id."""
        ...

    def submit(self, request: ImageRequest) -> Submitted:
        """Start a job, once, without retries. An error that does not prove that none was started is AMBIGUOUS."""
        ...

    def poll(self, remote_id: str) -> Polled:
        """What has become of the job, with the picture's bytes when it is there.

        Raises ProviderError when the provider could not be asked, which says nothing about the job: ask again later.
        """
        ...

    def cancel(self, remote_id: str) -> bool:
        """Ask for the end of the job. True when the provider agrees; whether it was in time is told by `poll`."""
        ...

    def find(self, request: ImageRequest, *, age_seconds: float) -> list[str]:
        """Jobs that were started by this very request about so long ago: one whose answer was lost is among them.

        Nothing when the provider cannot tell them from others with certainty.
        """
        ...
