"""The changes feed: nothing new costs almost nothing, and nothing that is new is missed."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.core.clock import utc_now
from app.core.database import transaction
from app.generation.models import Job
from app.generation.moves import lock_job, touch_image
from tests.services.application import MakeJob
from tests.services.statements import statements
from tests.web.curation.filling import complete, fail, fresh, generate, images_of
from tests.web.visitor import Visitor


def poll(visitor: Visitor, job: Job, tag: object, **args: object) -> TestResponse:
    return visitor.get(f"/jobs/{job.id}/changes?{urlencode(args)}", htmx=True, headers={"HX-PTag": str(tag)})


def told(response: TestResponse, name: str) -> str:
    """What the poller is told beside the tiles."""
    found = re.search(rf'id="updates"[^>]* data-{name}="([^"]*)"', response.text)
    assert found
    return found[1]


def targets(response: TestResponse) -> list[str]:
    return re.findall(r'<hx-partial hx-target="#([^"]+)"', response.text)


def tiles(response: TestResponse) -> list[str]:
    return [target for target in targets(response) if target.startswith("image-")]


@pytest.mark.parametrize("prompts", [10, 10_000])
def test_a_poll_without_news_is_two_queries_and_no_body(editor: Visitor, make_job: MakeJob, prompts: int) -> None:
    job = make_job(prompts)
    poll(editor, job, job.revision)
    with statements() as seen:
        answer = poll(editor, job, job.revision)
    assert answer.status_code == 304
    assert answer.data == b""
    assert len(seen) == 2, seen
    assert sum(len(name) + len(value) + 4 for name, value in answer.headers) <= 1024


def test_a_change_is_seen_at_the_next_poll(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(3, 2)
    before = job.revision
    complete(job, [3])
    answer = poll(editor, job, before)
    assert answer.status_code == 200
    assert tiles(answer) == [f"image-{images_of(job)[3].id}"]
    assert {"job-head", "chips", "dock-counts", "updates"} <= set(targets(answer))
    assert 'data-state="completed"' in answer.text
    assert poll(editor, job, answer.headers["HX-PTag"]).status_code == 304


def test_every_partial_morphs_one_element_that_has_its_targets_id(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2, 2)
    complete(job, [0])
    fail(job, [1])
    generate(job, [2])
    text = poll(editor, job, 1).text
    for target, body in re.findall(
        r'<hx-partial hx-target="#([^"]+)" hx-swap="outerMorph">(.*?)</hx-partial>', text, re.DOTALL
    ):
        assert re.match(rf'\s*<\w+[^>]*\sid="{re.escape(target)}"', body), target


def test_a_change_of_the_job_alone_brings_no_tile(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(3)
    before = job.revision
    with transaction():
        lock_job(job.id)
    answer = poll(editor, job, before)
    assert answer.status_code == 200
    assert tiles(answer) == []


def test_only_loaded_tiles_are_sent(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(6)
    complete(job)
    images = images_of(job)
    assert tiles(poll(editor, job, 1, at="2-3,5")) == [f"image-{images[position].id}" for position in (2, 3, 5)]
    assert tiles(poll(editor, job, 1, at="")) == []


def test_a_tile_whose_page_has_changed_is_sent(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    complete(job)
    before = fresh(job).revision
    image = images_of(job)[1]
    with transaction():
        touch_image(image.id)
    assert tiles(poll(editor, job, before)) == [f"image-{image.id}"]


def test_more_changes_than_one_answer_holds_come_one_after_the_other(
    editor: Visitor, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.curation.feed.MOST_CHANGES", 4)
    job = make_job(10)
    tag, seen = "0", []
    for _ in range(3):
        answer = poll(editor, job, tag)
        seen += tiles(answer)
        tag = answer.headers["HX-PTag"]
    assert seen == [f"image-{image.id}" for image in images_of(job)]
    assert poll(editor, job, tag).status_code == 304


def test_polling_goes_on_while_the_job_runs_and_stops_when_it_has_ended(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    complete(job, [0])
    running = poll(editor, job, 1)
    assert 'hx-trigger="every 3s"' in running.text
    complete(job)
    ended = poll(editor, job, running.headers["HX-PTag"])
    assert 'id="updates"' in ended.text
    assert "every" not in ended.text
    assert f'hx-ptag="{ended.headers["HX-PTag"]}"' in ended.text


def test_tiles_come_in_the_order_asked_for_and_say_at_which_revision_they_were_rendered(
    editor: Visitor, make_job: MakeJob
) -> None:
    job = make_job(4, 2)
    answer = editor.get(f"/jobs/{job.id}/tiles?at=6-7,1,0,2", htmx=True)
    assert answer.headers["HX-PTag"] == str(job.revision)
    assert re.findall(r'data-position="(\d+)"', answer.text) == ["6", "7", "1", "0", "2"]
    assert re.findall(r'role="row"[^>]* data-prompt="(\d+)"', answer.text) == ["4", "1", "2"]
    assert "<html" not in answer.text


def test_a_prompt_that_comes_again_in_an_answer_has_its_id_once(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2, 2)
    text = editor.get(f"/jobs/{job.id}/tiles?at=0,2,1", htmx=True).text
    assert text.count('role="row"') == 3
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_positions_that_the_job_does_not_have_are_left_out(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    assert editor.get(f"/jobs/{job.id}/tiles?at=1-5", htmx=True).text.count('role="gridcell"') == 1
    assert editor.get(f"/jobs/{job.id}/tiles", htmx=True).text.strip() == ""


@pytest.mark.parametrize(
    "runs", ["x", "1-", "-1", "3-1", "1,,2", "1;2", "0-300", "0-999999999", "1 OR 1=1", "99999999999", "٣"]
)
@pytest.mark.parametrize("what", ["tiles", "changes"])
def test_what_is_no_run_of_positions_is_refused_with_what_helps(
    editor: Visitor, make_job: MakeJob, what: str, runs: str
) -> None:
    job = make_job(2)
    answer = editor.get(f"/jobs/{job.id}/{what}?{urlencode({'at': runs})}", htmx=True)
    if what == "changes" and runs == "0-300":
        assert answer.status_code == 200
        return
    assert answer.status_code == 400
    assert "Reload the page" in answer.text or "Ask for them in parts" in answer.text


def test_a_change_beside_a_loaded_tile_is_counted_for_its_prompt(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2, 3)
    complete(job)
    before = fresh(job).revision
    images = images_of(job)
    editor.post(f"/jobs/{job.id}/marks", {"images": str(images[2].id), "mark": "keep"})
    answer = poll(editor, job, before, at="0")
    assert tiles(answer) == []
    assert told(answer, "kept") == "1:1/3"


def test_the_poller_is_told_what_belongs_on_the_sheet_now(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(6)
    complete(job, [0, 1])
    before = fresh(job).revision
    complete(job, [2, 3, 5])
    editor.post(f"/jobs/{job.id}/marks", {"at": "3", "mark": "keep"})
    assert told(poll(editor, job, before, at="0-5"), "matching") == "2-3,5"
    assert told(poll(editor, job, before, at="0-5", show="unmarked"), "matching") == "2,5"
    assert told(poll(editor, job, before, at="0-5", show="unmarked", q="number 6"), "matching") == "5"
    assert told(poll(editor, job, before, at="0-5", show="trash"), "matching") == ""


def test_the_poller_asks_for_the_sheet_it_is_on(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    page = editor.get(f"/jobs/{job.id}/?show=kept&q=a+%26+b&nonsense=1").text
    assert f'hx-get="/jobs/{job.id}/changes?show=kept&amp;q=a+%26+b"' in page


def test_a_tag_from_the_future_sends_everything_again(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    assert len(tiles(poll(editor, job, 999))) == 2


def test_without_a_tag_everything_is_sent(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    assert len(tiles(editor.get(f"/jobs/{job.id}/changes", htmx=True))) == 2


@pytest.mark.parametrize("what", ["", "tiles?at=0", "order", "changes?at=0", "images/{image}/"])
def test_another_workspaces_job_is_not_there(app: Flask, stranger: Visitor, make_job: MakeJob, what: str) -> None:
    job = make_job(1)
    address = f"/jobs/{job.id}/" + what.format(image=images_of(job)[0].id)
    assert stranger.get(address, htmx=True).status_code == 404


def test_a_sheet_is_read_with_as_many_queries_however_many_tiles_it_shows(editor: Visitor, make_job: MakeJob) -> None:
    small, large = make_job(2), make_job(80)
    complete(small)
    complete(large)
    with transaction() as session:  # a run of the same length: a very short one has no chart, and asks nothing for it
        session.execute(update(Job).values(started_at=Job.created_at, finished_at=utc_now() + timedelta(minutes=10)))
    assert fewest_statements(editor, small) == fewest_statements(editor, large)


def fewest_statements(visitor: Visitor, job: Job) -> int:
    """Of a few times: now and then a value that is kept for seconds is read again, or the session is touched."""
    numbers = []
    for _ in range(4):
        with statements() as seen:
            assert visitor.get(f"/jobs/{job.id}/").status_code == 200
        numbers.append(len(seen))
    return min(numbers)
