"""What one sees of a job from another tab: title, icon, a question now and then, and a notification that was asked for."""

import re
from urllib.parse import unquote

from playwright.sync_api import Page, expect

from tests.browser.sheet.conftest import OpenSheet
from tests.browser.sheet.sheet_page import SheetPage
from tests.services.application import MakeJob
from tests.services.waiting import wait_until
from tests.web.curation.filling import complete, fail

LEAVE = """() => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
RETURN = """() => {
  delete document.hidden;
  document.dispatchEvent(new Event("visibilitychange"));
}"""
ASK = 'document.getElementById("standing").dispatchEvent(new CustomEvent("every"))'
NOTE_NOTIFICATIONS = """
  window.told = [];
  window.Notification = class extends EventTarget {
    static permission = "default";
    static requestPermission() {
      window.asked = (window.asked ?? 0) + 1;
      this.permission = window.answer ?? "granted";
      return Promise.resolve(this.permission);
    }
    constructor(title, { body }) { super(); window.told.push([title, body]); }
  };
"""


def icon(page: Page) -> str:
    return unquote(page.locator('link[rel="icon"]').get_attribute("href") or "")


def ask(sheet: SheetPage) -> None:
    with sheet.page.expect_response("**/standing"):
        sheet.page.evaluate(ASK)


def test_title_and_icon_follow_the_job(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(4, title="Covers")
    complete(job, [0])
    sheet = open_sheet(job)
    expect(sheet.page).to_have_title("25 % · Covers · Proofsheet")
    assert "stroke-dasharray" in icon(sheet.page)
    complete(job, [1, 2])
    sheet.poll()
    expect(sheet.page).to_have_title("75 % · Covers · Proofsheet")
    complete(job)
    sheet.poll()
    expect(sheet.page).to_have_title("Done · Covers · Proofsheet")
    assert "favicon.svg" in icon(sheet.page)


def test_an_ended_job_says_its_title_alone(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(1, title="Covers")
    complete(job)
    sheet = open_sheet(job)
    expect(sheet.page).to_have_title("Covers · Proofsheet")
    assert "favicon.svg" in icon(sheet.page)


def test_a_hidden_tab_asks_for_the_counts_alone_until_the_job_has_ended(
    make_job: MakeJob, open_sheet: OpenSheet
) -> None:
    job = make_job(4, title="Covers")
    complete(job, [0])
    sheet = open_sheet(job)
    asked: list[str] = []
    sheet.page.on("request", lambda request: asked.append(re.sub(r".*/|\?.*", "", request.url)))
    sheet.page.evaluate(ASK)
    sheet.page.evaluate(LEAVE)
    sheet.page.evaluate("document.getElementById('updates').dispatchEvent(new CustomEvent('every'))")
    ask(sheet)
    complete(job, [1])
    ask(sheet)
    expect(sheet.page).to_have_title("50 % · Covers · Proofsheet")
    assert [name for name in asked if name in {"changes", "standing"}] == ["standing", "standing"]
    complete(job)
    ask(sheet)
    expect(sheet.page).to_have_title("Done · Covers · Proofsheet")
    expect(sheet.page.locator("#standing")).not_to_have_attribute("hx-trigger", "every 15s")
    with sheet.page.expect_response("**/changes*"):
        sheet.page.evaluate(RETURN)
    expect(sheet.tile(3)).to_have_attribute("data-state", "completed")


def notified(sheet: SheetPage) -> list[list[str]]:
    return sheet.page.evaluate("window.told")


def open_with_notifications(open_sheet: OpenSheet, job: object, answer: str = "granted") -> SheetPage:
    sheet = open_sheet(job)
    sheet.page.add_init_script(NOTE_NOTIFICATIONS + f"window.answer = '{answer}';")
    sheet.page.reload()
    return sheet


def test_nobody_is_asked_about_notifications_who_has_not_pressed_the_button(
    make_job: MakeJob, open_sheet: OpenSheet
) -> None:
    job = make_job(2)
    sheet = open_with_notifications(open_sheet, job)
    expect(sheet.page.get_by_role("button", name="Notify me when the job ends")).to_be_visible()
    sheet.page.evaluate(LEAVE)
    complete(job)
    ask(sheet)
    expect(sheet.page).to_have_title("Done · A job · Proofsheet")
    assert sheet.page.evaluate("window.asked") is None
    assert notified(sheet) == []


def test_who_has_asked_is_told_when_the_job_ends(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(3, title="Covers")
    sheet = open_with_notifications(open_sheet, job)
    button = sheet.page.get_by_role("button", name="Notify me when the job ends")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    complete(job, [0, 1])
    fail(job, [2])
    sheet.page.evaluate(LEAVE)
    ask(sheet)
    wait_until(lambda: notified(sheet), what="the notification")
    assert notified(sheet) == [["The job has ended, some images failed", "Covers: 2 of 3 images, 1 failed"]]
    expect(button).to_be_hidden()


def test_a_refusal_is_explained(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    sheet = open_with_notifications(open_sheet, make_job(2), "denied")
    button = sheet.page.get_by_role("button", name="Notify me when the job ends")
    button.click()
    expect(sheet.page.locator(".toast")).to_contain_text("blocks notifications")
    expect(button).to_have_attribute("aria-pressed", "false")
