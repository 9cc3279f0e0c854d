"""A contact sheet in a real browser, served by the application in this process."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from app.accounts.access import SESSION_COOKIE
from app.accounts.sessions import open_session
from app.core.database import transaction
from app.generation.models import Job
from tests.browser.sheet.sheet_page import SheetPage
from tests.services.application import Team

OpenSheet = Callable[..., SheetPage]


@pytest.fixture
def open_sheet(browser: Browser, address: str, team: Team) -> Iterator[OpenSheet]:
    """Open the sheet of a job as its team's editor: `open_sheet(job, phone=True)`. Errors in the page fail the test.

    `role` is another member of the team, `size` another window.
    """
    errors: list[str] = []
    contexts = []

    def open_(
        job: Job,
        *,
        phone: bool = False,
        query: str = "",
        role: str = "editor",
        size: tuple[int, int] = (1200, 800),
    ) -> SheetPage:
        width, height = (390, 844) if phone else size
        window = {"width": width, "height": height}
        context = browser.new_context(viewport=window, has_touch=phone, is_mobile=phone, base_url=address)
        contexts.append(context)
        with transaction():
            token = open_session(getattr(team, role), workspace_id=team.workspace_id)
        context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": address}])
        page = context.new_page()
        _watch(page, errors)
        page.goto(f"/jobs/{job.id}/{query}")
        return SheetPage(page, job)

    yield open_
    for context in contexts:
        context.close()
    assert not errors


def _watch(page: Page, errors: list[str]) -> None:
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
