"""Filters, sorts and stacks: which pictures a sheet shows, in which order, and what lies under what."""

import re
from collections.abc import Iterable
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from app.core.database import transaction
from app.core.errors import ErrorClass
from app.curation.runs import parse_runs
from app.generation.models import Asset, Image, Job
from app.publishing.purge import purge_image_now
from tests.services.application import MakeJob, Team
from tests.services.statements import statements
from tests.web.curation.filling import complete, fail, fresh, generate, images_of, number_all
from tests.web.visitor import Visitor


def order(visitor: Visitor, job: Job, **args: object) -> str:
    """The order the server gives; the page says the same as the fragment."""
    query = urlencode(args)
    answer = visitor.get(f"/jobs/{job.id}/order?{query}")
    assert answer.status_code == 200
    assert answer.json is not None
    page = visitor.get(f"/jobs/{job.id}/?{query}").text
    assert f'data-order="{answer.json["order"]}"' in page
    assert f'data-matching="{answer.json["matching"]}"' in page
    assert answer.json["revision"] == fresh(job).revision
    return str(answer.json["order"])


def set_assets(job: Job, values: Iterable[dict[str, Any]]) -> None:
    images = images_of(job)
    with transaction() as session:
        for image, each in zip(images, values, strict=False):
            session.execute(update(Asset).where(Asset.id == image.asset_id).values(**each))


def set_images(job: Job, positions: Iterable[int], **values: Any) -> None:
    with transaction() as session:
        session.execute(
            update(Image).where(Image.job_id == job.id, Image.position.in_(list(positions))).values(**values)
        )


def post(visitor: Visitor, job: Job, **form: str) -> None:
    assert visitor.post(f"/jobs/{job.id}/marks", form).status_code == 303


@pytest.fixture
def mixed(editor: Visitor, make_job: MakeJob) -> Job:
    """0 kept, 1 rejected with 4 stars, 2 unmarked with 2 stars, 3 refused, 4 lost, 5 generating, 6 queued, 7 in the trash."""
    job = make_job(("a red Fox", "a blue whale", "Öl on canvas", "50% off_sale"), 2)
    complete(job, [0, 1, 2, 7])
    fail(job, [3], error_type=ErrorClass.CONTENT_POLICY)
    fail(job, [4], error_type=ErrorClass.AMBIGUOUS)
    generate(job, [5])
    post(editor, job, at="0", mark="keep")
    post(editor, job, at="1", mark="reject")
    post(editor, job, at="1", rating="4")
    post(editor, job, at="2", rating="2")
    post(editor, job, at="7", trashed="1")
    set_images(job, [2, 3], model="demo/other", rerouted=True)
    return job


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({}, "0-6"),
        ({"show": "unmarked"}, "2"),
        ({"show": "kept"}, "0"),
        ({"show": "rejected"}, "1"),
        ({"show": "failed"}, "3-4"),
        ({"show": "trash"}, "7"),
        ({"state": "completed"}, "0-2"),
        ({"state": "generating"}, "5"),
        ({"state": "queued"}, "6"),
        ({"state": "unknown"}, "4"),
        ({"mark": "keep"}, "0"),
        ({"mark": "none"}, "2"),
        ({"error": "content_policy"}, "3"),
        ({"error": "ambiguous"}, "4"),
        ({"error": "transient"}, ""),
        ({"prompt": "2"}, "2-3"),
        ({"prompt": "9"}, ""),
        ({"model": "demo/other"}, "2-3"),
        ({"model": "demo/painter"}, "0-1,4-6"),
        ({"model": "nobody/knows"}, ""),
        ({"rating": "1"}, "1-2"),
        ({"rating": "3"}, "1"),
        ({"rating": "5"}, ""),
        ({"q": "fox"}, "0-1"),
        ({"q": "  RED   fox "}, "0-1"),
        ({"q": "öL"}, "4-5"),
        ({"q": "50%"}, "6"),
        ({"q": "%"}, "6"),
        ({"q": "f_s"}, "6"),
        ({"q": "_"}, "6"),
        ({"q": "nowhere"}, ""),
        ({"show": "failed", "model": "demo/other"}, "3"),
        ({"show": "kept", "rating": "1"}, ""),
        ({"show": "trash", "q": "sale"}, "7"),
        ({"show": "trash", "prompt": "1"}, ""),
        ({"sort": "rating"}, "1-2,0,3-6"),
        ({"stack": "prompt"}, "0(1),2(3),4(5),6"),
        ({"stack": "prompt", "sort": "rating"}, "1(0),2(3),4(5),6"),
        ({"stack": "prompt", "show": "failed"}, "3-4"),
    ],
)
def test_conditions_hold_together(editor: Visitor, mixed: Job, args: dict[str, str], expected: str) -> None:
    assert order(editor, mixed, **args) == expected


