"""Two hundred titles made to attack, in every place where titles appear: the page has the tags it has with any other title."""

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask
from sqlalchemy import update
from structlog.testing import capture_logs

from app.accounts.models import User
from app.core.database import transaction
from app.generation.models import Job
from app.notifications.notify import notify
from app.publishing.edit_page import After, Text, edit_page
from app.publishing.models import Page
from app.publishing.slug import slug_base
from app.publishing.tell import tell_decision
from app.writing.interface import Failure, Unwritten
from tests.services.application import Team
from tests.services.completed import PublishPages, SetWriter, pages_of, written
from tests.services.hostile import MEGABYTE, TITLES
from tests.web.visitor import Visitor

AT_ONCE = 20
JSON_LD = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
ADDRESSES = {"href", "src", "action", "formaction", "hx-get", "hx-post", "poster", "data"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


class Structure(HTMLParser):
    """Every tag with the names of its attributes, and every address."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.addresses += [value or "" for name, value in attrs if name in ADDRESSES]


def same_as(harmless: str, html: str) -> Structure:
    """Fails unless both have the same tags with the same attributes, and no address is a script."""
    found = Structure(html)
    assert found.tags == Structure(harmless).tags
    assert not [each for each in found.addresses if each.strip().lower().startswith(("javascript:", "//"))]
    return found


def name_them(pages: list[Page], titles: tuple[str, ...]) -> None:
    """Straight into the rows, past everything that would clean them."""
    with transaction() as session:
        for page, title in zip(pages, titles, strict=True):
            words = {"title": title, "description": f"It shows {title}", "prompt": f"Paint {title}"}
            reason = {"review_reason": f"The writer found: {title}"}
            session.execute(update(Page).where(Page.id == page.id).values(**words, **reason))
        session.execute(update(Job).where(Job.id == pages[0].job_id).values(title=titles[0]))


@pytest.fixture
def staff(app: Flask, team: Team) -> Visitor:
    with transaction() as session:
        session.get_one(User, team.owner).is_staff = True
    return Visitor(app).be(team.owner)


def harmless(number: int) -> str:
    return f"A quiet lighthouse over the sea, number {number}"


def rounds() -> Iterator[tuple[str, ...]]:
    for start in range(0, len(TITLES), AT_ONCE):
        yield TITLES[start : start + AT_ONCE]


def look_everywhere(pages: list[Page], titles: tuple[str, ...], look: Callable[[], list[str]]) -> None:
    name_them(pages, tuple(harmless(number) for number in range(len(pages))))
    before = look()
    for hostile in (titles[start : start + AT_ONCE] for start in range(0, len(titles), AT_ONCE)):
        name_them(pages, hostile)
        for expected, html in zip(before, look(), strict=True):
            same_as(expected, html)


def test_public_pages_and_walls(app: Flask, publish_pages: PublishPages) -> None:
    pages, stranger = publish_pages(AT_ONCE), Visitor(app)
    addresses = [f"/prompt/{page.slug}/" for page in pages]
    walls = ["/", "/generators/other/", f"/authors/{pages[0].author.handle}/"]

    look_everywhere(pages, TITLES, lambda: [stranger.get(path).text for path in (*addresses, *walls)])


def test_head_and_json_ld_hold_the_title_and_nothing_else(app: Flask, publish_pages: PublishPages) -> None:
    pages, stranger = publish_pages(AT_ONCE), Visitor(app)
    for titles in rounds():
        name_them(pages, titles)
        for page, title in zip(pages, titles, strict=True):
            html = stranger.get(f"/prompt/{page.slug}/").text
            picture, crumbs = (json.loads(block) for block in JSON_LD.findall(html))
            assert picture["name"] == title
            assert crumbs["itemListElement"][-1]["name"] == title
            head = html[: html.index("</head>")]
            assert "<script>alert" not in head
            assert not re.search(r"<(img|svg|iframe|base|form)\b", head)


def test_lists_panel_queue_editor_preview_and_notifications(
    app: Flask, team: Team, staff: Visitor, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_writer(Unwritten(Failure.REFUSED, "It refused."))
    pages = publish_pages(AT_ONCE)
    job, first = pages[0].job_id, pages[0].id
    paths = [
        "/pages/",
        "/pages/?state=needs_review",
        "/review/",
        f"/jobs/{job}/publish",
        f"/jobs/{job}/publish/progress",
        f"/pages/{first}/edit?from=review",
        f"/jobs/{job}/",
        "/jobs/",
    ]

    look_everywhere(pages, TITLES, lambda: [staff.get(path).text for path in paths])


def test_notifications(app: Flask, team: Team, staff: Visitor, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]
    for number, title in enumerate(TITLES[:40]):
        with transaction() as session:
            notify(team.workspace_id, "page.refused", f"test:{number}", f"The page “{title}” was refused.", page.job_id)
            mine = session.get_one(Page, page.id)
            mine.title = title
            if number == 0:
                tell_decision(mine, "was approved", "page.approved")

    found = Structure(staff.get("/notifications/").text)

    assert not {tag for tag, _ in found.tags} & {"iframe", "base", "img"}
    assert not [names for _, names in found.tags if {"onerror", "onload", "onmouseover", "onfocus"} & set(names)]


@pytest.mark.parametrize("title", [*TITLES[::17], MEGABYTE], ids=lambda title: repr(title[:30]))
def test_what_a_writer_answers_is_cut_and_cleaned_first(
    app: Flask, set_writer: SetWriter, publish_pages: PublishPages, title: str
) -> None:
    set_writer(written(title, description=title * 3, relevance_explanation=title))

    page = publish_pages(1)[0]
    html = Visitor(app).get(f"/prompt/{page.slug}/").text

    assert page.state == "published"
    assert len(str(page.slug)) <= 180
    assert re.fullmatch(r"[a-z0-9-]+", str(page.slug))
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_a_person_can_type_neither_a_megabyte_nor_steering_characters(team: Team, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]

    with pytest.raises(Exception, match="may have 120 characters"):
        edit_page(page.id, Text(MEGABYTE, "", []), After.KEEP, workspace_id=None, actor=team.actor, is_staff=True)
    edit_page(page.id, Text("Left \u202e right \x00 \u2066up", "", []), After.KEEP, workspace_id=None, actor=team.actor)

    assert pages_of(page.job_id)[0].title == "Left right up"


def test_the_preview_of_a_megabyte_is_short(app: Flask, team: Team, publish_pages: PublishPages) -> None:
    page, browser = publish_pages(1)[0], Visitor(app).be(team.editor)
    path = f"/pages/{page.id}/preview"

    short = browser.post(path, {"title": "x" * 100_000, "description": "</script>" * 10_000}, htmx=True)
    large = browser.post(path, {"title": MEGABYTE, "description": ""}, htmx=True)

    assert short.status_code == 200
    assert len(short.text) < 20_000
    assert large.status_code in {200, 413}
    assert "<b><b>" not in large.text


def test_slugs_of_all_titles_are_plain() -> None:
    for title in (*TITLES, MEGABYTE):
        assert re.fullmatch(r"[a-z0-9-]{1,180}", slug_base(title))


def test_nothing_of_a_title_or_a_prompt_is_logged(set_writer: SetWriter, publish_pages: PublishPages) -> None:
    set_writer(written("Zanzibar Quixotic Title of a Page", description="Zanzibar"))

    with capture_logs() as logged:
        publish_pages(("a quixotic zanzibar prompt",))

    assert {"job_published", "page_written"} <= {entry["event"] for entry in logged}
    assert "zanzibar" not in str(logged).lower()
