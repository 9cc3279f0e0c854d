"""What stands above the sheet: filters that can be shared, and all that match at once."""

import re

import pytest

from app.generation.models import Job
from tests.services.application import MakeJob
from tests.web.curation.filling import complete, fail, images_of
from tests.web.visitor import Visitor


def page(visitor: Visitor, job: Job, query: str = "") -> str:
    return visitor.get(f"/jobs/{job.id}/{query}").text


def select(text: str, name: str) -> list[str]:
    """The values of a list of choices, the chosen one with a star."""
    options = re.search(rf'<select[^>]*name="{name}".*?</select>', text, re.DOTALL)
    assert options is not None
    found = re.findall(r'<option value="([^"]*)"( selected)?', options[0])
    return [value + ("*" if chosen else "") for value, chosen in found]


def test_a_filter_stands_in_the_form_and_can_be_taken_away_by_itself(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(("a red fox", "a blue whale", "a red boat"))
    complete(job)
    text = page(editor, job, "?q=red&prompt=3&sort=newest")
    assert 'name="q" id="find-text" value="red"' in text
    assert select(text, "sort")[1] == "newest*"
    assert "<b data-matching-count>1</b> of 3" in text
    addresses = re.findall(
        rf'class="tag" href="/jobs/{job.id}/\?([^"]+)" aria-label="Remove the filter: ([^"]+)"', text
    )
    assert dict(map(reversed, addresses)) == {
        "“red”": "prompt=3&amp;sort=newest",
        "prompt 3": "q=red&amp;sort=newest",
        "newest first": "prompt=3&amp;q=red",
    }


def test_without_a_filter_nothing_is_said_about_filters(editor: Visitor, make_job: MakeJob) -> None:
    text = page(editor, make_job(2))
    assert 'class="active-filters"' not in text
    assert ">All <span data-matching-count>2</span>…" in text


def test_only_what_the_job_has_can_be_chosen(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(3)
    assert 'name="error"' not in page(editor, job)
    assert 'name="model"' in page(editor, job)
    fail(job, [0])
    fail(job, [1], error_type="quota", message="Used up.")
    assert sorted(select(page(editor, job), "error")) == ["*", "content_policy", "quota"]
    assert "quota*" in select(page(editor, job, "?error=quota"), "error")


def test_a_failure_of_the_head_leads_to_its_images(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    fail(job, [1])
    assert f'href="/jobs/{job.id}/?error=content_policy"' in page(editor, job)
    assert page(editor, job, "?error=content_policy").count('role="gridcell"') == 1


@pytest.mark.parametrize(
    "query", ["?sort=best", "?prompt=x", "?rating=9", "?state=%00", "?error=nonsense", "?model=none"]
)
def test_senseless_filters_do_no_harm(editor: Visitor, make_job: MakeJob, query: str) -> None:
    assert editor.get(f"/jobs/{make_job(2).id}/{query}").status_code == 200


def test_a_viewer_finds_but_decides_nothing(viewer: Visitor, make_job: MakeJob) -> None:
    text = page(viewer, make_job(2))
    assert 'id="finding"' in text
    assert 'id="matching"' not in text
    assert 'id="all-matching"' not in text


def test_the_question_before_a_run_says_how_many_and_what_is_left_out(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(5)
    complete(job, [0])
    fail(job, [1], error_type="transient", message="Busy.")
    fail(job, [2])
    fail(job, [3], error_type="ambiguous", message="Lost.")
    address = f"/jobs/{job.id}/rerun/look"
    seen = editor.post(address, {"at": "0-4"}).json
    assert seen["images"] == 1
    assert seen["sentence"] == (
        "1 image will run again, free of charge. Left out: 1 image would fail in the same way again; "
        "1 image without an answer may be billed twice."
    )
    assert editor.post(address, {"at": "2", "refused": "1"}).json["images"] == 1
    assert editor.post(address, {"at": "0"}).json["images"] == 0
    assert [image.state for image in images_of(job)][1:4] == ["failed", "failed", "unknown"]


def test_what_failed_among_those_that_match_runs_again(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(4)
    complete(job, [0])
    fail(job, [1, 2], error_type="transient", message="Busy.")
    fail(job, [3])
    answer = editor.post(f"/jobs/{job.id}/rerun", {"at": "0-1,3"}, headers={"Accept": "application/json"})
    assert answer.json["sentence"].startswith("1 image will run again.")
    assert [image.state for image in images_of(job)] == ["completed", "queued", "failed", "failed"]
    again = editor.post(f"/jobs/{job.id}/rerun", {"at": "0-1"}, headers={"Accept": "application/json"})
    assert again.json["started"] == 0


def test_a_stranger_is_asked_nothing(stranger: Visitor, make_job: MakeJob) -> None:
    assert stranger.post(f"/jobs/{make_job().id}/rerun/look", {"at": "0"}).status_code == 404
