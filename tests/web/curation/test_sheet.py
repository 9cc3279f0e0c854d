"""What the contact sheet shows to those who open it."""

import re

import pytest

from app.core.database import transaction
from app.core.errors import ErrorClass
from app.generation.models import Image
from app.generation.moves import lock_job, pause
from app.publishing.models import Page
from tests.services.application import MakeJob, Team
from tests.web.curation.filling import complete, fail, fresh, generate, images_of
from tests.web.visitor import Visitor


def test_every_prompt_has_its_group_and_its_count(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(("a red fox", "a blue whale"), 3)
    page = editor.get(f"/jobs/{job.id}/")
    assert page.text.count('role="gridcell"') == 6
    assert 'id="prompt-2"' in page.text
    assert "a blue whale" in page.text
    assert "0 of 3 kept" in page.text


def test_prompts_are_text_and_never_markup(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(('<script>alert("x")</script> & <b>',))
    assert "<script>alert" not in editor.get(f"/jobs/{job.id}/").text


@pytest.mark.parametrize("kind", list(ErrorClass))
def test_a_failed_tile_says_what_happened_and_carries_the_button_that_helps(
    editor: Visitor, make_job: MakeJob, kind: ErrorClass
) -> None:
    job = make_job(1)
    fail(job, [0], error_type=kind, message="The <reason> for it.")
    text = editor.get(f"/jobs/{job.id}/").text
    assert "The &lt;reason&gt; for it." in text
    image = images_of(job)[0]
    wants_another_prompt = kind in (ErrorClass.CONTENT_POLICY, ErrorClass.PERMANENT)
    assert ("Edit and run again" in text) is wants_another_prompt
    assert (f"/images/{image.id}/rerun" in text) is not wants_another_prompt
    side = editor.get(f"/jobs/{job.id}/images/{image.id}/", htmx=True).text
    assert f"/images/{image.id}/rerun" in side
    assert 'name="prompt"' in side
    assert ('<details class="more" open>' in side) is wants_another_prompt


def test_a_refused_image_runs_again_with_the_prompt_that_was_sent(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    fail(job, [0])
    image = images_of(job)[0]
    assert editor.post(f"/images/{image.id}/rerun", {"prompt": " "}, htmx=True).status_code == 422
    assert images_of(job)[0].state == "failed"
    editor.post(f"/images/{image.id}/rerun", {"prompt": "first line\r\nsecond line"})
    again = images_of(job)[0]
    assert (again.state, again.prompt_typed) == ("queued", "first line\nsecond line")


def test_what_may_have_been_billed_asks_before_it_runs_again(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    fail(job, [0], error_type="ambiguous")
    assert "may have been billed" in editor.get(f"/jobs/{job.id}/").text


def test_a_running_tile_counts_its_seconds(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    generate(job, [0])
    assert 'data-elapsed="' in editor.get(f"/jobs/{job.id}/").text


def test_a_published_tile_links_to_its_page(editor: Visitor, make_job: MakeJob, team: Team) -> None:
    job = make_job(2)
    complete(job)
    make_page(images_of(job)[0], team, state="published", slug="a-fox")
    make_page(images_of(job)[1], team, state="processing", slug=None)
    text = editor.get(f"/jobs/{job.id}/").text
    assert "/prompt/a-fox/" in text
    assert "writing…" in text


def test_publish_counts_kept_pictures_without_a_page(editor: Visitor, make_job: MakeJob, team: Team) -> None:
    job = make_job(2)
    complete(job)
    ids = [image.id for image in images_of(job)]
    assert "aria-disabled" in publish_button(editor.get(f"/jobs/{job.id}/").text)
    editor.post(f"/jobs/{job.id}/marks?images={ids[0]}&images={ids[1]}", {"mark": "keep"})
    make_page(images_of(job)[0], team, state="draft", slug="a-draft")
    button = publish_button(editor.get(f"/jobs/{job.id}/").text)
    assert '<span data-count="publishable">1</span>' in button
    assert "aria-disabled" not in button


def publish_button(text: str) -> str:
    return text.partition('id="publish-open"')[2].partition("</a>")[0]


def test_a_viewer_gets_no_link_to_what_only_editors_may_open(viewer: Visitor, make_job: MakeJob, team: Team) -> None:
    job = make_job(1)
    complete(job)
    image = images_of(job)[0]
    make_page(image, team, state="draft", slug="a-draft")
    text = viewer.get(f"/jobs/{job.id}/").text + viewer.get(f"/jobs/{job.id}/images/{image.id}/", htmx=True).text
    assert text.count("draft") == 2
    assert "/edit" not in text
    assert "keep this, reject the other variations" not in text
    assert "Deciding" not in text


def test_a_sheet_whose_pages_are_being_written_goes_on_asking(editor: Visitor, make_job: MakeJob, team: Team) -> None:
    job = make_job(1)
    complete(job)
    assert "every 3s" not in editor.get(f"/jobs/{job.id}/").text
    make_page(images_of(job)[0], team, state="processing", slug=None)
    assert "every 3s" in editor.get(f"/jobs/{job.id}/").text


def make_page(image: Image, team: Team, *, state: str, slug: str | None) -> None:
    assert image.asset_id is not None
    with transaction() as session:
        session.add(
            Page(
                workspace_id=team.workspace_id,
                job_id=image.job_id,
                image_id=image.id,
                asset_id=image.asset_id,
                author_id=team.editor,
                state=state,
                slug=slug,
                visibility="public",
                title="A fox",
                prompt="a fox",
                generator="Other",
                published_at=image.finished_at if state == "published" else None,
                trashed_at=image.finished_at if state == "trashed" else None,
            )
        )


@pytest.mark.parametrize(
    ("show", "count"), [("all", 4), ("unmarked", 1), ("kept", 1), ("failed", 1), ("rejected", 0), ("x", 4)]
)
def test_the_sheet_can_be_narrowed(editor: Visitor, make_job: MakeJob, show: str, count: int) -> None:
    job = make_job(4)
    complete(job, [0, 1])
    fail(job, [2])
    editor.post(f"/jobs/{job.id}/marks?images={images_of(job)[0].id}", {"mark": "keep"})
    assert editor.get(f"/jobs/{job.id}/?show={show}").text.count('role="gridcell"') == count


def test_without_scripts_a_link_leads_to_the_next_tiles(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(100)
    assert f'href="/jobs/{job.id}/?from=60"' in editor.get(f"/jobs/{job.id}/").text
    assert editor.get(f"/jobs/{job.id}/?from=60").text.count('role="gridcell"') == 40
    assert editor.get(f"/jobs/{job.id}/tiles?at=60-99").headers["Location"].startswith(f"/jobs/{job.id}/?from=60")


def test_buttons_of_marks_send_a_form_only_where_no_script_sends_them(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(3)
    complete(job, [0, 1, 2])
    assert editor.get(f"/jobs/{job.id}/").text.count('type="submit" form="marks-form" formaction="') == 6
    tiles = editor.get(f"/jobs/{job.id}/tiles?at=0-2", headers={"HX-Request": "true"}).text
    assert tiles.count("data-marks=") == 6
    assert " form=" not in tiles


def test_the_first_pictures_are_asked_for_at_once_and_the_others_when_they_come_near(
    editor: Visitor, make_job: MakeJob
) -> None:
    job = make_job(14)
    complete(job, range(14))
    pictures = re.findall(r'<img class="tile-picture"[^>]*>', editor.get(f"/jobs/{job.id}/").text)
    assert ['fetchpriority="high"' in picture for picture in pictures] == [True] * 12 + [False] * 2
    assert ['loading="lazy"' in picture for picture in pictures] == [False] * 12 + [True] * 2


def test_a_job_can_begin_with_everything_kept(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(3, default_mark="keep")
    complete(job, [0, 1])
    assert (fresh(job).kept_count, [image.mark for image in images_of(job)]) == (2, ["keep", "keep", "none"])
    page = editor.get(f"/jobs/{job.id}/").text
    assert page.count('data-mark="keep"') == 2
    assert "data-marked-by" not in page
    assert publish_button(page).count('<span data-count="publishable">2</span>') == 1


def test_every_tile_carries_the_caption_of_its_prompt(editor: Visitor, make_job: MakeJob) -> None:
    """Which one shows it depends on the order: the styles and scripts decide."""
    job = make_job(("a red fox " * 200,), 2)
    page = editor.get(f"/jobs/{job.id}/").text
    assert page.count('class="prompt-whole"') == 2
    assert page.count("The whole prompt") == 2
    assert page.count('data-kept="0" data-total="2"') == 2


def test_the_page_of_an_image_decides_without_scripts(editor: Visitor, viewer: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)
    image = images_of(job)[0]
    address = f"/jobs/{job.id}/images/{image.id}/"
    page = editor.get(address).text
    for field, value in (("mark", "keep"), ("rating", "5"), ("trashed", "1")):
        assert f'name="{field}" value="{value}"' in page
    assert 'name="mark"' not in viewer.get(address).text
    assert 'name="mark"' not in editor.get(address, htmx=True).text
    editor.post(f"/jobs/{job.id}/marks?images={image.id}", {"trashed": "1"})
    assert 'name="trashed" value="0"' in editor.get(address).text


def test_the_header_says_how_the_job_is_getting_on(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(10)
    complete(job, range(4))
    fail(job, [4, 5])
    generate(job, [6])
    text = " ".join(editor.get(f"/jobs/{job.id}/").text.split())
    assert "<b>4</b> of 10" in text
    assert "<b>1</b> running" in text
    assert "<b>2</b> content policy" in text
    assert f'action="/jobs/{job.id}/pause"' in text
    assert f'action="/jobs/{job.id}/retry"' not in text


def test_a_paused_job_gives_its_reason_and_can_be_resumed(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    with transaction():
        pause(lock_job(job.id), "The key was refused. Put in a new one.")
    text = editor.get(f"/jobs/{job.id}/").text
    assert "The key was refused. Put in a new one." in text
    assert f'action="/jobs/{job.id}/resume"' in text


def test_a_job_paused_by_hand_says_who_did_it_and_what_still_comes(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(4)
    generate(job, [0])
    editor.post(f"/jobs/{job.id}/pause")
    text = editor.get(f"/jobs/{job.id}/").text
    assert "Paused by Editor." in text
    assert "1 picture on the way still arrives; 3 images wait until you press Resume." in text
    assert "put right" not in text


def test_a_viewer_gets_no_buttons_that_would_be_refused(viewer: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    fail(job, [0])
    text = viewer.get(f"/jobs/{job.id}/").text
    assert "/rerun" not in text
    assert f'action="/jobs/{job.id}/pause"' not in text


def test_all_that_is_known_about_one_image(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(("a red fox",), character_description="A tall woman")
    complete(job)
    image = images_of(job)[0]
    side = editor.get(f"/jobs/{job.id}/images/{image.id}/", htmx=True).text
    assert image.prompt_sent in side
    assert "As typed" in side
    assert str(image.seed) in side
    assert "<html" not in side
    assert "<html" in editor.get(f"/jobs/{job.id}/images/{image.id}/").text
