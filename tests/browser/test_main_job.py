"""The main job as a newcomer does it: from a pasted list of prompts to published pages, in a real browser."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.services.browsing import DESKTOP, PHONE, sign_in
from tests.services.installation import PROJECT, Installation

PROMPTS = (PROJECT / "examples" / "prompts.txt").read_text()
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def studio(installation: Installation, browser: Browser) -> Page:
    """One signed-in browser for the whole story."""
    page = browser.new_context(viewport=DESKTOP).new_page()  # type: ignore[arg-type]
    sign_in(page, installation.url, *installation.sign_in)
    return page


@pytest.fixture(scope="module")
def sheet(studio: Page, installation: Installation) -> Page:
    """The contact sheet of the 24 example prompts, full."""
    studio.goto(f"{installation.url}/jobs/new")
    studio.locator("#field-prompts").fill(PROMPTS)
    expect(studio.get_by_role("definition").filter(has_text="24 images")).to_be_visible()
    studio.keyboard.press("Control+Enter")
    studio.wait_for_url(re.compile(r"/jobs/[0-9a-f-]{36}/"))
    studio.evaluate("window.notReloaded = true")
    expect(studio.locator('[role=gridcell][data-state="completed"]')).to_have_count(24, timeout=60_000)
    assert studio.evaluate("window.notReloaded") is True
    return studio


def test_cost_and_time_are_shown_before_the_start(studio: Page, installation: Installation) -> None:
    studio.goto(f"{installation.url}/jobs/new")
    studio.locator("#field-prompts").fill(PROMPTS)

    expect(studio.get_by_text("Estimated cost")).to_be_visible()
    expect(studio.get_by_role("definition").filter(has_text="24 images")).to_be_visible()
    expect(studio.get_by_role("definition").filter(has_text="about")).to_be_visible()


def test_the_pictures_arrive_without_a_reload(sheet: Page) -> None:
    assert sheet.locator('[role=gridcell][data-state="completed"] img').count() == 24


def test_six_are_kept_by_keyboard_and_published_as_public_pages(
    sheet: Page, installation: Installation, browser: Browser
) -> None:
    sheet.locator("[role=gridcell]").first.focus()
    for _ in range(6):
        sheet.keyboard.press("p")
    expect(sheet.locator('[role=gridcell][data-mark="keep"]')).to_have_count(6)
    sheet.keyboard.press("Shift+Enter")
    sheet.get_by_role("button", name="Publish 6 pages").press("Enter")
    links = sheet.locator('dialog[open] a[href*="/prompt/"]')
    expect(links).to_have_count(6, timeout=60_000)
    addresses = [link.get_attribute("href") or "" for link in links.all()]

    stranger = browser.new_context().new_page()
    for address in addresses:
        check_public_page(stranger, installation.url + address.removeprefix(installation.url))
    stranger.goto(installation.url)
    assert stranger.locator('a[href*="/prompt/"]').count() >= 6


def check_public_page(page: Page, address: str) -> None:
    """Title, description, tags, alternative text, valid JSON-LD, and a picture that really loads."""
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200
    assert 5 < len(page.title()) <= 60
    description = page.locator('meta[name="description"]').get_attribute("content") or ""
    assert 20 < len(description) <= 155
    picture = page.locator("main img").first
    assert (picture.get_attribute("alt") or "").endswith("- AI-generated image")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
    expect(page.get_by_text("AI-generated").first).to_be_visible()
    data = [json.loads(text) for text in page.locator('script[type="application/ld+json"]').all_text_contents()]
    image = next(entry for entry in data if entry.get("@type") == "ImageObject")
    assert image["digitalSourceType"].endswith("trainedAlgorithmicMedia")
    assert image["keywords"]
    assert any(entry.get("@type") == "BreadcrumbList" for entry in data)


def test_a_restart_keeps_everything(sheet: Page, installation: Installation) -> None:
    address = sheet.url
    assert installation.stop() == 0
    installation.start()

    sheet.goto(address)

    expect(sheet.locator('[role=gridcell][data-state="completed"]')).to_have_count(24)
    expect(sheet.locator('[role=gridcell][data-mark="keep"]')).to_have_count(6)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/jobs/", "/jobs/new", "sheet", "/pages/", "/review/", "/account/", "/"])
def test_axe_finds_nothing_serious(sheet: Page, installation: Installation, path: str, scheme: str) -> None:
    address = sheet.url if path == "sheet" else installation.url + path
    with_scheme = sheet.context.browser.new_context(  # type: ignore[union-attr]
        viewport=DESKTOP,  # type: ignore[arg-type]
        color_scheme=scheme,  # type: ignore[arg-type]
        storage_state=sheet.context.storage_state(),
        bypass_csp=True,
    )
    page = with_scheme.new_page()
    page.goto(address)
    found = Axe().run(page)
    serious = [violation for violation in found.response["violations"] if violation["impact"] in SERIOUS]
    with_scheme.close()
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in serious] == []


def test_nothing_is_wider_than_a_phone(sheet: Page, installation: Installation) -> None:
    phone = sheet.context.browser.new_context(  # type: ignore[union-attr]
        viewport=PHONE,  # type: ignore[arg-type]
        storage_state=sheet.context.storage_state(),
    )
    page = phone.new_page()
    for address in (
        sheet.url,
        *(installation.url + path for path in ("/jobs/", "/jobs/new", "/pages/", "/account/", "/")),
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
    phone.close()
