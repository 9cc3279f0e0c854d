"""Addresses are unique whatever happens at the same moment, and old ones lead on."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import db
from app.publishing.create_page import create_page
from app.publishing.edit_page import After, Text, edit_page
from app.publishing.models import SlugRedirect
from app.publishing.slug import slug_base
from tests.services.application import MakeJob, Team
from tests.services.completed import Publish, PublishPages, SetWriter, complete, page_ids, pages_of, written


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("A Quiet Lighthouse", "a-quiet-lighthouse"),
        ("Über den Wolken", "uber-den-wolken"),
        ("", "ai-generated"),
        ("!!! ???", "ai-generated"),
        ("</script><script>alert(1)</script>", "script-script-alert-1-script"),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_a_title_becomes_an_address(title: str, slug: str) -> None:
    assert slug_base(title) == slug


def test_an_address_has_at_most_180_characters() -> None:
    assert len(slug_base("lighthouse " * 40)) <= 180
    assert len(slug_base("x" * 1000)) == 180


def test_pages_written_at_the_same_moment_with_the_same_title_get_different_addresses(
    app: Flask, make_job: MakeJob, publish: Publish, set_writer: SetWriter
) -> None:
    set_writer(written("The Same Title for All"))
    job = make_job(6)
    complete(job)
    publish(job)
    ids = page_ids(job.id)
    start = Barrier(len(ids))

    def run(page_id: object) -> None:
        with app.app_context():
            start.wait()
            create_page(page_id)  # type: ignore[arg-type]
            db.session.remove()

    with ThreadPoolExecutor(len(ids)) as pool:
        for future in [pool.submit(run, page_id) for page_id in ids]:
            future.result()

    slugs = {page.slug for page in pages_of(job.id)}
    assert {page.state for page in pages_of(job.id)} == {"published"}
    assert len(slugs) == 6
    assert "the-same-title-for-all" in slugs
    assert all(slug and slug.startswith("the-same-title-for-all") for slug in slugs)


def test_an_address_that_was_public_leads_to_the_new_one(
    team: Team, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_writer(written("The First Title It Had"))
    page = publish_pages(1)[0]

    edit_page(page.id, Text("Another Title", "", []), After.KEEP, workspace_id=team.workspace_id, actor=team.actor)

    assert pages_of(page.job_id)[0].slug == "another-title"
    assert [row.slug for row in db.session.scalars(select(SlugRedirect))] == ["the-first-title-it-had"]


def test_an_address_that_leads_on_is_given_to_no_other_page(
    team: Team, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_writer(written("The First Title It Had"))
    page = publish_pages(1)[0]
    edit_page(page.id, Text("Another Title", "", []), After.KEEP, workspace_id=team.workspace_id, actor=team.actor)

    second = publish_pages(1)[0]

    assert second.slug is not None
    assert second.slug.startswith("the-first-title-it-had-")


def test_a_page_can_take_its_old_address_back(team: Team, set_writer: SetWriter, publish_pages: PublishPages) -> None:
    set_writer(written("The First Title It Had"))
    page = publish_pages(1)[0]
    for title in ("Another Title", "The First Title It Had"):
        edit_page(page.id, Text(title, "", []), After.KEEP, workspace_id=team.workspace_id, actor=team.actor)

    assert pages_of(page.job_id)[0].slug == "the-first-title-it-had"
    assert [row.slug for row in db.session.scalars(select(SlugRedirect))] == ["another-title"]


def test_a_draft_that_nobody_saw_leaves_no_redirect(team: Team, publish_pages: PublishPages) -> None:
    page = publish_pages(1, visibility="private")[0]
    edit_page(page.id, Text("Another Title", "", []), After.KEEP, workspace_id=team.workspace_id, actor=team.actor)

    assert db.session.scalars(select(SlugRedirect)).all() == []
