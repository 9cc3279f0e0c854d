"""What describes a picture in words: title, description and tags, from the picture and the prompt it was made with."""

from dataclasses import dataclass
from typing import Protocol

from app.core.errors import WriterError


@dataclass(frozen=True, slots=True)
class Brief:
    """What a writer is given.

    `picture` holds the bytes of one picture of `media_type`, about 600 pixels wide; `prompt` is the one that was sent;
    `known_tags` are the names a tag may have.
    """

    picture: bytes
    media_type: str
    prompt: str
    generator: str
    known_tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What a writer gave, within the limits of `app.writing.limits`. A partial answer has empty fields.

    `violations` are sentences about what the picture may not show; `relevance_score` says from 0 to 1 how well the
    picture answers its prompt; `model` names who wrote, `demo` for the embedded writer.
    """

    title: str
    description: str
    tags: tuple[str, ...]
    violations: tuple[str, ...]
    relevance_score: float | None
    relevance_explanation: str
    model: str


class Unwritten(WriterError):
    """Nothing complete came. `partial` holds what can be used all the same, or None."""

    def __init__(self, message: str, *, partial: Written | None = None) -> None:
        super().__init__(message)
        self.partial = partial


class Writer(Protocol):
    model: str

    def write(self, brief: Brief) -> Written:
        """Describe one picture. Raises Unwritten, and nothing else, when that did not work."""
        ...
