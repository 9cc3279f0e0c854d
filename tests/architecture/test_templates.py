"""Templates under a strict policy, and usable without scripts."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import Tags, name_of, templates

FORBIDDEN = {
    "an inline style": re.compile(r"<style|\sstyle\s*="),
    "an inline handler": re.compile(r"\son[a-z]+\s*="),
    "hx-on": re.compile(r"\bhx-on\b"),
    "a script as an address": re.compile(r"javascript:", re.IGNORECASE),
    "unescaped text": re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\("),
    "a value that is evaluated": re.compile(r"hx-vals\s*=\s*[\"']js:|hx-trigger\s*=\s*\"[^\"]*\["),
}
DATA = "application/ld+json"
"""Scripts of this type are read by machines and never run."""


@pytest.fixture(params=templates(), ids=name_of)
def template(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_the_policy_forbids(template: Path, what: str) -> None:
    assert FORBIDDEN[what].search(template.read_text()) is None


def test_scripts_are_files_of_ours(template: Path) -> None:
    inline = [
        attributes
        for tag, attributes in Tags(template).found
        if tag == "script" and "src" not in attributes and attributes.get("type") != DATA
    ]
    assert inline == []


def test_what_htmx_gets_can_be_reached_without_it(template: Path) -> None:
    """A link keeps its address; what asks by itself is a poller, or stands around the link it follows."""
    found = Tags(template).found
    links = {attributes["href"] for tag, attributes in found if tag == "a" and "href" in attributes}
    dead = [
        attributes
        for _, attributes in found
        if "hx-get" in attributes
        and not ({"href", "action", "formaction"} & set(attributes))
        and "every" not in attributes.get("hx-trigger", "")
        and not (("intersect" in attributes.get("hx-trigger", "")) and links)
    ]
    assert dead == []


def test_what_htmx_sends_can_be_sent_without_it(template: Path) -> None:
    """A form keeps its action; what listens to a form stands beside a button that sends it to the same address."""
    found = Tags(template).found
    has_button = any("formaction" in attributes for _, attributes in found)
    dead = [
        attributes
        for _, attributes in found
        if {"hx-post", "hx-put", "hx-patch", "hx-delete"} & set(attributes)
        and not ({"action", "formaction"} & set(attributes))
        and not ("from:#" in attributes.get("hx-trigger", "") and has_button)
    ]
    assert dead == []


def test_forms_that_change_something_carry_their_token(template: Path) -> None:
    text = template.read_text()
    posting = len(re.findall(r"<form[^>]*method=\"post\"", text))
    assert text.count("csrf") >= posting
