"""The form of a new job: started once, refused with everything kept, previewed while typing."""

import time

import pytest
from sqlalchemy import func, select

from app.core.database import db
from app.generation.models import Image, Job
from tests.web.curation.filling import images_of
from tests.web.generation.reading import text_of


def jobs():
    db.session.rollback()
    return db.session.scalars(select(Job)).all()


def test_the_form_proposes_what_can_be_started(editor):
    page = editor.get("/jobs/new")
    assert page.status_code == 200
    for fragment in ('id="job-form"', 'id="preview"', 'id="choices"', 'id="summary"', 'id="problems"'):
        assert fragment in page.text
    assert "(OPENAI_API_KEY is not set)" in page.text
    assert '<option value="demo/painter" selected>' in page.text
    assert 'value="medium" checked' in page.text
    assert 'value="1024x1024" checked' in page.text


def test_starting_makes_the_job_and_leads_to_its_sheet(editor, fill, team):
    answer = editor.post("/jobs/", fill(title="Mailboxes"))
    [job] = jobs()
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job.id}/")
    assert (job.title, job.total_prompts, job.total_images) == ("Mailboxes", 2, 4)
    assert (job.workspace_id, job.created_by) == (team.workspace_id, team.editor)
    typed = db.session.scalars(select(Image.prompt_typed).where(Image.prompt_order == 2)).first()
    assert typed == "a red mailbox\nin the frost"


def test_htmx_is_led_to_the_sheet_by_a_header(editor, fill):
    answer = editor.post("/jobs/", fill(), htmx=True)
    assert answer.headers["HX-Redirect"] == f"/jobs/{jobs()[0].id}/"


def test_one_form_sent_twice_makes_one_job(editor, fill):
    form = fill()
    first, second = editor.post("/jobs/", form), editor.post("/jobs/", form)
    assert first.location == second.location
    assert len(jobs()) == 1


def test_a_job_without_a_title_is_named_after_its_first_prompt(editor, fill):
    editor.post("/jobs/", fill())
    assert jobs()[0].title.startswith("a lighthouse · ")


@pytest.mark.parametrize("htmx", [True, False])
def test_a_refused_form_lists_every_problem_and_keeps_everything(editor, fill, htmx):
    form = fill(
        prompts="one\n---\n\n---\nOne\n---\nlolicon",
        title="My <title>",
        character_description="a red fox",
        fallback_prompt="a field",
        images_per_prompt="9",
        visibility="private",
        priority="urgent",
        default_mark="keep",
        quality="high",
    )
    page = editor.post("/jobs/", form, htmx=htmx)
    read = text_of(page)
    assert page.status_code == 422
    assert jobs() == []
    assert page.text.startswith("<!doctype") is not htmx
    for sentence in ("Prompt 2 : Prompt cannot be empty", "Prompt 3 : Duplicate of prompt 1", "Content flagged"):
        assert sentence in read
    for number in (2, 3, 4):
        assert f'href="#prompt-{number}"' in page.text
    for kept in ("one\n---\n\n---\nOne\n---\nlolicon", "My &lt;title&gt;", "a red fox", "a field", form["form_token"]):
        assert kept in page.text
    for chosen in ("9", "private", "urgent", "keep", "high"):
        assert f'value="{chosen}" checked' in page.text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"prompts": " \n "}, "Type at least one prompt."),
        ({"images_per_prompt": "11"}, "Images per prompt must be 1 to 10."),
        ({"model": "openai/gpt-image-2.5-flare"}, "GPT Image 2.5 Flare cannot be used: OPENAI_API_KEY is not set."),
        ({"model": "nobody/nothing"}, "Choose a model."),
        ({"quality": "ultra"}, "Demo painter has no quality “ultra”."),
        ({"size": "17x4"}, "Demo painter does not make 17x4."),
        ({"size": ""}, "Demo painter does not make this size."),
        ({"visibility": "secret"}, "Choose public or private."),
        ({"priority": "highest"}, "Choose low, normal or urgent."),
        ({"default_mark": "reject"}, "New pictures start as unmarked or kept."),
        ({"fallback_prompt": "lolicon"}, "Fallback prompt: Content flagged"),
        ({"character_description": "lolicon"}, "Character description: Content flagged"),
    ],
)
def test_a_setting_that_cannot_be_is_named(editor, fill, change, sentence):
    page = editor.post("/jobs/", fill(**change))
    assert page.status_code == 422
    assert sentence in text_of(page)
    assert jobs() == []


def test_more_images_than_a_job_may_have_are_refused(editor, fill):
    page = editor.post("/jobs/", fill(mode="lines", prompts="\n".join(map(str, range(1001))), images_per_prompt="10"))
    assert page.status_code == 422
    assert "10,010 images; one job can have 10,000" in text_of(page)


def test_the_preview_tells_count_cost_time_and_problems(editor, fill):
    answer = editor.post("/jobs/preview", fill(prompts="one\n---\ntwo\n---\none"), htmx=True)
    read = text_of(answer)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="preview"')
    assert 'hx-target="#summary"' in answer.text
    assert "3 prompts , 1 needs attention" in read
    assert "Duplicate of prompt 1" in read
    assert "Remove 1 duplicate prompt" in read
    assert "6 images" in read
    assert "$0.00" in read
    assert "20 Nov 2026" in read
    assert "Time at 240 a minute" in read
    assert 'hx-target="#field-prompts"' not in answer.text
    assert 'hx-target="#choices"' not in answer.text


def test_the_preview_shows_the_prompt_as_it_will_be_sent(editor, fill):
    answer = editor.post("/jobs/preview", fill(character_description="A red fox"), htmx=True)
    assert "A red fox. a lighthouse" in text_of(answer)


