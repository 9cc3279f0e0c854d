"""What comes of asking the writer, also when it fails, is late, or is asked twice."""

from datetime import timedelta
from threading import Event

import pytest
from flask import current_app
from sqlalchemy import select

from app.core.database import db, db_now, transaction
from app.core.errors import StorageError
from app.generation.models import Image, Job
from app.generation.studio import studio
from app.publishing.create_page import create_page
from app.publishing.models import Page, Tag
from app.publishing.outcome import Outcome, record_outcome
from app.publishing.picture import read_within
from app.publishing.states import PageState
from app.publishing.tags import ensure_tags
from app.writing.interface import Failure, Unwritten, Written
from app.writing.starter_tags import starter_tags
from tests.services.application import MakeJob
from tests.services.completed import (
    Publish,
    PublishPages,
    SetWriter,
    complete,
    page_ids,
    pages_of,
    written,
)


def test_a_public_page_is_published_with_everything_the_writer_gave(
    set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_writer(written())

    page = publish_pages(1)[0]

    assert (page.state, page.title, page.slug) == (
        "published",
        "A Quiet Lighthouse over the Sea",
        "a-quiet-lighthouse-over-the-sea",
    )
    assert [tag.name for tag in page.tags] == ["lighthouse", "ocean"]
    assert page.published_at is not None
    assert page.claimed_until is None


def test_a_private_page_becomes_a_draft(publish_pages: PublishPages) -> None:
    page = publish_pages(1, visibility="private")[0]

    assert (page.state, page.published_at, page.written_by) == ("draft", None, "demo")


def test_a_violation_holds_the_page(set_writer: SetWriter, publish_pages: PublishPages) -> None:
    set_writer(written(violations=("violence or gore",)))

    page = publish_pages(1)[0]

    assert page.state == "held"
    assert page.review_reason is not None
    assert "violence" in page.review_reason


def test_a_violation_in_half_an_answer_holds_the_page_too(set_writer: SetWriter, publish_pages: PublishPages) -> None:
    set_writer(Unwritten(Failure.CUT_SHORT, "Cut short.", partial=written(title="", violations=("gore",))))

    assert publish_pages(1)[0].state == "held"


def test_when_the_writer_fails_the_page_is_saved_for_review(set_writer: SetWriter, publish_pages: PublishPages) -> None:
    set_writer(Unwritten(Failure.TIMEOUT, "The writer did not answer in time."))
    prompt = "A lighthouse keeper reading by lamplight while a storm bends the glass"

    page = publish_pages((prompt,))[0]

    assert page.state == "needs_review"
    assert page.title == prompt[:50] + "…"
    assert page.slug == "a-lighthouse-keeper-reading-by-lamplight-while-a-s"
    assert (page.description, page.tags) == ("", [])
    assert page.review_reason == "The writer did not answer in time."


def test_half_an_answer_is_used_as_far_as_it_goes(set_writer: SetWriter, publish_pages: PublishPages) -> None:
    set_writer(Unwritten(Failure.CUT_SHORT, "Cut short.", partial=written(description="")))

    page = publish_pages(1)[0]

    assert (page.state, page.title, page.description) == ("needs_review", "A Quiet Lighthouse over the Sea", "")
    assert len(page.tags) == 2


def test_a_picture_that_is_gone_from_the_store_needs_review(
    make_job: MakeJob, publish: Publish, set_writer: SetWriter
) -> None:
    writer = set_writer(written())
    job = make_job(1)
    complete(job)
    publish(job)
    for stored in list(studio().storage.keys("variants/")):
        studio().storage.delete(stored.key)

    create_page(page_ids(job.id)[0])

    assert pages_of(job.id)[0].state == "needs_review"
    assert writer.briefs == []


def test_a_store_that_hangs_is_given_up() -> None:
    class Hanging:
        def get(self, key: str) -> bytes:
            Event().wait(60)
            return b""

    with pytest.raises(StorageError, match="within"):
        read_within(Hanging(), "originals/x/1.png", seconds=0.05)  # type: ignore[arg-type]


def test_a_message_that_comes_twice_writes_once(set_writer: SetWriter, publish_pages: PublishPages) -> None:
    writer = set_writer(written())
    page = publish_pages(1)[0]

    create_page(page.id)
    create_page(page.id)

    assert len(writer.briefs) == 1
    assert pages_of(page.job_id)[0].attempt == 1


def test_a_writer_whose_claim_was_given_to_another_changes_nothing(make_job: MakeJob, publish: Publish) -> None:
    job = make_job(1)
    complete(job)
    publish(job)
    page_id = page_ids(job.id)[0]
    with transaction() as session:
        session.get_one(Page, page_id).attempt = 2

    late = record_outcome(page_id, 1, Outcome(written()))
    current = record_outcome(page_id, 2, Outcome(written("The Text That Counts Here")))

    assert (late, current) == (None, PageState.PUBLISHED)
    assert pages_of(job.id)[0].title == "The Text That Counts Here"


def test_the_tile_of_the_image_sees_the_page_at_the_next_poll(make_job: MakeJob, publish: Publish) -> None:
    job = make_job(2)
    images = complete(job)
    publish(job)
    before = db.session.get_one(Job, job.id, populate_existing=True).revision

    create_page(page_ids(job.id)[0])

    after = db.session.get_one(Job, job.id, populate_existing=True).revision
    shown = db.session.get_one(Image, images[0].id, populate_existing=True).revision
    assert before < shown == after


def test_no_transaction_is_open_while_the_writer_works(set_writer: SetWriter, publish_pages: PublishPages) -> None:
    seen: list[bool] = []

    class Watching:
        model = "watching"

        def write(self, brief: object) -> Written:
            seen.append(db.session().in_transaction())
            return written()

    current_app.extensions["writer"] = Watching()
    publish_pages(1)

    assert seen == [False]


def test_the_writer_gets_the_middle_size_and_the_known_tags(set_writer: SetWriter, publish_pages: PublishPages) -> None:
    writer = set_writer(written())
    publish_pages(1)

    assert writer.briefs[0].media_type == "image/jpeg"
    assert writer.briefs[0].picture.startswith(b"\xff\xd8\xff")
    assert set(writer.briefs[0].known_tags) == set(starter_tags())


def test_a_claim_that_stands_is_respected(make_job: MakeJob, publish: Publish, set_writer: SetWriter) -> None:
    writer = set_writer(written())
    job = make_job(1)
    complete(job)
    publish(job)
    page_id = page_ids(job.id)[0]
    with transaction() as session:
        session.get_one(Page, page_id).claimed_until = db_now() + timedelta(seconds=30)

    create_page(page_id)

    assert writer.briefs == []


def test_tags_are_seeded_once(make_job: MakeJob) -> None:
    assert ensure_tags() == len(starter_tags())
    assert ensure_tags() == 0
    assert len(db.session.scalars(select(Tag)).all()) == len(starter_tags())
