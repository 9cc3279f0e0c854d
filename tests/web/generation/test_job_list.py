"""The list of jobs: active ones live, ended ones page by page, and an example for those who have none."""

import pytest
from sqlalchemy import update

from app.core.database import db, db_now, transaction
from app.generation import control, listing
from app.generation.models import Image, Job
from app.generation.states import Mark
from app.publishing.purge import purge_image_now
from tests.services.completed import complete
from tests.services.statements import statements
from tests.web.generation.reading import text_of
from tests.web.visitor import Visitor


def poll(visitor, tag="", query=""):
    return visitor.get(f"/jobs/active{query}", htmx=True, headers={"HX-PTag": tag})


def test_a_workspace_without_jobs_is_offered_an_example_that_costs_nothing(editor):
    page = editor.get("/jobs/")
    assert 'id="first-job"' in page.text
    assert "Run this example" in page.text


def test_the_example_runs_with_one_click(editor):
    page = editor.get("/jobs/").text
    names = ("form_token", "prompts", "model", "quality", "size", "images_per_prompt", "visibility", "title", "mode")
    answer = editor.post("/jobs/", {name: hidden(page, name) for name in names})
    job = db.session.query(Job).one()
    assert answer.location == f"/jobs/{job.id}/"
    assert (job.total_prompts, job.total_images, job.estimated_cost, job.model) == (6, 12, 0, "demo/painter")


def hidden(page: str, name: str) -> str:
    return page.split(f'type="hidden" name="{name}" value="')[1].split('">', maxsplit=1)[0]


def test_a_viewer_sees_jobs_but_no_way_to_change_them(viewer, make_job):
    job = make_job()
    page = viewer.get("/jobs/").text
    assert f'id="job-{job.id}"' in page
    assert "/jobs/new" not in page
    assert f"/jobs/{job.id}/pause" not in page


def test_every_active_job_is_shown_wherever_it_stands_and_asked_about(editor, make_job):
    old = make_job()
    for _ in range(listing.PAGE + 1):
        complete(make_job(1))
    page = editor.get("/jobs/").text
    active, _, ended = page.partition('id="ended-jobs"')
    assert f'id="job-{old.id}"' in active
    assert ended.count('class="job-row"') == listing.PAGE
    assert 'hx-trigger="every 5s, jobChanged from:body"' in active


def test_a_poll_without_changes_is_empty(editor, make_job):
    make_job()
    first = poll(editor)
    second = poll(editor, first.headers["HX-PTag"])
    assert (second.status_code, second.data) == (304, b"")


def test_a_poll_brings_what_changed(editor, make_job, team):
    job = make_job()
    tag = poll(editor).headers["HX-PTag"]
    control.pause_job(job.id, workspace_id=team.workspace_id, actor=team.actor)
    answer = poll(editor, tag)
    assert answer.status_code == 200
    assert 'data-state="paused"' in answer.text
    assert 'hx-target="#ended-jobs"' not in answer.text


def test_polling_stops_when_the_last_active_job_has_ended(editor, make_job):
    job = make_job()
    tag = poll(editor).headers["HX-PTag"]
    complete(job)
    answer = poll(editor, tag)
    assert "every 5s" not in answer.text
    assert f'id="job-{job.id}"' in answer.text.partition('hx-target="#ended-jobs"')[2]


def test_ended_jobs_are_turned_over_page_by_page(editor, make_job):
    ids = []
    for _ in range(listing.PAGE + 2):
        job = make_job(1)
        complete(job)
        ids.append(job.id)
    first = editor.get("/jobs/").text
    following = first.split('rel="next" href="')[1].split('"')[0]
    second = editor.get(following).text
    assert second.count('class="job-row"') == 2
    assert f'id="job-{ids[0]}"' in second
    assert f'id="job-{ids[-1]}"' not in second
    assert 'rel="next"' not in second


def test_ended_jobs_are_filtered_by_state_and_by_words_of_the_title(editor, make_job, team):
    kept, other = make_job(1, title="Autumn 100% covers"), make_job(1, title="Winter")
    complete(kept)
    control.cancel_job(other.id, workspace_id=team.workspace_id, actor=team.actor)
    by_state = editor.get("/jobs/?state=cancelled").text
    by_text = editor.get("/jobs/?text=100%25").text
    nothing = editor.get("/jobs/?text=spring")
    assert ("Winter" in by_state, "Autumn" in by_state) == (True, False)
    assert ("Winter" in by_text, "Autumn" in by_text) == (False, True)
    assert "No ended job matches." in text_of(nothing)


@pytest.mark.parametrize("query", ["?state=running", "?state=nonsense", "?before=x", "?text=%00"])
def test_senseless_filters_do_no_harm(editor, make_job, query):
    make_job()
    assert editor.get(f"/jobs/{query}").status_code == 200
    assert poll(editor, query=query).status_code == 200


def test_a_job_that_costs_nothing_is_free(editor, make_job):
    make_job(1)
    read = text_of(editor.get("/jobs/"))
    assert " free " in read
    assert "$0.00" not in read


def test_titles_are_inert(editor, make_job):
    make_job(1, title="<script>alert(1)</script>")
    assert "<script>alert" not in editor.get("/jobs/").text


def test_another_workspace_sees_nothing_of_it(stranger, make_job):
    job = make_job()
    assert str(job.id) not in stranger.get("/jobs/").text
    assert str(job.id) not in poll(stranger).text


def test_who_is_not_signed_in_is_led_to_the_sign_in(app):
    assert Visitor(app).get("/jobs/").location.startswith("/login")


def test_a_poll_without_changes_reads_the_jobs_and_no_picture(editor, make_job):
    complete(make_job(2))
    make_job(2)
    with statements() as full:
        first = poll(editor)
    with statements() as seen:
        assert poll(editor, first.headers["HX-PTag"]).status_code == 304
    assert len(seen) < len(full)


def test_a_poll_costs_the_same_however_many_images_there_are(editor, make_job):
    make_job(2)
    with statements() as few:
        poll(editor)
    make_job(60, count=10)
    with statements() as many:
        poll(editor)
    assert len(many) == len(few)


def test_the_first_pictures_that_are_still_there_are_shown(make_job, team):
    job, untouched = make_job(7), make_job(2)
    images = complete(job, mark=Mark.NONE)
    complete(untouched)
    with transaction() as session:
        session.execute(
            update(Image).where(Image.id.in_([image.id for image in images[:4]])).values(trashed_at=db_now())
        )
    purge_image_now(images[1].id, workspace_id=team.workspace_id, actor=team.actor)

    shown = listing.first_pictures([job, untouched])

    assert [image.position for image in shown[job.id]] == [4, 5, 6]
    assert [image.position for image in shown[untouched.id]] == [0, 1]
