"""Walls of pictures: published ones only, newest first, page by page."""

import re

import pytest
from flask import Flask
from sqlalchemy import event

from app.core.database import db
from app.site import views
from tests.services.completed import PublishPages, SetWriter, written
from tests.web.visitor import Visitor

LINK = re.compile(r'href="(/prompt/[^"]+)"')
NEXT = re.compile(r'rel="next" href="([^"]+)"')


def test_home_shows_published_pages_newest_first(app: Flask, publish_pages: PublishPages) -> None:
    pages = publish_pages(3)
    draft = publish_pages(1, visibility="private")[0]

    html = Visitor(app).get("/").text

    assert LINK.findall(html) == [f"/prompt/{page.slug}/" for page in reversed(pages)]
    assert draft.title not in html or f"/prompt/{draft.slug}/" not in html


def test_an_empty_site_says_so(app: Flask) -> None:
    assert "Nothing is published yet" in Visitor(app).get("/").text


def test_every_page_is_reached_once_by_going_on(
    app: Flask, publish_pages: PublishPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PICTURES_SHOWN", 2)
    pages, browser = publish_pages(5), Visitor(app)

    seen, address = [], "/"
    while address:
        html = browser.get(address).text
        seen += LINK.findall(html)
        address = found[1] if (found := NEXT.search(html)) else ""

    assert seen == [f"/prompt/{page.slug}/" for page in reversed(pages)]


def test_home_asks_the_database_as_often_for_many_pages_as_for_one(app: Flask, publish_pages: PublishPages) -> None:
    browser, counted = Visitor(app), []
    event.listen(db.engine, "before_cursor_execute", lambda *_: counted.append(1))
    publish_pages(1)
    counted.clear()
    browser.get("/")
    one = len(counted)
    publish_pages(6)
    counted.clear()

    browser.get("/")

    assert len(counted) == one


def test_author_generator_and_tag_have_their_walls(
    app: Flask, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_writer(written())
    page = publish_pages(1, generator="DALL-E")[0]
    browser = Visitor(app)

    for address in (f"/authors/{page.author.handle}/", "/generators/dall-e/", "/tags/lighthouse/"):
        assert LINK.findall(browser.get(address).text) == [f"/prompt/{page.slug}/"]
    for address in ("/authors/nobody/", "/generators/nothing/", "/tags/nothing/"):
        assert browser.get(address).status_code == 404
    assert LINK.findall(browser.get("/generators/midjourney/").text) == []


def test_a_senseless_cursor_is_the_beginning(app: Flask, publish_pages: PublishPages) -> None:
    publish_pages(1)

    assert len(LINK.findall(Visitor(app).get("/?after='%22%3E").text)) == 1


def test_robots_may_read_the_public_pages_only(app: Flask) -> None:
    answer = Visitor(app).get("/robots.txt")

    assert answer.mimetype == "text/plain"
    assert "Disallow: /jobs" in answer.text
    assert "Disallow: /prompt" not in answer.text
