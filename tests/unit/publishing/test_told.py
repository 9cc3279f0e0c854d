"""People are told when the last page of a job is written."""

from sqlalchemy import select

from app.core.database import db
from app.notifications.models import Notification
from app.publishing.create_page import create_page
from app.publishing.tags import ensure_tags
from app.writing.interface import Failure, Unwritten
from tests.services.application import MakeJob
from tests.services.completed import Publish, SetWriter, complete, page_ids, written


def told() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Notification.text).where(Notification.kind == "pages.written")))


def test_that_the_pages_of_a_job_are_written_once_the_last_one_is(
    set_writer: SetWriter, make_job: MakeJob, publish: Publish
) -> None:
    ensure_tags()
    job = make_job(3)
    complete(job)
    publish(job)
    first, second, third = page_ids(job.id)
    set_writer(written())
    create_page(first)
    set_writer(Unwritten(Failure.TIMEOUT, "It did not answer."))
    create_page(second)
    assert told() == []

    create_page(third)
    create_page(third)
    assert told() == ["“A job”: all pages are written, 2 need review, 1 published."]
