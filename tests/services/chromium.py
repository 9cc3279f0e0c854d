"""The browser that `make test` has found or fetched."""

from pathlib import Path

import pytest

from tests.services.browser import find_browser


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Path of a Chromium or Chrome program; the run fails, and does not skip, without one."""
    found = find_browser()
    if found is None:
        pytest.fail("There is no Chromium for the browser tests: `make test` fetches one.")
    return found
