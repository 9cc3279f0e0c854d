"""How a job gets on: the head of its sheet, its chart, and the little a hidden tab asks."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app.core.clock import utc_now
from app.core.database import transaction
from app.curation.tempo import MOST_POINTS, read_tempo
from app.generation import control
from app.generation.models import Image, Job
from app.generation.moves import lock_job
from tests.services.application import MakeJob, Team
from tests.services.statements import statements
from tests.web.curation.filling import complete, fail, fresh, images_of
from tests.web.curation.test_changes import targets
from tests.web.visitor import Visitor


def backdate(job: Job, *, seconds: float, finished: list[float]) -> Job:
    """Let the job have started so long ago, and its first images have been finished at these seconds after that."""
    start = utc_now() - timedelta(seconds=seconds)
    ids = [image.id for image in images_of(job)]
    with transaction() as session:
        lock_job(job.id).started_at = start
        for id_, at in zip(ids, finished, strict=False):
            moved = update(Image).where(Image.id == id_).values(finished_at=start + timedelta(seconds=at))
            session.execute(moved.execution_options(synchronize_session=False))
    return fresh(job)


def test_the_tempo_counts_pictures_by_when_they_were_finished(app: Flask, make_job: MakeJob) -> None:
    job = make_job(8)
    complete(job, range(6))
    fail(job, [6])
    job = backdate(job, seconds=45, finished=[1, 5, 11, 12, 13, 31, 2])
    tempo = read_tempo(job)
    assert tempo is not None
    assert (tempo.per_minute, tempo.seconds) == ([12, 18, 0, 6], 40)
    assert (tempo.most, tempo.last) == (18, 6)


def test_there_is_no_tempo_before_there_are_two_points(app: Flask, make_job: MakeJob) -> None:
    job = make_job(2)
    assert read_tempo(job) is None
    complete(job, [0])
    assert read_tempo(backdate(job, seconds=15, finished=[1])) is None


def test_a_long_job_shows_its_last_half_hour_and_an_ended_one_its_whole_run(app: Flask, make_job: MakeJob) -> None:
    job = make_job(3)
    complete(job, [0, 1])
    running = read_tempo(backdate(job, seconds=7200, finished=[60, 7100]))
    assert running is not None
    assert (len(running.per_minute), running.seconds, sum(running.per_minute)) == (MOST_POINTS, 1800, 1)
    complete(job, [2])
    whole = read_tempo(backdate(job, seconds=7200, finished=[60, 7100, 7150]))
    assert whole is not None
    assert len(whole.per_minute) <= MOST_POINTS
    assert whole.seconds >= 7000


def test_the_chart_is_one_statement_however_many_pictures_there_are(app: Flask, make_job: MakeJob) -> None:
    job = make_job(4)
    complete(job, [0])
    job = backdate(job, seconds=60, finished=[1])
    with statements() as seen:
        read_tempo(job)
    assert len([text for text in seen if "FROM images" in text]) == 1


def test_the_head_says_the_chart_in_words(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(4)
    complete(job, [0, 1])
    backdate(job, seconds=45, finished=[1, 12])
    text = editor.get(f"/jobs/{job.id}/").text
    assert 'aria-label="Pictures a minute over the last 40 s: at most 6, now 0"' in text
    assert "/min of" in text


def test_facts_keep_their_places_while_the_job_runs(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(4)
    waiting = editor.get(f"/jobs/{job.id}/").text
    complete(job, [0])
    running = editor.get(f"/jobs/{job.id}/").text
    shapes = [re.findall(r'<span class="(rate|left|wide)"', text) for text in (waiting, running)]
    assert shapes[0] == shapes[1] == ["rate", "left"]
    complete(job)
    ended = editor.get(f"/jobs/{job.id}/").text
    assert 'class="left"' not in ended
    assert "took <b>" in ended


def test_the_title_says_how_far_a_running_job_is(editor: Visitor, make_job: MakeJob, team: Team) -> None:
    job = make_job(4, title="Covers")
    complete(job, [0])
    assert "<title>25 % · Covers · Proofsheet</title>" in editor.get(f"/jobs/{job.id}/").text
    control.pause_job(job.id, workspace_id=team.workspace_id, actor=team.actor)
    assert "<title>Paused · Covers · Proofsheet</title>" in editor.get(f"/jobs/{job.id}/").text
    control.resume_job(job.id, workspace_id=team.workspace_id, actor=team.actor)
    complete(job)
    assert "<title>Covers · Proofsheet</title>" in editor.get(f"/jobs/{job.id}/").text


def standing(visitor: Visitor, job: Job, tag: str = ""):
    return visitor.get(f"/jobs/{job.id}/standing", htmx=True, headers={"HX-PTag": tag})


def test_a_hidden_tab_asks_for_little_and_gets_nothing_when_nothing_has_changed(
    editor: Visitor, make_job: MakeJob
) -> None:
    job = make_job(4)
    complete(job, [0])
    first = standing(editor, job)
    assert 'data-percent="25"' in first.text
    assert len(first.data) < 800
    with statements() as seen:
        again = standing(editor, job, first.headers["HX-PTag"])
    assert (again.status_code, again.data) == (304, b"")
    assert len(seen) == 2, seen


def test_a_mark_wakes_no_hidden_tab(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    complete(job, [0])
    tag = standing(editor, job).headers["HX-PTag"]
    editor.post(f"/jobs/{job.id}/marks", {"images": str(images_of(job)[0].id), "mark": "keep"})
    assert standing(editor, job, tag).status_code == 304


@pytest.mark.parametrize("ends", [complete, lambda job: fail(job, [0, 1])])
def test_a_hidden_tab_stops_asking_when_the_job_has_ended(editor: Visitor, make_job: MakeJob, ends) -> None:
    job = make_job(2)
    assert 'hx-trigger="every 15s"' in editor.get(f"/jobs/{job.id}/").text
    ends(job)
    assert "hx-trigger" not in standing(editor, job).text


def test_every_answer_of_the_feed_renews_what_the_tab_says(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    complete(job, [0])
    answer = editor.get(f"/jobs/{job.id}/changes", htmx=True, headers={"HX-PTag": "1"})
    assert "standing" in targets(answer)
    assert 'data-percent="50"' in answer.text


def test_another_workspace_learns_nothing(stranger: Visitor, make_job: MakeJob) -> None:
    assert standing(stranger, make_job()).status_code == 404
