"""The models that this process asks about pictures. Their clients must be made after a fork: at their first use."""

from collections.abc import Callable
from threading import Lock
from typing import TypeVar, cast

from flask import current_app

from app.generation.studio import studio
from app.moderation.interface import Moderator
from app.moderation.registry import make_moderator
from app.moderation.severities import Severities
from app.writing.interface import Writer
from app.writing.registry import make_writer

MODERATE_SECONDS = 15.0

T = TypeVar("T")

_making = Lock()


def current_writer() -> Writer:
    """The writer there is a key for, else the embedded one."""
    return _made("writer", _writer)


def current_moderator() -> Moderator:
    """The moderator there is a key for, else the embedded one. Raises ConfigurationError."""
    return _made("moderator", _moderator)


def _made(name: str, make: Callable[[], T]) -> T:
    with _making:
        if name not in current_app.extensions:
            current_app.extensions[name] = make()
        return cast(T, current_app.extensions[name])


def _writer() -> Writer:
    settings = studio().settings
    return make_writer(
        openai_key=settings.openai_key,
        openai_base_url=settings.openai_base_url,
        model=settings.writer_model,
        timeout_seconds=settings.writer_seconds,
    )


def _moderator() -> Moderator:
    settings = studio().settings
    return make_moderator(
        openai_key=settings.openai_key,
        openai_base_url=settings.openai_base_url,
        model=settings.moderation_model,
        severities=Severities.load(settings.severities),
        timeout_seconds=MODERATE_SECONDS,
    )
