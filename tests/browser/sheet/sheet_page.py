"""The contact sheet as a person meets it: tiles, keys, what is announced."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, Route, expect

from app.generation.models import Job
from tests.services.waiting import wait_until
from tests.web.curation.filling import images_of

POLL = "document.getElementById('updates').dispatchEvent(new CustomEvent('every'))"
MARK_REQUEST = "**/marks"


@dataclass(frozen=True)
class SheetPage:
    page: Page
    job: Job

    def tile(self, position: int) -> Locator:
        return self.page.locator(f'.tile[data-position="{position}"]')

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def press_in_one_task(self, key: str, *, times: int) -> None:
        """Quicker than a frame: the page sees all of them before it can draw anything."""
        self.page.evaluate(
            """([key, times]) => {
                const press = () => new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
                for (let count = 0; count < times; count += 1) document.activeElement.dispatchEvent(press());
            }""",
            [key, times],
        )

    def stop_time(self) -> None:
        """No timer and no frame that the page asks for from now on comes, unless `page.clock` runs."""
        self.page.clock.install()
        self.page.clock.pause_at(self.page.evaluate("Date.now()") / 1000 + 60)

    def start_at(self, position: int) -> None:
        """Put the focus on a tile."""
        self.tile(position).focus()

    def poll(self) -> None:
        """Ask for changes now instead of within three seconds."""
        with self.page.expect_response("**/changes*"):
            self.page.evaluate(POLL)

    def hold_first(self, pattern: str) -> list[Route]:
        """Keep the first request of this pattern from being answered; it turns up in the list. Later ones pass."""
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        self.page.route(pattern, hold, times=1)
        return held

    def wait_for(self, held: list[Route]) -> Route:
        """The request that is held, once it was made."""
        wait_until(lambda: self.page.evaluate("new Promise(requestAnimationFrame)") and held, what="the request")
        return held[0]

    @property
    def loupe(self) -> Locator:
        return self.page.locator("#loupe")

    def focused(self) -> int:
        """The position of the tile that has the focus; -1 while none has."""
        return int(self.page.evaluate("document.activeElement?.dataset?.position ?? -1"))

    def columns(self) -> int:
        return int(self.page.locator("#sheet").get_attribute("aria-colcount") or 0)

    def tiles_in_document(self) -> int:
        return self.page.locator(".tile").count()

    def scroll_to(self, top: float) -> None:
        self.page.evaluate("top => scrollTo({ top, behavior: 'instant' })", top)

    def go_offline(self) -> None:
        self.page.route(MARK_REQUEST, lambda route: route.abort("internetdisconnected"))

    def come_back(self) -> None:
        self.page.unroute(MARK_REQUEST)
        self.page.evaluate("dispatchEvent(new Event('online'))")

    def come_back_to_the_page(self) -> None:
        """From another window: the browser tells the page that it has the focus again."""
        self.page.evaluate("dispatchEvent(new Event('focus'))")

    def expect_focus(self, position: int) -> None:
        expect(self.tile(position)).to_be_focused()

    def expect_mark(self, position: int, mark: str | None) -> None:
        if mark is None:
            expect(self.tile(position)).not_to_have_attribute("data-mark", "keep")
            expect(self.tile(position)).not_to_have_attribute("data-mark", "reject")
        else:
            expect(self.tile(position)).to_have_attribute("data-mark", mark)

    def expect_said(self, text: str) -> None:
        expect(self.page.locator("#announcer")).to_have_text(text)

    def selected(self) -> list[int]:
        tiles = self.page.locator('.tile[aria-selected="true"]')
        return [int(tile.get_attribute("data-position") or "") for tile in tiles.all()]

    def expect_saved(self, *marks: str) -> None:
        """Wait until the database holds these marks, in the order of the sheet; requests go on meanwhile."""
        wait_until(
            lambda: self.page.evaluate("1") and [image.mark for image in images_of(self.job)] == list(marks),
            what=f"{marks} in the database",
        )

    def count_mark_requests(self) -> Callable[[], int]:
        sent: list[str] = []
        self.page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/marks") else None)
        return lambda: len(sent)
