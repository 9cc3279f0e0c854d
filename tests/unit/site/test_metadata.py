"""Lengths and alternative text."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from app.publishing.snippet import alt_text
from app.site.cursor import Cursor


def test_the_alternative_text_names_title_generator_and_origin() -> None:
    assert alt_text("A Red Fox", "DALL-E") == "A Red Fox - DALL-E Prompt - AI-generated image"


@pytest.mark.parametrize("generator", ["DALL-E", "Stable Diffusion"])
def test_only_the_title_is_shortened(generator: str) -> None:
    alt = alt_text("word " * 60, generator)

    assert len(alt) <= 125
    assert alt.endswith(f"… - {generator} Prompt - AI-generated image")


def test_a_cursor_survives_its_way_through_an_address() -> None:
    cursor = Cursor(datetime(2026, 11, 20, 14, 5, 6, 123456, tzinfo=UTC), uuid4())

    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "x", "1-", "-", "9" * 40 + "-" + "0" * 32, "1-zz", "' OR 1=1"])
def test_what_is_no_cursor_is_the_beginning(text: str) -> None:
    assert Cursor.parse(text) is None
