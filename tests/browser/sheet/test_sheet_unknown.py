"""An image whose answer was lost, and a job that is to stop after its current prompts."""

import pytest
from playwright.sync_api import expect

from app.audit.record import Actor
from app.core.database import transaction
from app.generation.control import cancel_job
from app.generation.models import Attempt, Image, Job
from app.generation.originals import keep
from app.imaging.inspect import inspect
from tests.browser.sheet.conftest import OpenSheet
from tests.services.application import MakeJob
from tests.services.completed import paint
from tests.web.curation.filling import complete, fail, generate, images_of


def lose(job: Job, position: int) -> Image:
    """The image's process died during its call."""
    fail(job, [position], error_type="ambiguous", message="The process died while the provider was working.")
    image = images_of(job)[position]
    with transaction() as session:
        facts = {"outcome": "lost", "sent_at": image.started_at, "may_have_billed": True, "request_id": "req_7"}
        session.add(
            Attempt(
                image_id=image.id,
                number=1,
                provider="demo",
                model=image.model,
                prompt_sent=image.prompt_sent,
                **facts,
            )
        )
    return image


def test_both_buttons_of_a_lost_answer_work_on_the_tile(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2)
    complete(job, [0])
    image = lose(job, 1)
    sheet = open_sheet(job)
    tile = sheet.tile(1)
    tile.get_by_role("button", name="Check again").click()
    expect(sheet.page.locator(".toast")).to_contain_text("Nothing found")
    expect(tile).to_have_attribute("data-state", "unknown")
    tile.get_by_role("button", name="Run again…").click()
    question = sheet.page.locator("#confirm")
    expect(question).to_contain_text("may have been billed")
    question.get_by_role("button", name="Run again").click()
    expect(tile).to_have_attribute("data-state", "queued")
    assert images_of(job)[1].id == image.id


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_loupe_tells_what_is_known_and_finds_the_picture(
    make_job: MakeJob, open_sheet: OpenSheet, *, phone: bool
) -> None:
    job = make_job(2)
    complete(job, [0])
    image = lose(job, 1)
    sheet = open_sheet(job, phone=phone)
    sheet.start_at(1)
    sheet.press("Enter")
    facts = sheet.page.locator("#loupe-facts")
    expect(facts.get_by_role("heading", name="Attempts")).to_be_visible()
    expect(facts).to_contain_text("req_7")
    expect(facts.get_by_role("button", name="Run again (may be billed twice)", exact=True)).to_be_visible()
    picture = paint(64, 48)
    keep(picture, inspect(picture), image_id=image.id, attempt=1)
    facts.get_by_role("button", name="Check again").click()
    expect(sheet.page.locator(".toast")).to_contain_text("The picture was found")
    expect(sheet.tile(1)).to_have_attribute("data-state", "storing")


def test_a_lost_answer_is_run_again_from_the_loupe_after_a_question(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2)
    complete(job, [0])
    lose(job, 1)
    sheet = open_sheet(job)
    sheet.start_at(1)
    sheet.press("Enter")
    sheet.loupe.get_by_text("Another prompt or model").click()
    sheet.page.get_by_label("Prompt", exact=True).fill("a calm lake")
    sheet.loupe.get_by_role("button", name="Edit and run again").click()
    sheet.page.locator("#confirm").get_by_role("button", name="Run again").click()
    expect(sheet.tile(1)).to_have_attribute("data-state", "queued")
    assert images_of(job)[1].prompt_typed == "a calm lake"


def test_a_job_is_stopped_after_its_current_prompts(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(3, 2)
    generate(job, [0])
    sheet = open_sheet(job)
    stop = sheet.page.get_by_role("button", name="Stop after current")
    stop.click()
    question = sheet.page.locator("#confirm")
    expect(question).to_contain_text("Prompts that have begun get all their pictures")
    question.get_by_role("button", name="Stop after these").click()
    expect(sheet.page.locator(".toast")).to_contain_text("4 images cancelled. 2 images of prompts")
    expect(sheet.tile(5)).to_have_attribute("data-state", "cancelled")
    expect(sheet.tile(1)).to_have_attribute("data-state", "queued")
    expect(stop).to_have_count(0)


def test_while_a_job_is_being_cancelled_nothing_of_it_can_be_run_again(
    make_job: MakeJob, open_sheet: OpenSheet
) -> None:
    job = make_job(3)
    generate(job, [0])
    fail(job, [1], error_type="transient")
    sheet = open_sheet(job)
    again = sheet.tile(1).get_by_role("button", name="Run again")
    expect(again).to_be_visible()
    cancel_job(job.id, workspace_id=job.workspace_id, actor=Actor(None, "cli"))
    sheet.poll()
    expect(again).to_be_hidden()
    complete(job, [0])
    expect(sheet.page.locator("#job-head")).to_have_attribute("data-state", "cancelled")
    expect(again).to_be_visible()
