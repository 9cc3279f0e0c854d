"""A published page: what people, search engines and attackers get."""

import json
import re
from html.parser import HTMLParser

import pytest
from flask import Flask

from app.core.database import transaction
from app.publishing.edit_page import After, Text, edit_page
from app.publishing.models import Page
from tests.services.application import Team
from tests.services.completed import PublishPages, SetWriter, pages_of, written
from tests.web.visitor import Visitor

JSON_LD = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    '" hx-get="/jobs/" hx-trigger="load',
    '" style="position:fixed',
    "javascript:alert(1)",
    "<!--<script>",
    "]]><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href='javascript:alert(1)'>click</a>",
    "\\u003cscript\\u003ealert(1)",
    "\u2028alert(1)\u2029",
    "\u202egnp.exe &lt;script&gt; &#60;script&#62;",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
]


class Tags(HTMLParser):
    """Every tag with its attributes, and the texts outside scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def meta(self, name: str) -> str:
        return next(
            each["content"] or "" for each in self.named("meta") if name in (each.get("name"), each.get("property"))
        )


def change(page: Page, **values: str) -> Page:
    with transaction() as session:
        stored = session.get_one(Page, page.id, populate_existing=True)
        for name, value in values.items():
            setattr(stored, name, value)
    return pages_of(page.job_id)[0]


def test_everybody_sees_picture_title_prompt_tags_author_and_label(
    app: Flask, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_writer(written())
    page = publish_pages(("a lighthouse, oil on board",), generator="DALL-E")[0]

    html = Visitor(app).get(f"/prompt/{page.slug}/").text

    for text in (
        page.title,
        page.description,
        "a lighthouse, oil on board",
        "ocean",
        "DALL-E",
        "Editor",
        "AI-generated",
    ):
        assert text in html
    assert "data-copy-from" in html
    assert "data-share" in html
    assert "Edit</span>" not in html


def test_the_picture_comes_first_with_its_size_and_sources(app: Flask, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]

    tags = Tags(Visitor(app).get(f"/prompt/{page.slug}/").text)

    picture = tags.named("img")[0]
    assert (picture["loading"], picture["fetchpriority"]) == ("eager", "high")
    assert (picture["width"], picture["height"]) == ("640", "480")
    assert re.findall(r"(\d+)w", picture["srcset"] or "") == ["300", "600", "640"]
    assert (picture["alt"] or "").endswith(" - Other Prompt - AI-generated image")


def test_head_and_json_ld_say_the_same(app: Flask, set_writer: SetWriter, publish_pages: PublishPages) -> None:
    set_writer(written("A Very Long Title " * 8, description="word " * 60))
    page = publish_pages(1)[0]

    html = Visitor(app).get(f"/prompt/{page.slug}/").text
    tags = Tags(html)
    picture, crumbs = (json.loads(block) for block in JSON_LD.findall(html))

    title = re.search(r"<title>(.*?)</title>", html)
    assert title is not None
    assert len(title[1]) <= 60
    assert 0 < len(tags.meta("description")) <= 155
    assert tags.meta("og:type") == "article"
    assert tags.meta("twitter:card") == "summary_large_image"
    assert len(tags.meta("twitter:image:alt")) <= 125
    assert tags.meta("og:image").startswith("http")
    assert picture["@type"] == "ImageObject"
    assert picture["name"] == page.title
    assert picture["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert picture["contentUrl"] == tags.meta("og:image")
    assert picture["creator"]["name"] == "Editor"
    assert picture["datePublished"] <= picture["dateModified"]
    assert [step["position"] for step in crumbs["itemListElement"]] == [1, 2, 3]
    assert crumbs["itemListElement"][1]["name"] == "Other prompts"
    canonical = next(link["href"] for link in tags.named("link") if link.get("rel") == "canonical")
    assert canonical == picture["mainEntityOfPage"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_are_inert_everywhere(app: Flask, publish_pages: PublishPages, hostile: str) -> None:
    page = publish_pages(1)[0]
    browser = Visitor(app)
    harmless = Tags(browser.get(f"/prompt/{page.slug}/").text)
    page = change(page, title=hostile, description=hostile, prompt=hostile)

    html = browser.get(f"/prompt/{page.slug}/").text
    attacked = Tags(html)

    assert [tag for tag, _ in attacked.tags] == [tag for tag, _ in harmless.tags]
    assert [sorted(attributes) for _, attributes in attacked.tags] == [
        sorted(attributes) for _, attributes in harmless.tags
    ]
    assert json.loads(JSON_LD.findall(html)[0])["name"] == hostile
    for block in JSON_LD.findall(html):
        assert not set("<>&'") & set(block)


@pytest.mark.parametrize("hostile", HOSTILE[:8])
def test_hostile_words_are_inert_in_lists_and_the_studio(
    app: Flask, team: Team, publish_pages: PublishPages, hostile: str
) -> None:
    page = publish_pages(1)[0]
    member = Visitor(app).be(team.editor)
    addresses = ["/", "/pages/", f"/pages/{page.id}/edit", f"/jobs/{page.job_id}/publish"]
    harmless = [[tag for tag, _ in Tags(member.get(address).text).tags] for address in addresses]
    change(page, title=hostile, description=hostile, prompt=hostile)

    attacked = [[tag for tag, _ in Tags(member.get(address).text).tags] for address in addresses]

    assert attacked == harmless


def test_what_is_not_published_is_not_there(app: Flask, publish_pages: PublishPages) -> None:
    draft = publish_pages(1, visibility="private")[0]

    assert Visitor(app).get(f"/prompt/{draft.slug}/").status_code == 404
    assert Visitor(app).get("/prompt/never-was/").status_code == 404


def test_an_old_address_leads_to_the_new_one_for_good(app: Flask, team: Team, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]
    old_address = f"/prompt/{page.slug}/"
    new_text = Text("A New Name for It", "", [])
    edit_page(page.id, new_text, After.KEEP, workspace_id=team.workspace_id, actor=team.actor)

    answer = Visitor(app).get(old_address)

    assert answer.status_code == 301
    assert answer.location.endswith("/prompt/a-new-name-for-it/")


def test_editors_of_the_workspace_see_a_link_to_edit(app: Flask, team: Team, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]

    assert f"/pages/{page.id}/edit" in Visitor(app).be(team.editor).get(f"/prompt/{page.slug}/").text
    assert f"/pages/{page.id}/edit" not in Visitor(app).be(team.viewer).get(f"/prompt/{page.slug}/").text


def test_text_of_the_demo_writer_is_marked(app: Flask, publish_pages: PublishPages) -> None:
    assert "demo text" in Visitor(app).get(f"/prompt/{publish_pages(1)[0].slug}/").text


def test_canonical_addresses_do_not_come_from_the_host_header(app: Flask, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]

    html = Visitor(app, host="127.0.0.1").get(f"/prompt/{page.slug}/").text

    assert f'<link rel="canonical" href="http://127.0.0.1:8000/prompt/{page.slug}/">' in html
    assert Visitor(app, host="evil.example").get(f"/prompt/{page.slug}/").status_code == 400
