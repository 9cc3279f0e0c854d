"""Browser tests of an application in this process: what a page does and looks like does not depend on the database."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.services.serving import serving


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application answers."""
    with serving(app) as answering:
        yield answering
