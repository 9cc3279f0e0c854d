"""A job form that can be started."""

from collections.abc import Callable
from uuid import uuid4

import pytest

Fill = Callable[..., dict[str, str]]


@pytest.fixture
def fill() -> Fill:
    """The fields of a form without problems, changed as the test wants."""

    def make(**changes: str) -> dict[str, str]:
        fields = {
            "form_token": str(uuid4()),
            "mode": "paste",
            "prompts": "a lighthouse\n---\na red mailbox\nin the frost",
            "model": "demo/painter",
            "choices_for": "demo/painter",
            "quality": "medium",
            "size": "1024x1024",
            "images_per_prompt": "2",
            "visibility": "public",
            "priority": "normal",
            "character_description": "",
            "fallback_prompt": "",
            "title": "",
            "generator": "",
        }
        return fields | changes

    return make
