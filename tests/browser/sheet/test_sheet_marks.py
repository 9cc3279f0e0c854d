"""Marks, stars and the trash: shown at once, sent in order, kept through a lost connection, taken back exactly."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from app.accounts.models import User
from app.core.database import transaction
from app.generation.models import Job
from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.sheet_page import MARK_REQUEST, SheetPage
from tests.services.application import MakeJob, Team
from tests.services.waiting import wait_until
from tests.web.curation.filling import complete, fresh, images_of, number_all

NONE = "none"


@pytest.fixture
def job(make_job: MakeJob) -> Job:
    """Three prompts with four pictures each."""
    job = make_job(3, 4)
    number_all(job)
    return job


@pytest.fixture
def sheet(job: Job, open_sheet: OpenSheet) -> SheetPage:
    opened = open_sheet(job)
    opened.expect_focus(0)
    return opened


def ratings(job: Job) -> list[int]:
    return [image.rating for image in images_of(job)]


def trashed(job: Job) -> list[int]:
    return [image.position for image in images_of(job) if image.trashed_at]


def test_digits_rate_and_go_on_and_zero_takes_the_stars_away(sheet: SheetPage) -> None:
    sheet.press("3", "5", "1")
    sheet.expect_focus(3)
    for position, stars in enumerate("351"):
        expect(sheet.tile(position)).to_have_attribute("data-rating", stars)
    wait_until(lambda: ratings(sheet.job)[:4] == [3, 5, 1, 0], what="the stars")
    expect(sheet.tile(1)).to_have_attribute(
        "aria-label", "Prompt 1, variation 2: a lighthouse, number 1, ready, 5 stars"
    )
    sheet.press("ArrowLeft", "0", "Control+z", "Control+z")
    wait_until(lambda: ratings(sheet.job)[:4] == [3, 5, 0, 0], what="two steps back")
    sheet.press("Control+y", "Control+y")
    wait_until(lambda: ratings(sheet.job)[:4] == [3, 5, 0, 0], what="two steps forward")


def test_the_trash_takes_a_picture_off_the_sheet_and_a_word_brings_it_back(sheet: SheetPage) -> None:
    sheet.press("ArrowRight", "Delete")
    expect(sheet.tile(1)).to_have_count(0)
    sheet.expect_focus(2)
    toast = sheet.page.locator(".toast")
    expect(toast).to_contain_text("1 image moved to the trash")
    wait_until(lambda: trashed(sheet.job) == [1], what="the picture in the trash")
    toast.get_by_role("button", name="Undo").click()
    expect(sheet.tile(1)).to_be_visible()
    wait_until(lambda: trashed(sheet.job) == [], what="the trash empty")


def test_after_the_last_picture_went_to_the_trash_the_one_before_has_the_focus(sheet: SheetPage) -> None:
    sheet.press("Control+End", "Delete")
    sheet.expect_focus(10)
    sheet.press("Control+z")
    sheet.expect_focus(11)


def test_a_selection_goes_to_the_trash_and_comes_back_to_its_places(sheet: SheetPage) -> None:
    sheet.press("Space", "Shift+ArrowRight", "Shift+ArrowRight", "Delete")
    sheet.expect_focus(3)
    assert sheet.selected() == []
    wait_until(lambda: trashed(sheet.job) == [0, 1, 2], what="three in the trash")
    sheet.press("Control+z")
    expect(sheet.page.locator(".tile")).to_have_count(12)
    order = [int(tile.get_attribute("data-position") or -1) for tile in sheet.page.locator(".tile").all()]
    assert order == list(range(12))
    wait_until(lambda: trashed(sheet.job) == [], what="the trash empty")


def test_in_the_trash_itself_the_key_takes_out(job: Job, open_sheet: OpenSheet) -> None:
    sheet = open_sheet(job)
    sheet.press("Delete", "Delete")
    wait_until(lambda: trashed(job) == [0, 1], what="two in the trash")
    trash = open_sheet(job, query="?show=trash")
    trash.expect_focus(0)
    trash.press("Delete")
    expect(trash.page.locator(".tile")).to_have_count(1)
    wait_until(lambda: trashed(job) == [1], what="one taken out")


def test_what_somebody_else_puts_into_the_trash_shifts_nothing(job: Job, open_sheet: OpenSheet) -> None:
    one, other = open_sheet(job), open_sheet(job, role="owner")
    one.start_at(5)
    other.press("ArrowRight", "Delete")
    wait_until(lambda: trashed(job) == [1], what="the picture in the trash")
    one.come_back_to_the_page()
    expect(one.tile(1)).to_have_attribute("data-trashed", "")
    one.expect_focus(5)
    expect(one.page.locator(".tile")).to_have_count(12)


def test_who_marked_last_wins_and_it_is_visible(job: Job, open_sheet: OpenSheet) -> None:
    one, other = open_sheet(job), open_sheet(job, role="owner")
    one.press("p")
    one.expect_saved("keep", *[NONE] * 11)
    other.press("x")
    other.expect_saved("reject", *[NONE] * 11)
    one.come_back_to_the_page()
    one.expect_mark(0, "reject")
    expect(one.tile(0)).to_have_attribute("data-marked-by", "Owner")
    expect(one.tile(0).locator(".tile-by")).to_be_visible()
    one.press("ArrowLeft", "p")
    expect(one.tile(0).locator(".tile-by")).to_be_hidden()
    one.expect_saved("keep", *[NONE] * 11)


def test_without_a_connection_marks_wait_and_go_when_it_is_back(sheet: SheetPage) -> None:
    sheet.go_offline()
    sheet.press("p", "x", "p", "3", "p")
    held = sheet.page.locator("#dock-held")
    expect(held).to_have_text("5 marks wait for the connection")
    for position, mark in enumerate(["keep", "reject", "keep"]):
        sheet.expect_mark(position, mark)
    assert fresh(sheet.job).kept_count == 0
    sheet.come_back()
    sheet.expect_saved("keep", "reject", "keep", NONE, "keep", *[NONE] * 7)
    expect(held).to_be_hidden()
    assert ratings(sheet.job)[3] == 3


def test_marks_that_wait_survive_a_reload(sheet: SheetPage) -> None:
    sheet.go_offline()
    sheet.press("p", "x", "ArrowRight", "Delete")
    expect(sheet.page.locator("#dock-held")).to_be_visible()
    sheet.page.reload()
    sheet.expect_mark(0, "keep")
    sheet.expect_mark(1, "reject")
    expect(sheet.tile(3)).to_have_count(0)
    expect(sheet.page.locator("#dock-held")).to_have_text("3 marks wait for the connection")
    expect(sheet.tile(0).locator(".prompt-kept")).to_have_text("1 of 4 kept")
    sheet.come_back()
    sheet.expect_saved("keep", "reject", *[NONE] * 10)
    wait_until(lambda: trashed(sheet.job) == [3], what="the picture in the trash")
    expect(sheet.tile(0).locator(".prompt-kept")).to_have_text("1 of 4 kept")


def test_a_server_that_is_down_is_a_lost_connection_too(sheet: SheetPage) -> None:
    sheet.page.route(MARK_REQUEST, lambda route: route.fulfill(status=503, body=""))
    sheet.press("p")
    expect(sheet.page.locator("#dock-held")).to_have_text("1 mark waits for the connection")
    sheet.expect_mark(0, "keep")
    sheet.come_back()
    sheet.expect_saved("keep", *[NONE] * 11)


def test_what_is_refused_is_taken_back_alone(sheet: SheetPage) -> None:
    sheet.press("p")
    sheet.expect_saved("keep", *[NONE] * 11)
    sheet.page.route(MARK_REQUEST, lambda route: route.fulfill(status=403, body=""))
    sheet.press("x", "Delete")
    expect(sheet.page.locator(".toast", has_text="taken back")).to_have_count(2)
    sheet.expect_mark(1, None)
    expect(sheet.tile(2)).to_be_visible()
    sheet.page.unroute(MARK_REQUEST)
    sheet.expect_mark(0, "keep")
    sheet.press("Control+z")
    sheet.expect_saved(*[NONE] * 12)


def test_marks_made_while_one_is_on_its_way_go_together_and_in_order(sheet: SheetPage) -> None:
    held = sheet.hold_first(MARK_REQUEST)
    requests = sheet.count_mark_requests()
    sheet.press(*["p"] * 8, "ArrowLeft", "x")
    sheet.wait_for(held).continue_()
    sheet.expect_saved(*["keep"] * 7, "reject", *[NONE] * 4)
    assert requests() == 2


def test_a_quick_hand_gathers_for_a_moment(sheet: SheetPage) -> None:
    sheet.stop_time()
    requests = sheet.count_mark_requests()
    sheet.press("p")
    sheet.expect_saved("keep", *[NONE] * 11)
    expect(sheet.tile(0)).not_to_have_attribute("data-pending", "")
    sheet.press("x", "p")
    sheet.expect_mark(2, "keep")
    assert requests() == 1
    sheet.page.clock.run_for(300)
    sheet.expect_saved("keep", "reject", "keep", *[NONE] * 9)
    assert requests() == 2


def test_a_page_that_is_left_does_not_gather(sheet: SheetPage) -> None:
    sheet.stop_time()
    sheet.press("p")
    sheet.expect_saved("keep", *[NONE] * 11)
    expect(sheet.tile(0)).not_to_have_attribute("data-pending", "")
    sheet.press("x")
    sheet.expect_mark(1, "reject")
    sheet.page.goto(sheet.page.url.partition("/jobs/")[0] + "/jobs/")
    sheet.expect_saved("keep", "reject", *[NONE] * 10)


def test_who_waits_for_all_marks_does_not_wait_for_more(sheet: SheetPage) -> None:
    sheet.stop_time()
    sheet.press("p")
    sheet.expect_saved("keep", *[NONE] * 11)
    expect(sheet.tile(0)).not_to_have_attribute("data-pending", "")
    sheet.press("x", "Shift+Enter")
    sheet.expect_saved("keep", "reject", *[NONE] * 10)


def test_after_a_refusal_only_what_was_refused_goes_one_by_one(sheet: SheetPage) -> None:
    second, first = sheet.hold_first(MARK_REQUEST), sheet.hold_first(MARK_REQUEST)
    requests = sheet.count_mark_requests()
    sheet.press("p", "p", "p")
    sheet.wait_for(first).continue_()
    refused = sheet.wait_for(second)
    sheet.press("x", "x", "x")
    refused.fulfill(status=422, json={"problems": ["Not like this."]})
    sheet.expect_saved(*["keep"] * 3, *["reject"] * 3, *[NONE] * 6)
    assert requests() == 5  # one, two that were refused, each of these, the three made meanwhile


def test_steps_that_went_together_are_taken_back_one_by_one(sheet: SheetPage) -> None:
    held = sheet.hold_first(MARK_REQUEST)
    sheet.press("p", "ArrowLeft", "x", "ArrowLeft", "u", "p")
    sheet.wait_for(held).continue_()
    sheet.expect_saved(NONE, "keep", *[NONE] * 10)
    sheet.press("Control+z", "Control+z")
    sheet.expect_saved("reject", *[NONE] * 11)
    sheet.press("Control+z")
    sheet.expect_saved("keep", *[NONE] * 11)
    sheet.press("Control+z")
    sheet.expect_saved(*[NONE] * 12)


def test_undo_does_not_wait_for_the_answer_to_what_it_takes_back(sheet: SheetPage) -> None:
    held = sheet.hold_first(MARK_REQUEST)
    sheet.press("p", "Control+z")
    sheet.expect_mark(0, None)
    sheet.wait_for(held).continue_()
    expect(sheet.tile(0)).not_to_have_attribute("data-pending", "")
    sheet.expect_saved(*[NONE] * 12)


def test_a_published_picture_stays(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(2)
    complete(job)
    sheet = open_sheet(job)
    sheet.press("p", "Shift+Enter")
    sheet.page.get_by_role("button", name="Publish 1 page").click()
    expect(sheet.tile(0)).to_contain_text("writing…")
    sheet.page.keyboard.press("Escape")
    sheet.start_at(0)
    sheet.press("Delete")
    expect(sheet.page.locator(".toast", has_text="Published pictures are not put into the trash")).to_be_visible()
    expect(sheet.tile(0)).to_be_visible()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_viewer_decides_nothing(job: Job, open_sheet: OpenSheet, *, phone: bool) -> None:
    sheet = open_sheet(job, role="viewer", phone=phone)
    requests = sheet.count_mark_requests()
    sheet.start_at(0)
    sheet.press("p", "x", "3", "Delete", "Shift+P", "Control+z")
    sheet.expect_focus(0)
    assert requests() == 0


def test_what_others_did_to_an_ended_job_shows_with_the_next_mark_and_in_other_tabs(
    job: Job, open_sheet: OpenSheet
) -> None:
    one, other = open_sheet(job), open_sheet(job, role="owner")
    tab = one.page.context.new_page()
    tab.goto(one.page.url)
    other.press("x")
    other.expect_saved("reject", *[NONE] * 11)
    one.press("ArrowRight", "p")
    one.expect_mark(0, "reject")
    expect(tab.locator('.tile[data-position="0"]')).to_have_attribute("data-mark", "reject")
    expect(tab.locator('.tile[data-position="1"]')).to_have_attribute("data-mark", "keep")
    expect(tab.locator("#dock-counts")).to_contain_text("1 kept")


def test_what_has_no_picture_is_not_said_to_be_in_the_trash(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(3)
    complete(job, [0])
    sheet = open_sheet(job)
    sheet.start_at(2)
    sheet.press("Delete")
    sheet.expect_said("There is no picture to move yet")
    sheet.press("Control+a", "Delete")
    expect(sheet.page.locator("#toasts")).to_contain_text("1 image moved to the trash.")
    expect(sheet.page.locator(".tile")).to_have_count(2)


def test_marks_of_a_tab_that_is_gone_are_sent_by_another_and_those_of_an_open_one_are_not(sheet: SheetPage) -> None:
    sheet.go_offline()
    sheet.press("p")
    expect(sheet.page.locator("#dock-held")).to_be_visible()
    other = SheetPage(sheet.page.context.new_page(), sheet.job)
    other.page.goto(sheet.page.url)
    other.page.wait_for_load_state("networkidle")
    assert [image.mark for image in images_of(sheet.job)] == [NONE] * 12
    other.expect_mark(0, None)
    sheet.page.close()
    other.page.reload()
    other.expect_saved("keep", *[NONE] * 11)


def test_the_name_of_who_marked_may_have_a_comma(job: Job, open_sheet: OpenSheet, team: Team) -> None:
    with transaction() as session:
        session.execute(update(User).where(User.id == team.owner).values(display_name="Lovelace, Ada, Countess"))
    other = open_sheet(job, role="owner")
    other.press("p")
    other.expect_saved("keep", *[NONE] * 11)
    sheet = open_sheet(job)
    named = "Prompt 1, variation 1: a lighthouse, number 1, ready"
    expect(sheet.tile(0)).to_have_attribute("aria-label", f"{named}, kept, marked by Lovelace Ada Countess")
    sheet.press("x")
    expect(sheet.tile(0)).to_have_attribute("aria-label", f"{named}, rejected")


def test_marks_that_were_sent_together_all_count_for_their_prompt(sheet: SheetPage) -> None:
    held = sheet.hold_first(MARK_REQUEST)
    sheet.press("p", "p", "p", "p")
    sheet.wait_for(held).continue_()
    sheet.expect_saved(*["keep"] * 4, *[NONE] * 8)
    expect(sheet.page.locator("[data-pending]")).to_have_count(0)
    expect(sheet.tile(0).locator(".prompt-kept")).to_have_attribute("data-kept", "4")
    expect(sheet.tile(0).locator(".prompt-kept")).to_have_text("4 of 4 kept")


def test_the_way_to_the_next_picture_does_not_lead_through_a_whole_job_without_any(
    make_job: MakeJob, open_sheet: OpenSheet
) -> None:
    job = make_job(2000)
    complete(job, [0])
    sheet = open_sheet(job)
    asked: list[str] = []
    sheet.page.on("request", lambda request: asked.append(request.url) if "/tiles?" in request.url else None)
    sheet.press("p", "ArrowRight")
    expect(sheet.tile(1)).to_be_focused(timeout=30_000)
    wait_until(lambda: fresh(job).kept_count == 1, what="the mark")
    assert len(asked) <= 25
