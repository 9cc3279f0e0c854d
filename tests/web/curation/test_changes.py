"""The changes feed: nothing new costs almost nothing, and nothing that is new is missed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from app.core.database import transaction
from app.generation.models import Job
from app.generation.moves import lock_job, touch_image
from tests.services.application import MakeJob
from tests.web.curation.filling import complete, fail, fresh, generate, images_of
from tests.web.visitor import Visitor


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that is sent to any database meanwhile, without those that begin and end transactions."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def poll(visitor: Visitor, job: Job, tag: object, **window: int) -> TestResponse:
    query = "&".join(f"{name.rstrip('_')}={value}" for name, value in window.items())
    return visitor.get(f"/jobs/{job.id}/changes?{query}", htmx=True, headers={"HX-PTag": str(tag)})


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
    assert {"job-head", "chips", "dock-counts", "kept-2", "updates"} <= set(targets(answer))
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
    assert tiles(poll(editor, job, 1, from_=2, to=4)) == [f"image-{image.id}" for image in images[2:4]]


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
    monkeypatch.setattr("app.curation.feed.MOST_TILES", 4)
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


def test_a_page_of_tiles_says_at_which_revision_it_was_rendered(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(200)
    answer = editor.get(f"/jobs/{job.id}/tiles?from=96", htmx=True)
    assert answer.headers["HX-PTag"] == str(job.revision)
    assert answer.text.count('role="gridcell"') == 96
    assert "from=192" in answer.text
    last = editor.get(f"/jobs/{job.id}/tiles?from=192", htmx=True)
    assert last.text.count('role="gridcell"') == 8
    assert "more-tiles" not in last.text


def test_a_tag_from_the_future_sends_everything_again(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    assert len(tiles(poll(editor, job, 999))) == 2


def test_without_a_tag_everything_is_sent(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    assert len(tiles(editor.get(f"/jobs/{job.id}/changes", htmx=True))) == 2


@pytest.mark.parametrize("what", ["", "tiles", "changes", "images/{image}/"])
def test_another_workspaces_job_is_not_there(app: Flask, stranger: Visitor, make_job: MakeJob, what: str) -> None:
    job = make_job(1)
    address = f"/jobs/{job.id}/" + what.format(image=images_of(job)[0].id)
    assert stranger.get(address, htmx=True).status_code == 404


def test_a_sheet_is_read_with_as_many_queries_however_many_tiles_it_shows(editor: Visitor, make_job: MakeJob) -> None:
    small, large = make_job(2), make_job(80)
    complete(small)
    complete(large)
    numbers = []
    for job in (small, large, small, large):
        with statements() as seen:
            assert editor.get(f"/jobs/{job.id}/").status_code == 200
        numbers.append(len(seen))
    assert numbers[2] == numbers[3]
