"""The publish panel: what it announces, what a click does, and that it stops asking by itself."""

import re
from uuid import uuid4

from flask import Flask

from app.publishing.create_page import create_page
from app.publishing.trash_page import trash_page
from app.writing.interface import Failure, Unwritten
from tests.services.application import MakeJob, Team, make_team
from tests.services.completed import PublishPages, SetWriter, complete, page_ids, pages_of
from tests.web.visitor import Visitor


def test_it_says_how_many_pages_will_be_made(app: Flask, team: Team, make_job: MakeJob) -> None:
    job = make_job(3)
    complete(job)

    page = Visitor(app).be(team.editor).get(f"/jobs/{job.id}/publish")

    assert page.status_code == 200
    assert "Publish 3 pages" in page.text
    assert "hx-trigger" not in page.text


def test_for_htmx_it_is_what_goes_into_the_dialog(app: Flask, team: Team, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)

    fragment = Visitor(app).be(team.editor).get(f"/jobs/{job.id}/publish", htmx=True).text

    assert fragment.strip().startswith("<form")
    assert 'id="publish"' in fragment
    assert "dialog-body" in fragment
    assert "<html" not in fragment


def test_a_click_publishes_and_then_shows_progress_that_polls(app: Flask, team: Team, make_job: MakeJob) -> None:
    job = make_job(2)
    complete(job)
    browser = Visitor(app).be(team.editor)

    fragment = browser.post(f"/jobs/{job.id}/publish", {"visibility": "public"}, htmx=True).text

    assert 'id="publish-progress"' in fragment
    assert 'hx-trigger="every 2s"' in fragment
    assert len(pages_of(job.id)) == 2
    assert 'hx-trigger="every 2s"' in browser.get(f"/jobs/{job.id}/publish").text


def test_polling_stops_when_every_page_is_written_and_links_appear(app: Flask, team: Team, make_job: MakeJob) -> None:
    job = make_job(2)
    complete(job)
    browser = Visitor(app).be(team.editor)
    browser.post(f"/jobs/{job.id}/publish", htmx=True)
    first, second = page_ids(job.id)
    create_page(first)

    between = browser.get(f"/jobs/{job.id}/publish/progress", htmx=True).text
    create_page(second)
    after = browser.get(f"/jobs/{job.id}/publish/progress", htmx=True).text

    assert "every 2s" in between
    assert between.count("/prompt/") == 1
    assert "every 2s" not in after
    assert after.count("/prompt/") == 2


def test_it_promises_nothing_before_the_pages_are_written(
    app: Flask, team: Team, make_job: MakeJob, set_writer: SetWriter
) -> None:
    set_writer(Unwritten(Failure.TIMEOUT, "The writer did not answer in time."))
    job = make_job(2)
    complete(job)
    browser = Visitor(app).be(team.editor)

    clicked = browser.post(f"/jobs/{job.id}/publish", {"visibility": "public"}, htmx=True).text
    for page_id in page_ids(job.id):
        create_page(page_id)
    after = browser.get(f"/jobs/{job.id}/publish", htmx=True).text

    assert "2 pages are being written." in clicked
    assert "will be public" not in clicked
    assert "being written" not in after
    assert "2</b> to review" in after


def test_the_dialog_gives_its_focus_to_the_button_that_publishes(app: Flask, team: Team, make_job: MakeJob) -> None:
    job = make_job(1)
    browser = Visitor(app).be(team.editor)
    empty = browser.get(f"/jobs/{job.id}/publish", htmx=True).text
    complete(job)
    ready = browser.get(f"/jobs/{job.id}/publish", htmx=True).text

    assert re.search(r"<a [^>]*autofocus[^>]*>All pages", empty)
    assert re.search(r"<button [^>]*autofocus[^>]*><span>Publish 1 page", ready)
    assert ready.count("autofocus") == 1
    assert "autofocus" not in browser.get(f"/jobs/{job.id}/publish").text


def test_without_javascript_a_click_leads_back_to_the_panel(app: Flask, team: Team, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)

    answer = Visitor(app).be(team.editor).post(f"/jobs/{job.id}/publish")

    assert answer.status_code == 303
    assert answer.location.endswith(f"/jobs/{job.id}/publish")


def test_what_went_wrong_is_named(app: Flask, team: Team, make_job: MakeJob, set_writer: SetWriter) -> None:
    set_writer(Unwritten(Failure.TIMEOUT, "The writer did not answer in time."))
    job = make_job(1)
    complete(job)
    browser = Visitor(app).be(team.editor)
    browser.post(f"/jobs/{job.id}/publish", htmx=True)
    create_page(page_ids(job.id)[0])

    fragment = browser.get(f"/jobs/{job.id}/publish/progress", htmx=True).text

    assert "1</b> to review" in fragment
    assert "did not answer in time" in fragment


def test_a_viewer_sees_the_panel_and_may_not_publish(app: Flask, team: Team, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)
    browser = Visitor(app).be(team.viewer)

    assert browser.get(f"/jobs/{job.id}/publish").status_code == 200
    assert browser.post(f"/jobs/{job.id}/publish").status_code == 403
    assert pages_of(job.id) == []


def test_for_strangers_to_the_workspace_the_job_does_not_exist(app: Flask, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)
    browser = Visitor(app).be(make_team("rivals").owner)

    assert browser.get(f"/jobs/{job.id}/publish").status_code == 404
    assert browser.get(f"/jobs/{job.id}/publish/progress").status_code == 404
    assert browser.post(f"/jobs/{job.id}/publish").status_code == 404
    assert browser.get(f"/jobs/{uuid4()}/publish").status_code == 404


def test_an_unknown_visibility_is_refused(app: Flask, team: Team, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)

    assert Visitor(app).be(team.editor).post(f"/jobs/{job.id}/publish", {"visibility": "secret"}).status_code == 422


def test_hostile_prompts_are_inert_in_the_panel(app: Flask, team: Team, make_job: MakeJob) -> None:
    job = make_job(("<img src=x onerror=alert(1)>",))
    complete(job)
    browser = Visitor(app).be(team.editor)

    fragment = browser.post(f"/jobs/{job.id}/publish", htmx=True).text

    assert "<img src=x" not in fragment
    assert "&lt;img src=x" in fragment


def test_pages_in_the_trash_are_counted_apart_and_lead_there(
    app: Flask, team: Team, publish_pages: PublishPages
) -> None:
    page, _ = publish_pages(2)
    trash_page(page.id, workspace_id=team.workspace_id, actor=team.actor)
    browser = Visitor(app).be(team.editor)

    panel = browser.get(f"/jobs/{page.job_id}/publish", htmx=True).text
    clicked = browser.post(f"/jobs/{page.job_id}/publish", {"visibility": "public"}, htmx=True).text

    assert "Already have a page, 1 of them public: left as they are</dt><dd>1</dd>" in panel
    assert re.search(r'<dt>Have a page in <a href="/trash/\?what=pages">the trash</a>[^<]*</dt><dd>1</dd>', panel)
    assert "1 image already had one. 1 page left in the trash." in clicked
