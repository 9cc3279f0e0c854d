"""A worker that dies at any step of writing a page leaves one page, which the next one finishes."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from app.core.database import db, db_now, transaction
from app.core.errors import FailPointReached
from app.core.fail_points import Action, FailPoint, Failure, arm
from app.moderation.interface import Severity, Verdict
from app.publishing.create_page import create_page
from app.publishing.models import Page
from app.publishing.sweep_pages import send_stuck_pages
from tests.services.application import MakeJob
from tests.services.completed import (
    Publish,
    ScriptedModerator,
    ScriptedWriter,
    SetModerator,
    SetWriter,
    complete,
    page_ids,
    pages_of,
    written,
)

STEPS = [
    FailPoint.PAGE_CLAIMED,
    FailPoint.PAGE_READ,
    FailPoint.PAGE_MODERATED,
    FailPoint.PAGE_ANSWERED,
    FailPoint.PAGE_UNCOMMITTED,
]
CALLS = {FailPoint.PAGE_MODERATED: (2, 1), FailPoint.PAGE_ANSWERED: (1, 2), FailPoint.PAGE_UNCOMMITTED: (1, 2)}
"""How often moderator and writer are asked; else once each."""


Asked = tuple[ScriptedModerator, ScriptedWriter]


@pytest.fixture
def asked(set_moderator: SetModerator, set_writer: SetWriter) -> Asked:
    return set_moderator(Verdict(Severity.NONE, "scripted")), set_writer(written())


@pytest.mark.parametrize("step", STEPS)
def test_one_live_page_whatever_the_step(
    step: FailPoint, asked: Asked, tmp_path: Path, make_job: MakeJob, publish: Publish
) -> None:
    moderator, writer = asked
    job = make_job(1)
    complete(job)
    publish(job)
    page_id = page_ids(job.id)[0]
    arm({step: Failure(action=Action.RAISE)}, tmp_path)
    try:
        with pytest.raises(FailPointReached):
            create_page(page_id)
    finally:
        arm({}, tmp_path)
    db.session.rollback()
    assert pages_of(job.id)[0].state == "processing"
    with transaction() as session:
        session.execute(update(Page).values(claimed_until=db_now() - timedelta(seconds=1)))

    assert send_stuck_pages() == 1
    create_page(page_id)
    create_page(page_id)
    publish(job)

    [page] = pages_of(job.id)
    assert (page.state, page.slug, page.attempt) == ("published", "a-quiet-lighthouse-over-the-sea", 2)
    assert (len(moderator.exhibits), len(writer.briefs)) == CALLS.get(step, (1, 1))
