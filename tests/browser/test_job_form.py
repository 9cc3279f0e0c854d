"""The form of a new job in a real browser: what was typed is not lost by leaving, going back or signing out."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.services.browsing import sign_in
from tests.services.installation import Installation

TYPED = "a lighthouse\n---\na red mailbox"
NEW_JOB = re.compile(r"/jobs/[0-9a-f-]{36}/")


@pytest.fixture
def form(page: Page, installation: Installation) -> Page:
    """A signed-in browser before a form into which something was typed."""
    sign_in(page, installation.url, *installation.sign_in)
    page.goto(f"{installation.url}/jobs/new")
    page.locator("#field-prompts").fill(TYPED)
    page.locator("#field-character_description").fill("a red fox")
    page.get_by_role("radio", name="3", exact=True).check()
    expect(page.get_by_role("button", name="Start 6 images")).to_be_visible()
    return page


def expect_what_was_typed(page: Page) -> None:
    expect(page.locator("#field-prompts")).to_have_value(TYPED)
    expect(page.locator("#field-character_description")).to_have_value("a red fox")
    expect(page.get_by_role("button", name="Start 6 images")).to_be_visible()


def test_a_reload_and_back_keep_what_was_typed(form: Page) -> None:
    form.reload()
    expect_what_was_typed(form)

    form.get_by_role("link", name="Jobs", exact=True).click()
    form.wait_for_url("**/jobs/")
    form.go_back()
    expect_what_was_typed(form)


def test_what_came_back_is_counted_however_late_htmx_begins(form: Page) -> None:
    form.add_init_script(
        "const now = setTimeout; window.setTimeout = (run, wait, ...with_) => now(run, wait || 500, ...with_)"
    )
    form.reload()
    expect_what_was_typed(form)


def test_one_can_start_with_an_empty_form_all_the_same(form: Page) -> None:
    form.reload()
    form.get_by_role("button", name="Start empty").click()
    expect(form.locator("#field-prompts")).to_have_value("")
    form.reload()
    expect(form.locator("#field-prompts")).to_have_value("")


def test_an_answer_that_comes_while_the_form_is_emptied_brings_nothing_back(form: Page) -> None:
    form.reload()
    form.get_by_role("button", name="Start empty").evaluate(
        "button => { button.click(); document.getElementById('field-prompts').dispatchEvent(new Event('input', { bubbles: true })) }"
    )
    expect(form.locator("#field-prompts")).to_have_value("")


def test_after_a_start_back_shows_it_for_another_job_and_a_new_form_is_empty(
    form: Page, installation: Installation
) -> None:
    token = form.locator("[name=form_token]").input_value()
    form.keyboard.press("Control+Enter")
    form.wait_for_url(NEW_JOB)

    form.go_back()
    expect_what_was_typed(form)
    assert form.locator("[name=form_token]").input_value() != token

    form.goto(f"{installation.url}/jobs/new")
    expect(form.locator("#field-prompts")).to_have_value("")


def test_a_form_that_outlived_the_session_can_be_sent_after_signing_in_again(
    form: Page, installation: Installation
) -> None:
    form.context.clear_cookies()
    start = form.get_by_role("button", name="Start 6 images")
    start.click()
    expect(form.get_by_text("sign in in another tab first")).to_be_visible()

    other = form.context.new_page()
    sign_in(other, installation.url, *installation.sign_in)
    other.close()
    start.click()
    form.wait_for_url(NEW_JOB)


def test_outside_a_secure_context_another_job_can_be_started_too(form: Page) -> None:
    form.evaluate("crypto.randomUUID = undefined")
    form.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    token = form.locator("[name=form_token]").input_value()
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", token)
