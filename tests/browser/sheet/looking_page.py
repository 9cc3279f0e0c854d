"""The loupe, the comparison and the survey as a person meets them: what is shown, how large, which part of it."""

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.sheet.sheet_page import SheetPage

FRAME = """pane => {
  const [frame, stage] = [pane.querySelector('.pane-frame'), pane];
  const [a, b] = [frame.getBoundingClientRect(), stage.getBoundingClientRect()];
  const shape = frame.querySelector('.shape');
  const natural = Number(shape.getAttribute('width'));
  return {left: a.left, top: a.top, width: a.width, height: a.height, natural,
          stage: {left: b.left, top: b.top, width: b.width, height: b.height},
          percent: a.width * devicePixelRatio / natural * 100};
}"""
STILL = """pane => new Promise(done => {
  const frame = pane.querySelector('.pane-frame');
  const ends = frame.getAnimations();
  Promise.allSettled(ends.map(end => end.finished)).then(() => requestAnimationFrame(() => done()));
})"""
TAGGED = "element => { element.tagged = true }"
STILL_TAGGED = "element => element.tagged === true"


@dataclass(frozen=True)
class PaneView:
    """One picture on its stage."""

    locator: Locator

    def box(self) -> dict[str, Any]:
        """Where the picture lies, once it has come to rest; `percent` is pixels of the screen for a hundred of its own."""
        self.locator.evaluate(STILL)
        found: dict[str, Any] = self.locator.evaluate(FRAME)
        return found

    def fraction_at(self, x: float, y: float) -> tuple[float, float]:
        """Which point of the picture (0 to 1) lies under a point of the page."""
        box = self.box()
        return (x - box["left"]) / box["width"], (y - box["top"]) / box["height"]

    def centre(self) -> tuple[float, float]:
        """Which point of the picture lies in the middle of the stage."""
        stage = self.box()["stage"]
        return self.fraction_at(stage["left"] + stage["width"] / 2, stage["top"] + stage["height"] / 2)

    @property
    def file(self) -> Locator:
        """The sharpest file that is there."""
        return self.locator.locator("img[data-file]").last

    def expect_ready(self) -> None:
        expect(self.file).to_have_attribute("data-ready", "")
        expect(self.locator).not_to_have_attribute("data-loading", "")


@dataclass(frozen=True)
class LookingPage:
    """A sheet of which one surface is looked at."""

    sheet: SheetPage

    @property
    def page(self) -> Page:
        return self.sheet.page

    @property
    def loupe(self) -> Locator:
        return self.page.locator("#loupe")

    @property
    def compare(self) -> Locator:
        return self.page.locator("#compare")

    @property
    def survey(self) -> Locator:
        return self.page.locator("#survey")

    @property
    def pane(self) -> PaneView:
        return PaneView(self.loupe.locator(".pane"))

    def side(self, name: str) -> PaneView:
        """The "select" or the "candidate" of a comparison."""
        return PaneView(self.compare.locator(f'[data-compared="{name}"] .pane'))

    def expect_active_side(self, name: str) -> None:
        expect(self.compare.locator("[data-active]")).to_have_attribute("data-compared", name)

    def expect_compared(self, select: str, candidate: str) -> None:
        """By their numbers: "1·2"."""
        expect(self.compare.locator('[data-compared="select"] [data-shows-number]')).to_have_text(select)
        expect(self.compare.locator('[data-compared="candidate"] [data-shows-number]')).to_have_text(candidate)

    def expect_surveyed(self, *numbers: str, active: str) -> None:
        pictures = self.survey.locator(".survey-picture")
        expect(pictures).to_have_count(len(numbers))
        expect(self.survey.locator(".looking-where [data-shows-number]")).to_have_text(active)
        labels = [picture.get_attribute("aria-label") or "" for picture in pictures.all()]
        found = [label.split(":")[0].removeprefix("Prompt ").replace(", variation ", "·") for label in labels]
        assert found == list(numbers)
        expect(self.survey.locator('.survey-picture[aria-current="true"]')).to_be_focused()

    def expect_shown(self, position: int) -> None:
        """The loupe shows this position: in the filmstrip, in its numbers and as its picture."""
        expect(self.loupe.locator('.strip-thumb[aria-current="true"]')).to_have_attribute(
            "data-position", str(position)
        )
        expect(self.loupe.locator(".pane .pane-frame")).to_have_count(1)

    def press(self, *keys: str) -> None:
        self.sheet.press(*keys)

    def button(self, surface: Locator, name: str) -> Locator:
        """By its words, with or without the key that does the same."""
        return surface.get_by_role("button", name=re.compile(rf"^{re.escape(name)}( \(.+\))?$"))

    def hover_fraction(self, pane: PaneView, x: float, y: float) -> tuple[float, float]:
        """Put the mouse on a point of the picture (0 to 1)."""
        box = pane.box()
        at = (box["left"] + x * box["width"], box["top"] + y * box["height"])
        self.page.mouse.move(*at)
        return at

    def drag(self, pane: PaneView, dx: float, dy: float) -> None:
        """With the mouse, from the middle of the stage."""
        stage = pane.box()["stage"]
        x, y = stage["left"] + stage["width"] / 2, stage["top"] + stage["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx / 2, y + dy / 2, steps=3)
        self.page.mouse.move(x + dx, y + dy, steps=3)
        self.page.mouse.up()

    def fingers(self, *path: list[tuple[float, float]]) -> None:
        """Touches as the browser gets them: every step of the path says where each finger is; then all are lifted."""
        session = self.page.context.new_cdp_session(self.page)
        for index, points in enumerate([*path, path[-1]]):  # a finger rests before it leaves
            touches = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
            kind = "touchStart" if index == 0 else "touchMove"
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
            self.page.evaluate("new Promise(requestAnimationFrame)")
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        session.detach()
