"""Pictures are judged before their pages go live, and what follows from the verdict."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from app.accounts.models import Workspace
from app.audit.models import AuditEvent
from app.core.database import db, db_now, transaction
from app.core.errors import Conflict, NotAllowed
from app.generation.studio import studio
from app.moderation.interface import Severity, Unmoderated, Verdict
from app.notifications.models import Notification
from app.publishing.ask_again import ask_again
from app.publishing.create_page import create_page
from app.publishing.edit_page import After, Text, approve_page, edit_page, withdraw_page
from app.publishing.models import Page
from app.publishing.queries import publishable, review_queue
from app.publishing.refuse_page import refuse_page
from app.publishing.sweep_pages import send_stuck_pages
from app.publishing.write_again import write_again
from app.writing.interface import Failure, Unwritten
from tests.services.application import MakeJob, Team
from tests.services.completed import (
    Publish,
    PublishPages,
    SetModerator,
    SetWriter,
    complete,
    page_ids,
    pages_of,
    written,
)

NOTHING = Verdict(Severity.NONE, "scripted")
GRAVE = Verdict(Severity.HIGH, "scripted", ("violence or gore",), {"violence": 0.8})
GOOD = Text("A Title by a Person", "What it shows.", [])


def again(page: Page) -> Page:
    """The page after its writer has been at it once more."""
    create_page(page.id)
    return pages_of(page.job_id)[0]


def test_a_picture_is_judged_before_the_writer_sees_it(
    set_moderator: SetModerator, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    moderator, writer = set_moderator(NOTHING), set_writer(written())

    page = publish_pages(("a fox in snow",))[0]

    assert (page.state, page.severity, page.moderated_by) == ("published", "none", "scripted")
    assert moderator.exhibits[0].prompt == "a fox in snow"
    assert moderator.exhibits[0].picture == writer.briefs[0].picture


@pytest.mark.parametrize("severity", [Severity.LOW, Severity.MEDIUM])
def test_what_is_not_grave_is_noted_and_goes_live(
    set_moderator: SetModerator, publish_pages: PublishPages, severity: Severity
) -> None:
    set_moderator(Verdict(severity, "scripted", ("violence or gore",), {"violence": 0.5}))

    page = publish_pages(1)[0]

    assert (page.state, page.severity, page.held_for) == ("published", severity, None)
    assert page.moderation == {"found": ["violence or gore"], "scores": {"violence": 0.5}}


def test_what_is_grave_is_held_with_its_text_and_its_reason(
    set_moderator: SetModerator, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_moderator(GRAVE)
    set_writer(written())

    page = publish_pages(1)[0]

    assert (page.state, page.held_for, page.title) == ("held", "high", "A Quiet Lighthouse over the Sea")
    assert "violence or gore" in str(page.review_reason)
    assert [each.id for each in review_queue(limit=9)] == [page.id]


def test_what_is_critical_is_refused_for_good_and_never_written_about(
    team: Team, set_moderator: SetModerator, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_moderator(Verdict(Severity.CRITICAL, "scripted", ("minors in a suggestive context",)))
    writer = set_writer(written())

    page = publish_pages(1)[0]

    assert (page.state, page.held_for, writer.briefs) == ("held", "critical", [])
    assert page.refused_at is not None
    assert "minors in a suggestive context" in str(page.review_reason)
    assert list(review_queue(limit=9)) == []
    for staff in (False, True):
        with pytest.raises(NotAllowed):
            edit_page(page.id, GOOD, After.PUBLISH, workspace_id=None, actor=team.actor, is_staff=staff)
    with pytest.raises(NotAllowed):
        approve_page(page.id, actor=team.actor)
    with pytest.raises(Conflict):
        write_again(page.id, workspace_id=None, actor=team.actor, is_staff=True)
    assert pages_of(page.job_id)[0].state == "held"


def test_without_a_verdict_the_page_is_held_until_there_is_one(
    team: Team, set_moderator: SetModerator, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_moderator(Unmoderated("The moderator did not answer in time."))
    writer = set_writer(written())
    page = publish_pages(1)[0]
    assert (page.state, page.held_for, page.review_reason) == (
        "held",
        "unmoderated",
        "The moderator did not answer in time.",
    )

    with pytest.raises(NotAllowed):
        edit_page(page.id, GOOD, After.PUBLISH, workspace_id=team.workspace_id, actor=team.actor)
    set_moderator(NOTHING)
    assert ask_again(page.job_id, "unmoderated", workspace_id=team.workspace_id, actor=team.actor) == 1

    done = again(page)
    assert (done.state, done.held_for, done.title) == ("published", None, page.title)
    assert len(writer.briefs) == 1  # the text was there already


def test_a_verdict_is_asked_for_once_however_often_the_text_is_written(
    team: Team, set_moderator: SetModerator, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    moderator = set_moderator(NOTHING)
    set_writer(Unwritten(Failure.TIMEOUT, "No answer."))
    page = publish_pages(1)[0]
    set_writer(written())

    write_again(page.id, workspace_id=team.workspace_id, actor=team.actor)

    assert again(page).state == "published"
    assert len(moderator.exhibits) == 1


def test_an_editor_cannot_ask_until_the_answer_suits(
    team: Team, set_writer: SetWriter, publish_pages: PublishPages
) -> None:
    set_writer(written(violations=("gore",)))
    page = publish_pages(1)[0]
    set_writer(written())

    with pytest.raises(NotAllowed):
        write_again(page.id, workspace_id=team.workspace_id, actor=team.actor)
    assert ask_again(page.job_id, None, workspace_id=team.workspace_id, actor=team.actor) == 0


def test_staff_approve_what_the_author_chose_and_it_stays_approved(
    team: Team, set_moderator: SetModerator, publish_pages: PublishPages
) -> None:
    set_moderator(GRAVE)
    public = publish_pages(1)[0]
    private = publish_pages(("a quiet garden by the house",), visibility="private")[0]

    approve_page(public.id, actor=team.actor)
    approve_page(private.id, actor=team.actor)

    assert pages_of(public.job_id)[0].state == "published"
    assert pages_of(private.job_id)[0].state == "draft"
    withdraw_page(public.id, workspace_id=team.workspace_id, actor=team.actor)
    write_again(public.id, workspace_id=team.workspace_id, actor=team.actor)
    assert again(public).state == "draft"
    deeds = db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == public.id)).all()
    assert {"page.approved", "page.withdrawn", "page.write_asked"} <= set(deeds)


def test_the_author_reads_what_staff_decided(
    team: Team, set_moderator: SetModerator, publish_pages: PublishPages
) -> None:
    set_moderator(GRAVE)
    good, bad = publish_pages(2)

    approve_page(good.id, actor=team.actor)
    refuse_page(bad.id, "Shows an injury", actor=team.actor)

    told = db.session.scalars(select(Notification).where(Notification.workspace_id == team.workspace_id)).all()
    texts = {each.kind: each.text for each in told}
    assert texts["page.refused"].endswith("was refused: Shows an injury.")
    assert texts["page.approved"].endswith("was approved.")


def test_staff_are_told_once_that_pages_wait(set_moderator: SetModerator, publish_pages: PublishPages) -> None:
    set_moderator(GRAVE)

    publish_pages(3)

    told = db.session.scalars(select(Notification).where(Notification.workspace_id.is_(None))).all()
    assert [each.text for each in told] == ["“A job”: 3 pages wait for review."]


def test_staff_take_a_public_page_back(team: Team, publish_pages: PublishPages) -> None:
    page = publish_pages(1)[0]

    refuse_page(page.id, "Not allowed here", actor=team.actor)

    taken = pages_of(page.job_id)[0]
    assert (taken.state, taken.review_reason) == ("held", "Refused: Not allowed here")
    with pytest.raises(NotAllowed):
        edit_page(page.id, GOOD, After.PUBLISH, workspace_id=team.workspace_id, actor=team.actor)


def test_models_that_need_it_are_moderated_and_the_panel_says_so(
    make_job: MakeJob, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(2)
    complete(job)
    assert publishable(job.id).moderated == 0
    catalogue = studio().catalogue
    model = catalogue.model("demo/painter")
    monkeypatch.setitem(catalogue._models, model.id, type(model)(**{**_fields(model), "needs_moderation": True}))

    assert publishable(job.id).moderated == 2
    publish(job)
    create_page(page_ids(job.id)[0])

    page = pages_of(job.id)[0]
    assert (page.state, page.severity, page.moderated_by) == ("published", "none", "demo")


def _fields(model: object) -> dict[str, object]:
    return {name: getattr(model, name) for name in model.__slots__}  # type: ignore[attr-defined]


def test_a_draft_from_before_is_moderated_when_it_is_published(
    team: Team, set_moderator: SetModerator, publish_pages: PublishPages
) -> None:
    page = publish_pages(1, visibility="private")[0]
    set_moderator(GRAVE)

    edit_page(page.id, GOOD, After.PUBLISH, workspace_id=team.workspace_id, actor=team.actor)

    waiting = pages_of(page.job_id)[0]
    assert (waiting.state, waiting.held_for) == ("processing", "unmoderated")
    held = again(page)
    assert (held.state, held.held_for, held.title) == ("held", "high", "A Title by a Person")


def test_a_page_that_was_given_up_before_its_verdict_is_held(
    set_moderator: SetModerator, make_job: MakeJob, publish: Publish
) -> None:
    set_moderator(NOTHING)
    job = make_job(1)
    complete(job)
    publish(job)
    with transaction() as session:
        page = session.get_one(Page, page_ids(job.id)[0])
        page.attempt, page.crashes, page.claimed_until = 1, 2, db_now() - timedelta(seconds=1)

    send_stuck_pages()

    page = pages_of(job.id)[0]
    assert (page.state, page.held_for, page.failure) == ("held", "unmoderated", "lost")


def test_nothing_of_a_held_page_can_be_published_behind_the_codes_back(
    set_moderator: SetModerator, publish_pages: PublishPages
) -> None:
    set_moderator(GRAVE)
    page = publish_pages(1)[0]

    with pytest.raises(Exception, match="ck_pages_published"), transaction() as session:
        session.execute(update(Page).where(Page.id == page.id).values(state="published"))


def test_moderation_of_a_workspace_concerns_no_other(team: Team, publish_pages: PublishPages) -> None:
    with transaction() as session:
        session.add(Workspace(name="Other", slug="other", moderates_all=True))

    assert publish_pages(1)[0].severity is None
    assert Decimal(0) == pages_of(publish_pages(1)[0].job_id)[0].writing_cost
