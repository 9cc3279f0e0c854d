"""One page per kept, completed image of the job, however often and by how many it is asked for."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.models import AuditEvent
from app.core.database import db, transaction
from app.core.errors import BadInput, NotThere
from app.curation.forms import Change
from app.curation.marks import change_marks
from app.generation.models import Image
from app.generation.states import Mark
from app.publishing.models import Page
from app.publishing.publish import Published, publish_kept
from app.publishing.queries import publishable, publishable_count
from app.publishing.trash_page import trash_page
from tests.services.application import MakeJob, Team, make_team
from tests.services.completed import Publish, complete, pages_of


def test_each_kept_image_gets_one_page_with_the_prompt_that_was_sent(make_job: MakeJob, publish: Publish) -> None:
    job = make_job(3, character_description="A brown bear")
    images = complete(job)

    result = publish(job)

    assert result == Published(created=3, already=0, not_completed=0, visibility="public")
    assert [page.prompt for page in pages_of(job.id)] == [image.prompt_sent for image in images]
    assert {page.state for page in pages_of(job.id)} == {"processing"}


def test_a_second_click_makes_nothing_and_says_so(make_job: MakeJob, publish: Publish) -> None:
    job = make_job(2)
    complete(job)
    publish(job)

    result = publish(job)

    assert (result.created, result.already) == (0, 2)
    assert "2 images already had one" in " ".join(result.sentences())
    assert len(pages_of(job.id)) == 2


def test_clicks_at_the_same_moment_make_one_page_each(app: Flask, make_job: MakeJob, team: Team) -> None:
    job = make_job(4)
    complete(job)
    clicks = 6
    start = Barrier(clicks)

    def click() -> int:
        with app.app_context():
            start.wait()
            result = publish_kept(job.id, workspace_id=team.workspace_id, actor=team.actor, user_id=team.editor)
            db.session.remove()
            return result.created

    with ThreadPoolExecutor(clicks) as pool:
        created = [future.result() for future in [pool.submit(click) for _ in range(clicks)]]

    assert sum(created) == 4
    assert len(pages_of(job.id)) == 4


def test_what_is_not_kept_or_not_completed_gets_no_page(make_job: MakeJob, publish: Publish) -> None:
    job = make_job(3)
    images = complete(job)
    with transaction() as session:
        session.get_one(Image, images[0].id).mark = Mark.REJECT
        waiting = session.get_one(Image, images[1].id)
        waiting.state, waiting.finished_at, waiting.asset_id = "queued", None, None

    result = publish(job)

    assert (result.created, result.not_completed) == (1, 1)
    assert publishable(job.id).ready == 0


def test_the_number_on_the_button_is_what_publishing_would_find(
    make_job: MakeJob, publish: Publish, team: Team
) -> None:
    job = make_job(7)
    complete(job)
    found = []

    def mark(*at: int, **value: Any) -> None:
        ((what, to),) = value.items()
        change_marks(job.id, [Change(list(at), what, to)], workspace_id=team.workspace_id, actor=team.actor)
        look()

    def look() -> None:
        db.session.rollback()
        assert publishable_count(job.id) == publishable(job.id).ready
        found.append(publishable_count(job.id))

    mark(3, 4, 5, 6, mark="none")
    publish(job)
    look()
    mark(3, 4, 5, mark="keep")
    mark(0, mark="reject")  # its page stays
    for page in pages_of(job.id)[1:3]:
        trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor)
    look()
    mark(2, trashed=True)  # with its page in the trash
    mark(5, trashed=True)
    mark(2, 5, trashed=False)

    assert found == [3, 0, 3, 3, 3, 3, 2, 3]


def test_the_panel_can_override_the_visibility_of_the_job(make_job: MakeJob, publish: Publish) -> None:
    job = make_job(1, visibility="public")
    complete(job)

    assert publish(job, "private").visibility == "private"
    assert pages_of(job.id)[0].visibility == "private"


def test_an_unknown_visibility_is_refused(make_job: MakeJob, publish: Publish) -> None:
    with pytest.raises(BadInput):
        publish(make_job(1), "secret")


def test_a_job_of_another_workspace_is_not_there(make_job: MakeJob) -> None:
    job = make_job(1)
    rivals = make_team("rivals")

    with pytest.raises(NotThere):
        publish_kept(job.id, workspace_id=rivals.workspace_id, actor=rivals.actor, user_id=rivals.owner)
    with pytest.raises(NotThere):
        publish_kept(uuid4(), workspace_id=rivals.workspace_id, actor=rivals.actor, user_id=rivals.owner)


def test_publishing_is_written_down_once(make_job: MakeJob, publish: Publish) -> None:
    job = make_job(1)
    complete(job)
    publish(job)
    publish(job)

    events = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "job.published")
    assert db.session.execute(events).scalar_one() == 1


def test_a_thousand_images_are_published_in_one_click(make_job: MakeJob, publish: Publish) -> None:
    job = make_job(250, count=4)
    first = complete(make_job(1))[0]
    with transaction() as session:
        for image in session.scalars(select(Image).where(Image.job_id == job.id)):
            image.state, image.asset_id, image.mark = "completed", first.asset_id, Mark.KEEP
            image.finished_at = first.finished_at

    assert publish(job).created == 1000
    assert db.session.execute(select(func.count()).select_from(Page).where(Page.job_id == job.id)).scalar_one() == 1000
