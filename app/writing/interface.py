"""What describes a picture in words: title, description and tags, from the picture and the prompt it was made with."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.core.errors import WriterError


class Failure(StrEnum):
    """Why a page could not be written, as far as what helps against it differs."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    KEY = "key"
    LIMIT = "limit"
    SERVER = "server"
    REJECTED = "rejected"
    """The request was not accepted; asked again, it will not be either."""
    REFUSED = "refused"
    FILTERED = "filtered"
    CUT_SHORT = "cut_short"
    INCOMPLETE = "incomplete"
    UNUSABLE = "unusable"
    PICTURE = "picture"
    """The picture could not be read."""
    LOST = "lost"
    """The process that asked died again and again."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a writer is given.

    `picture` holds the bytes of one picture of `media_type`, about 600 pixels wide; `prompt` is the one that was sent;
    `known_tags` are the names a tag may have; `language` is a code of app.writing.languages.
    """

    picture: bytes
    media_type: str
    prompt: str
    generator: str
    known_tags: tuple[str, ...]
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a call has used, as the writer's provider counts it."""

    input: int
    output: int


@dataclass(frozen=True, slots=True)
class Written:
    """What a writer gave, within the limits of `app.writing.limits`. A partial answer has empty fields.

    `violations` are sentences about what the picture may not show; `relevance_score` says from 0 to 1 how well the
    picture answers its prompt; `model` names who wrote, `demo` for the embedded writer; `new_tags` are words that the
    list of known tags lacks, for staff to decide about.
    """

    title: str
    description: str
    tags: tuple[str, ...]
    violations: tuple[str, ...]
    relevance_score: float | None
    relevance_explanation: str
    model: str
    new_tags: tuple[str, ...] = ()
    tokens: Tokens | None = None


class Unwritten(WriterError):
    """Nothing complete came. `partial` holds what can be used all the same, or None.

    `tokens` were used all the same. `retry_after`: the account is at its limit for so many seconds; None for all else.
    """

    def __init__(
        self,
        failure: Failure,
        message: str,
        *,
        partial: Written | None = None,
        tokens: Tokens | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.failure = failure
        self.partial = partial
        self.tokens = tokens
        self.retry_after = retry_after


class Writer(Protocol):
    model: str

    def write(self, brief: Brief) -> Written:
        """Describe one picture. Raises Unwritten, and nothing else, when that did not work."""
        ...
