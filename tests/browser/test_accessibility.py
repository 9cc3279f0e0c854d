"""Every page of the studio against WCAG 2.2 AA, as far as a program can tell: light and dark, on a desk and on a phone."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from app.accounts.access import SESSION_COOKIE
from app.accounts.models import User
from app.accounts.sessions import open_session
from app.core.database import db, transaction
from app.generation.models import Image, Job
from app.publishing.delete_job import delete_job
from app.publishing.image_trash import discard_unkept
from app.publishing.models import Page as PublishedPage
from app.publishing.trash_page import trash_page
from tests.services.application import MakeJob, Team
from tests.services.browsing import DESKTOP, PHONE, listen_for_trouble
from tests.services.completed import publish, publish_pages, set_writer
from tests.web.curation.filling import complete, fail, generate, images_of
from tests.web.curation.test_progress import backdate

__all__ = ["publish", "publish_pages", "set_writer"]

AXE = Axe()
RULES: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
WAYS = [(scheme, size) for scheme in ("light", "dark") for size in ("desk", "phone")]

STUDIO = {
    "accounts.account": "/account/",
    "notifications.page": "/notifications/",
    "generation.job_list": "/jobs/",
    "generation.new_job": "/jobs/new",
    "control.ask_cancel": "/jobs/{job}/cancel",
    "control.ask_stop": "/jobs/{job}/stop",
    "control.ask_rerun": "/images/{lost}/rerun",
    "fallbacks.ask": "/account/fallback",
    "publishing.publish_panel": "/jobs/{job}/publish",
    "publishing.my_pages": "/pages/",
    "publishing.review_queue": "/review/",
    "publishing.edit_page": "/pages/{page}/edit",
    "tags.listing": "/review/tags",
    "page_choices.ask": "/account/pages",
    "trash.trash": "/trash/",
    "trash.receipts": "/trash/receipts",
    "trash.ask_delete_job": "/jobs/{done}/delete",
    "trash.ask_delete_image": "/trash/images/{thrown_image}/delete",
    "trash.ask_delete_page": "/trash/pages/{thrown_page}/delete",
    "trash.ask_purge_job": "/trash/jobs/{thrown_job}/delete",
    "curation.sheet": "/jobs/{job}/",
    "curation.image": "/jobs/{job}/images/{failed}/",
    "board.page": "/operations/",
}
"""The page of each endpoint."""
FURTHER = (
    "/jobs/{job}/?q=lighthouse&sort=newest&show=unmarked",
    "/jobs/{job}/?show=trash",
    "/jobs/?state=failed",
    "/jobs/{page}/",
)
"""The same pages when they show something else; the last is not there."""
NOT_THE_STUDIO = {
    *("static", "operations.livez", "operations.readyz", "publishing.media", "pictures.picture"),
    *("site.home", "site.prompt_page", "site.author", "site.generator", "site.tag", "site.robots"),
    *("generation.active_jobs", "publishing.publish_progress", "board.live"),
    *("curation.tiles", "curation.order", "curation.changes", "standing.standing"),
    "accounts.sign_in",
}
"""Files, answers to machines, the public pages, parts of pages; the sign-in is looked at by itself."""


@pytest.fixture
def job(make_job: MakeJob) -> Job:
    """A job in the middle of its run, with a picture of every kind."""
    job = make_job(6, 2, title="Autumn covers")
    complete(job, range(6))
    fail(job, [6])
    fail(job, [7], error_type="quota", message="The account has no quota left.")
    fail(job, [8], error_type="ambiguous", message="The answer was lost.")
    generate(job, [9])
    ids = [image.id for image in images_of(job)]
    with transaction():
        for position, values in {0: {"mark": "keep"}, 1: {"mark": "reject"}, 2: {"rating": 4}}.items():
            db.session.execute(update(Image).where(Image.id == ids[position]).values(**values))
        db.session.execute(update(Job).where(Job.id == job.id).values(kept_count=1, rejected_count=1))
    return backdate(job, seconds=60, finished=[1, 12, 15, 31, 38, 41])


@pytest.fixture
def names(
    job: Job, team: Team, make_job: MakeJob, publish_pages: Callable[..., list[PublishedPage]]
) -> dict[str, UUID]:
    """What is filled into the addresses."""
    page, thrown_page = publish_pages(2)
    images = images_of(job)
    shown = {"job": job.id, "failed": images[6].id, "lost": images[8].id, "page": page.id, "done": page.job_id}
    return shown | thrown_away(team, make_job, thrown_page)


def thrown_away(team: Team, make_job: MakeJob, page: PublishedPage) -> dict[str, UUID]:
    """A picture, a page and a job in the trash."""
    who = {"workspace_id": team.workspace_id, "actor": team.actor}
    culled, deleted = make_job(2, title="Tea tins"), make_job(1, title="Postcards")
    for made in (culled, deleted):
        complete(made)
    discard_unkept(culled.id, **who)
    delete_job(deleted.id, **who)
    trash_page(page.id, **who)
    return {"thrown_image": images_of(culled)[0].id, "thrown_job": deleted.id, "thrown_page": page.id}


@pytest.fixture(params=WAYS, ids="-".join)
def page(request: pytest.FixtureRequest, browser: Browser, address: str, team: Team) -> Iterator[Page]:
    """A browser of somebody who may see everything."""
    scheme, size = request.param
    phone = size == "phone"
    context = browser.new_context(
        viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]
        color_scheme=scheme,
        reduced_motion="reduce",  # contrast is measured at rest, not in the middle of an animation
        has_touch=phone,
        is_mobile=phone,
        base_url=address,
    )
    with transaction():
        db.session.execute(update(User).where(User.id == team.owner).values(is_staff=True))
        token = open_session(team.owner, workspace_id=team.workspace_id)
    context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": address}])
    opened = context.new_page()
    troubles = listen_for_trouble(opened)
    yield opened
    opened.goto("about:blank")
    context.close()
    assert troubles == []


def problems(page: Page) -> list[str]:
    """What is wrong with the page as it is now."""
    found = AXE.run(page, options=RULES).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]} ({node['failureSummary']})" for rule in found for node in rule["nodes"]
    ]


def test_every_page_of_the_studio_is_looked_at(app: Flask) -> None:
    asked = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in rule.methods}
    assert asked == set(STUDIO) | NOT_THE_STUDIO


def test_the_pages_of_the_studio(page: Page, names: dict[str, UUID]) -> None:
    wrong = {}
    for path in (*STUDIO.values(), *FURTHER):
        page.goto(path.format(**names))
        if found := problems(page):
            wrong[path] = found
    assert wrong == {}


def test_what_opens_over_the_sheet(page: Page, job: Job, names: dict[str, UUID]) -> None:
    page.goto(f"/jobs/{job.id}/")
    wrong = {}
    for name, open_, shown in OPENED:
        open_(page)
        expect(page.locator(shown)).to_be_visible()
        expect(page.locator("[data-busy]")).to_have_count(0)  # nor between a button's two looks
        if found := problems(page):
            wrong[name] = found
        page.keyboard.press("Escape")
        expect(page.locator(shown)).to_be_hidden()
    assert wrong == {}


def click(selector: str) -> Callable[[Page], None]:
    return lambda page: page.locator(selector).click()


def key(name: str) -> Callable[[Page], None]:
    def press(page: Page) -> None:
        page.locator('.tile[data-position="0"]').focus()
        page.keyboard.press(name)

    return press


OPENED = [
    ("filters", click("#filters-open"), "#filters"),
    ("all that match", click("#matching-open"), "#matching"),
    ("help", click("#help-open"), "#help"),
    ("account menu", click(".who"), "#account-menu"),
    ("loupe", key("Enter"), "#loupe"),
    ("compare", key("c"), "#compare"),
    ("survey", key("n"), "#survey"),
    ("publish panel", click("#publish-open"), "#publish-panel"),
]


def test_the_key_dialog(page: Page, job: Job) -> None:
    page.goto(f"/jobs/{job.id}/")
    click("#help-open")(page)
    click('[data-changes="keep"]')(page)
    page.keyboard.press("x")
    assert problems(page) == []


def test_the_menu_of_a_tile(page: Page, job: Job) -> None:
    page.goto(f"/jobs/{job.id}/")
    touch = {"pointerType": "touch", "isPrimary": True, "bubbles": True, "clientX": 60, "clientY": 300}
    page.locator('.tile[data-position="2"]').dispatch_event("pointerdown", touch)
    expect(page.locator("#tile-menu")).to_be_visible()
    assert problems(page) == []


def test_the_sign_in(page: Page) -> None:
    page.context.clear_cookies()
    page.goto("/login")
    assert problems(page) == []


def test_the_first_visit(page: Page) -> None:
    page.goto("/jobs/")
    expect(page.locator("#first-job")).to_be_visible()
    assert problems(page) == []