@pytest.mark.parametrize(
    "args",
    [
        {"show": "everything"},
        {"state": "happy"},
        {"mark": "love"},
        {"error": "cosmic_rays"},
        {"prompt": "two"},
        {"prompt": "-1"},
        {"prompt": "٣"},
        {"prompt": "9" * 40},
        {"rating": "6"},
        {"rating": "x"},
        {"sharp": "very"},
        {"q": "\0 "},
        {"sort": "price"},
        {"stack": "high"},
        {"from": "-5"},
        {"from": "x"},
        {"show": "' OR 1=1 --"},
    ],
)
def test_what_nobody_knows_counts_as_not_said(editor: Visitor, mixed: Job, args: dict[str, str]) -> None:
    assert order(editor, mixed, **args) == "0-6"


@pytest.mark.parametrize("q", ["' OR 1=1 --", "\\", "%' ESCAPE '", "\ud800", "x" * 5000])
def test_a_search_is_text_and_nothing_else(editor: Visitor, mixed: Job, q: str) -> None:
    encoded = urlencode({"q": q}, errors="surrogatepass")
    answer = editor.get(f"/jobs/{mixed.id}/order?{encoded}")
    assert answer.status_code == 200
    assert editor.get(f"/jobs/{mixed.id}/?{encoded}").status_code == 200


