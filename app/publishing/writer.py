"""The writer of this process, made at its first use: its client must be made after a fork."""

from threading import Lock
from typing import cast

from flask import current_app

from app.generation.studio import studio
from app.writing.interface import Writer
from app.writing.registry import make_writer

_making = Lock()


def current_writer() -> Writer:
    """The writer there is a key for, else the embedded one."""
    with _making:
        if "writer" not in current_app.extensions:
            settings = studio().settings
            current_app.extensions["writer"] = make_writer(
                openai_key=settings.openai_key, openai_base_url=settings.openai_base_url, model=settings.writer_model
            )
        return cast(Writer, current_app.extensions["writer"])
