"""What every image provider offers: one call that makes one picture or raises one kind of error."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """One picture to make. `model` is the provider's own name, without the provider in front.

    Sizes are pixels. `seed` is used by the providers that know seeds; the others ignore it.
    """

    prompt: str
    model: str
    width: int
    height: int
    quality: str
    seed: int
    timeout_seconds: float


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


class ImageProvider(Protocol):
    """Makes pictures. Safe to use from many threads of one process."""

    @property
    def name(self) -> str:
        """The provider's part of a model id, "openai" in "openai/gpt-image-2"."""
        ...

    def generate(self, request: ImageRequest) -> Generated:
        """Make one picture in one call, without retries. Raises ProviderError and nothing else."""
        ...
