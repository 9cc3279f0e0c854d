"""Completing, publishing, withdrawing and refusing pages, and asking the writer again."""

from uuid import uuid4

import pytest

from app.core.errors import BadInput, Conflict, NotAllowed, NotThere
from app.publishing.create_page import create_page
from app.publishing.edit_page import After, Text, edit_page
from app.publishing.queries import review_queue
from app.publishing.refuse_page import refuse_page
from app.publishing.write_again import write_again
from app.writing.interface import Failure, Unwritten
from tests.services.application import Team, make_team
from tests.services.completed import PublishPages, SetWriter, pages_of, written

GOOD = Text("A Title by a Person", "What it shows.", ["ocean"])


def test_completing_a_page_publishes_it(team: Team, set_writer: SetWriter, publish_pages: PublishPages) -> None:
    set_writer(Unwritten(Failure.TIMEOUT, "No answer."))
    page = publish_pages(1)[0]

    edit_page(page.id, GOOD, After.PUBLISH, workspace_id=team.workspace_id, actor=team.actor)

    done = pages_of(page.job_id)[0]
    assert (done.state, done.slug, done.review_reason) == ("published", "a-title-by-a-person", None)
    assert [tag.name for tag in done.tags] == ["ocean"]


def test_every_problem_is_said_at_once(team: Team, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]

    with pytest.raises(BadInput) as caught:
        edit_page(
            page.id,
            Text("", "x" * 2000, ["no such tag"]),
            After.KEEP,
            workspace_id=team.workspace_id,
            actor=team.actor,
        )

    assert len(caught.value.problems) == 3


def test_a_page_of_another_workspace_is_not_there(publish_pages: PublishPages) -> None:
    page, rivals = publish_pages(1)[0], make_team("rivals")

    with pytest.raises(NotThere):
        edit_page(page.id, GOOD, After.KEEP, workspace_id=rivals.workspace_id, actor=rivals.actor)
    with pytest.raises(NotThere):
        write_again(page.id, workspace_id=rivals.workspace_id, actor=rivals.actor)
    with pytest.raises(NotThere):
        refuse_page(uuid4(), "Because.", actor=rivals.actor)


def test_only_staff_publish_a_held_page(team: Team, set_writer: SetWriter, publish_pages: PublishPages) -> None:
    set_writer(written(violations=("gore",)))
    page = publish_pages(1)[0]

    with pytest.raises(NotAllowed):
        edit_page(page.id, GOOD, After.PUBLISH, workspace_id=team.workspace_id, actor=team.actor)
    assert pages_of(page.job_id)[0].state == "held"

    edit_page(page.id, GOOD, After.PUBLISH, workspace_id=None, actor=team.actor, is_staff=True)
    assert pages_of(page.job_id)[0].state == "published"


def test_a_refused_page_stays_hidden_leaves_the_queue_and_says_why(
    team: Team, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_writer(written(violations=("gore",)))
    page = publish_pages(1)[0]
    assert [each.id for each in review_queue(limit=10)] == [page.id]

    refuse_page(page.id, "Shows an injury.", actor=team.actor)

    refused = pages_of(page.job_id)[0]
    assert (refused.state, refused.review_reason) == ("held", "Refused: Shows an injury.")
    assert list(review_queue(limit=10)) == []
    with pytest.raises(Conflict):
        write_again(page.id, workspace_id=team.workspace_id, actor=team.actor)


def test_the_writer_can_be_asked_again(team: Team, set_writer: SetWriter, publish_pages: PublishPages) -> None:
    set_writer(Unwritten(Failure.TIMEOUT, "No answer."))
    page = publish_pages(1)[0]
    set_writer(written())

    write_again(page.id, workspace_id=team.workspace_id, actor=team.actor)
    with pytest.raises(Conflict):
        write_again(page.id, workspace_id=team.workspace_id, actor=team.actor)
    create_page(page.id)

    done = pages_of(page.job_id)[0]
    assert (done.state, done.title, done.review_reason) == ("published", "A Quiet Lighthouse over the Sea", None)


def test_asking_again_in_vain_takes_no_text_away(
    team: Team, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    page = publish_pages(1, visibility="private")[0]
    title, description = page.title, page.description
    set_writer(Unwritten(Failure.TIMEOUT, "No answer."))

    write_again(page.id, workspace_id=team.workspace_id, actor=team.actor)
    create_page(page.id)

    again = pages_of(page.job_id)[0]
    assert (again.state, again.title, again.description) == ("needs_review", title, description)


def test_a_withdrawn_page_is_a_draft(team: Team, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]

    edit_page(page.id, GOOD, After.DRAFT, workspace_id=team.workspace_id, actor=team.actor)

    assert pages_of(page.job_id)[0].state == "draft"