def test_the_newest_come_first_and_what_has_not_ended_is_still_to_come(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(5)
    for position in (2, 0, 3):
        complete(job, [position])
    assert order(editor, job, sort="newest") == "3,0,2"


def test_sharpness_is_the_jobs_own(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(10)
    complete(job, range(9))
    set_assets(job, [{"sharpness": value} for value in (10, 90, 50, 30, 70, 20, 80, 60, None)])
    assert order(editor, job, sort="sharpest") == "1,6,4,7,2-3,5,0,8-9"
    assert order(editor, job, sort="softest") == "0,5,3,2,7,4,6,1,8-9"
    assert order(editor, job, sharp="sharp") == "1,6"
    assert order(editor, job, sharp="soft") == "0,5"
    post(editor, job, at="1", trashed="1")
    assert order(editor, job, sharp="sharp") == "4,6", "what is in the trash is no measure"


def test_a_job_without_a_measured_picture_has_no_sharp_one(editor: Visitor, make_job: MakeJob) -> None:
    assert order(editor, make_job(3), sharp="sharp") == ""


def test_alike_pictures_lie_on_one_another(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(7)
    complete(job, range(6))
    hashes = ["0" * 16, "f" * 16, "000000000000003f", "000000000000007f", "fffffffffffffffe", None]
    set_assets(job, [{"perceptual_hash": each} for each in hashes])
    assert order(editor, job, stack="similar") == "0(2),1(4),3,5-6"
    assert editor.get(f"/jobs/{job.id}/?stack=similar").text.count('role="gridcell"') == 5
    set_assets(job, [{"sharpness": float(value)} for value in range(6)])
    assert order(editor, job, stack="similar", sort="sharpest") == "5,4(1),3(2),0,6"


def test_the_order_of_a_whole_job_asks_no_image(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(3, 2)
    editor.get(f"/jobs/{job.id}/order")
    with statements() as seen:
        answer = editor.get(f"/jobs/{job.id}/order")
    assert answer.json == {"order": "0-5", "matching": 6, "revision": job.revision}
    assert [each for each in seen if "FROM images" in each] == []


def test_the_page_says_what_the_sheet_is(editor: Visitor, viewer: Visitor, make_job: MakeJob) -> None:
    job = make_job(70, 2, width=1536, height=1024)
    page = editor.get(f"/jobs/{job.id}/").text
    for fact in (
        'data-order="0-139"',
        'data-per-prompt="2"',
        'data-width="1536"',
        f'data-tiles-url="/jobs/{job.id}/tiles"',
        f'data-order-url="/jobs/{job.id}/order"',
        f'data-marks-url="/jobs/{job.id}/marks"',
    ):
        assert fact in page
    assert page.count('role="gridcell"') == 60
    assert "data-marks-url" not in viewer.get(f"/jobs/{job.id}/").text


def test_prompts_keep_their_numbers_when_others_are_gone_for_good(
    editor: Visitor, make_job: MakeJob, team: Team
) -> None:
    job = make_job(3, 2)
    complete(job)
    for image in images_of(job, [0, 1, 2]):
        assert editor.post(f"/jobs/{job.id}/marks", {"images": str(image.id), "trashed": "1"}).status_code == 303
        assert purge_image_now(image.id, workspace_id=team.workspace_id, actor=team.actor)
    page = editor.get(f"/jobs/{job.id}/").text
    assert 'data-order="3-5"' in page
    assert 'data-position="3" data-prompt="2" data-variation="2"' in page
    assert re.search(r'<input[^>]*id="filter-prompt"[^>]*max="3"|<input[^>]*max="3"[^>]*id="filter-prompt"', page)
    assert editor.get(f"/jobs/{job.id}/order?prompt=3").json["order"] == "4-5"


def test_without_scripts_one_turns_over_within_the_filter(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(100)
    complete(job, range(0, 100, 2))
    complete(job, range(1, 30, 2))
    first = editor.get(f"/jobs/{job.id}/?state=completed").text
    assert f'href="/jobs/{job.id}/?state=completed&amp;from=60"' in first
    assert "Earlier pictures" not in first
    second = editor.get(f"/jobs/{job.id}/?state=completed&from=60").text
    assert second.count('role="gridcell"') == 5
    assert 'data-position="98"' in second
    assert f'href="/jobs/{job.id}/?state=completed"' in second
    assert "More pictures" not in second
    beyond = editor.get(f"/jobs/{job.id}/?state=completed&from=5000").text
    assert beyond.count('role="gridcell"') == 5


def test_an_empty_sheet_says_why(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    assert "The trash is empty." in editor.get(f"/jobs/{job.id}/?show=trash").text
    assert "Nothing is kept yet." in editor.get(f"/jobs/{job.id}/?show=kept").text
    assert "No picture is like that." in editor.get(f"/jobs/{job.id}/?show=kept&q=x").text


def test_chips_keep_the_other_conditions(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    page = editor.get(f"/jobs/{job.id}/?show=kept&q=fox&sort=newest").text
    assert f'href="/jobs/{job.id}/?show=rejected&amp;q=fox&amp;sort=newest"' in page
    assert f'href="/jobs/{job.id}/?q=fox&amp;sort=newest"' in page


FILTERS: list[dict[str, str]] = [
    {},
    {"show": "unmarked"},
    {"show": "kept"},
    {"show": "failed"},
    {"show": "trash"},
    {"state": "completed"},
    {"rating": "3"},
    {"q": "number 77"},
    {"sharp": "sharp"},
    {"sharp": "soft", "sort": "softest"},
    {"sort": "newest"},
    {"sort": "sharpest"},
    {"sort": "rating"},
    {"stack": "prompt"},
    {"stack": "similar"},
]


def test_ten_thousand_images_are_put_in_order_in_a_moment(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2500, 4)
    number_all(job)
    for args in FILTERS:
        began = perf_counter()
        with statements() as seen:
            answer = editor.get(f"/jobs/{job.id}/order?{urlencode(args)}")
        assert answer.json is not None
        flat = re.sub(r"\((.*?)\)", r",\1", answer.json["order"])
        assert len(parse_runs(flat, most=10_000)) == answer.json["matching"], args
        assert len(seen) <= 4, (args, seen)
        assert perf_counter() - began < 20, args
    with statements() as seen:
        page = editor.get(f"/jobs/{job.id}/?from=9990").text
    assert 'data-position="9999"' in page
    assert page.count('role="gridcell"') == 40