def test_a_fallback_prompt_that_cannot_be_is_said_while_typing(editor, fill):
    answer = editor.post("/jobs/preview", fill(fallback_prompt="lolicon"), htmx=True)
    assert "Fallback prompt: Content flagged" in text_of(answer)


def test_the_start_says_what_is_in_its_way(editor, fill):
    bad = editor.post("/jobs/preview", fill(prompts="one\n---\none"), htmx=True)
    good = editor.post("/jobs/preview", fill(), htmx=True)
    assert "1 prompt needs attention before this can start." in text_of(bad)
    assert "btn-main" not in bad.text
    assert "before this can start" not in text_of(good)
    assert "btn-main" in good.text


def test_the_size_is_shown_in_pixels(editor, fill):
    assert "Size 1536 \N{MULTIPLICATION SIGN} 1024" in text_of(
        editor.post("/jobs/preview", fill(size="1536x1024"), htmx=True)
    )


def test_another_model_brings_its_own_choices_and_keeps_what_still_fits(editor, fill):
    form = fill(model="openai/gpt-image-2.5-flare", choices_for="demo/painter", quality="low", size="1536x1024")
    answer = editor.post("/jobs/preview", form, htmx=True)
    assert 'hx-target="#choices"' in answer.text
    assert 'value="low" checked' in answer.text
    assert 'value="1536x1024" checked' in answer.text
    assert 'value="1536x864"' in answer.text


def test_a_size_the_new_model_does_not_make_becomes_its_nearest(editor, fill):
    form = fill(choices_for="openai/gpt-image-2.5-flare", size="1536x864")
    answer = editor.post("/jobs/preview", form, htmx=True)
    assert 'value="1536x1024" checked' in answer.text


def test_changing_the_way_of_typing_keeps_the_prompts(editor, fill):
    answer = editor.post("/jobs/preview", fill(mode="lines", convert="1"), htmx=True)
    assert 'hx-target="#field-prompts"' in answer.text
    assert "a lighthouse\na red mailbox↵in the frost</textarea>" in answer.text


def test_duplicates_are_removed_with_one_click_and_it_says_how_many(editor, fill):
    form = fill(prompts="one\n---\none\n---\nONE\n---\ntwo", remove_duplicates="1")
    answer = editor.post("/jobs/preview", form, htmx=True)
    assert "Removed 2 duplicate prompts" in text_of(answer)
    assert "one\n---\ntwo</textarea>" in answer.text


def test_without_javascript_the_preview_is_the_whole_page_again(editor, fill):
    page = editor.post("/jobs/preview", fill(prompts="one\n---\none", remove_duplicates="1"))
    assert page.status_code == 200
    assert page.text.startswith("<!doctype")
    assert "Removed 1 duplicate prompt" in text_of(page)


def test_problems_of_a_refused_form_go_as_they_are_solved(editor, fill):
    still = editor.post("/jobs/preview", fill(checked="1", prompts="one\n---\none"), htmx=True)
    solved = editor.post("/jobs/preview", fill(checked="1"), htmx=True)
    assert 'hx-target="#problems"' in still.text
    assert "The job was not started" in still.text
    assert 'hx-target="#problems"' in solved.text
    assert "The job was not started" not in solved.text


def test_ten_thousand_prompts_are_previewed_while_typing(editor, fill):
    prompts = [f"a lighthouse keeper, number {n}, oil on board, warm palette, heavy grain" for n in range(10_000)]
    prompts[9_000] = prompts[0]
    began = time.monotonic()
    answer = editor.post(
        "/jobs/preview", fill(mode="lines", prompts="\n".join(prompts), images_per_prompt="1"), htmx=True
    )
    took = time.monotonic() - began
    assert "10,000 prompts" in text_of(answer)
    assert "Duplicate of prompt 1" in text_of(answer)
    assert answer.text.count('id="prompt-') <= 101
    assert "9,949 more prompts that are not listed here" in text_of(answer)
    assert took < 2


def test_a_job_of_ten_thousand_prompts_can_be_started(editor, fill):
    prompts = "\n".join(f"a lighthouse keeper, number {n}, " + "oil on board " * 8 for n in range(10_000))
    assert editor.post("/jobs/", fill(mode="lines", prompts=prompts, images_per_prompt="1")).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(Image)) == 10_000


@pytest.mark.parametrize("path", ["/jobs/", "/jobs/preview"])
def test_a_viewer_starts_nothing(viewer, fill, path):
    assert viewer.post(path, fill()).status_code == 403
    assert viewer.get("/jobs/new").status_code == 403
    assert jobs() == []


def test_remix_fills_the_form_like_an_image_and_starts_nothing(editor, make_job):
    job = make_job(("a red fox", "a blue whale"), 2, quality="high", visibility="private", character_description="Cats")
    image = images_of(job)[2]
    page = editor.get(f"/jobs/new?like={image.id}").text
    assert "a blue whale</textarea>" in page
    assert "Cats</textarea>" in page
    assert 'name="visibility" value="private" checked' in page
    assert 'name="quality" value="high" checked' in page
    assert 'name="images_per_prompt" value="1" checked' in page
    assert "Start 1 image" in page
    assert db.session.query(Job).count() == 1


def test_what_is_typed_into_a_remix_is_kept_apart_from_other_drafts(editor, make_job):
    image = images_of(make_job(1))[0]
    assert f':{image.id}"' in editor.get(f"/jobs/new?like={image.id}").text
    assert str(image.id) not in editor.get("/jobs/new").text


def test_nobody_remixes_an_image_of_another_workspace(stranger, make_job):
    image = images_of(make_job(1))[0]
    assert stranger.get(f"/jobs/new?like={image.id}").status_code == 404
