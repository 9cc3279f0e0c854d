"""A hundred pages that all want one address, written by twenty workers at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask

from app.core.database import db
from app.publishing.create_page import create_page
from app.publishing.slug import slug_base
from app.publishing.tags import ensure_tags
from tests.services.application import MakeJob
from tests.services.completed import Publish, SetWriter, complete, page_ids, pages_of, written

WORKERS, PAGES = 20, 100


def test_each_gets_an_address_of_its_own(
    app: Flask, make_job: MakeJob, publish: Publish, set_writer: SetWriter
) -> None:
    ensure_tags()
    set_writer(written("The Same Title for Everybody"))
    job = make_job(PAGES)
    complete(job)
    publish(job)
    ids, start = page_ids(job.id), Barrier(WORKERS)

    def work(number: int) -> None:
        with app.app_context():
            start.wait()
            for page_id in ids[number::WORKERS]:
                create_page(page_id)
            db.session.remove()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))

    slugs = [str(page.slug) for page in pages_of(job.id)]
    assert {page.state for page in pages_of(job.id)} == {"published"}
    assert len(set(slugs)) == PAGES
    assert all(slug.startswith("the-same-title-for-everybody") for slug in slugs)
    assert "the-same-title-for-everybody" in slugs


def test_an_address_has_180_characters_at_most_whatever_the_title() -> None:
    for title in ("x" * 1_000_000, "word " * 100_000, "Ω" * 5000, "\u202e" * 300, "", "!?", "<script>" * 1000):
        assert 0 < len(slug_base(title)) <= 180
    assert slug_base("!?") == slug_base("") == "ai-generated"
