"""Pages whose message or writer was lost are written all the same, and a page that loses every writer is given up."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core.database import db_now, transaction
from app.publishing.create_page import create_page
from app.publishing.models import Page
from app.publishing.sweep_pages import MOST_CRASHES, send_stuck_pages
from tests.services.application import MakeJob
from tests.services.completed import Publish, complete, page_ids, pages_of

PAST = timedelta(seconds=-1)


@pytest.fixture
def page_id(make_job: MakeJob, publish: Publish) -> UUID:
    """A page that waits for its writer."""
    job = make_job(1)
    complete(job)
    publish(job)
    return page_ids(job.id)[0]


def change(page_id: UUID, **values: Any) -> None:
    with transaction() as session:
        page = session.get_one(Page, page_id, populate_existing=True)
        for name, value in values.items():
            setattr(page, name, value)


def fresh(page_id: UUID) -> Page:
    with transaction() as session:
        return session.get_one(Page, page_id, populate_existing=True)


def test_a_page_whose_message_is_under_way_is_left_alone(page_id: UUID) -> None:
    assert send_stuck_pages() == 0


def test_a_page_whose_message_was_lost_is_sent_again_once(page_id: UUID) -> None:
    change(page_id, dispatched_until=db_now() + PAST)

    assert send_stuck_pages() == 1
    assert send_stuck_pages() == 0
    assert fresh(page_id).crashes == 0


def test_a_page_whose_writer_died_is_written_by_the_next(page_id: UUID) -> None:
    change(page_id, claimed_until=db_now() + PAST, attempt=1, dispatched_until=None)

    assert send_stuck_pages() == 1
    create_page(page_id)

    assert (fresh(page_id).state, fresh(page_id).attempt) == ("published", 2)


def test_a_standing_claim_is_left_alone(page_id: UUID) -> None:
    change(page_id, claimed_until=db_now() + timedelta(seconds=60), dispatched_until=None)

    assert send_stuck_pages() == 0


def test_a_page_that_loses_every_writer_is_given_up_with_a_reason(page_id: UUID) -> None:
    for attempt in range(1, MOST_CRASHES + 1):
        change(page_id, claimed_until=db_now() + PAST, attempt=attempt, dispatched_until=None)
        assert send_stuck_pages() == 1

    page = fresh(page_id)
    assert page.state == "needs_review"
    assert page.title.endswith("…")
    assert "3 times" in (page.review_reason or "")
    assert pages_of(page.job_id)[0].claimed_until is None
