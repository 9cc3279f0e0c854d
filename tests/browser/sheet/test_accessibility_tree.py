"""What a screen reader is given of the sheet: roles, names, states and live regions, held against a snapshot.

After a change that is meant, write the snapshot anew with WRITE_ACCESSIBILITY_TREE=1, and read what it says.
"""

import os
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.sheet.conftest import OpenSheet
from tests.services.application import MakeJob
from tests.web.curation.filling import complete, fail

SNAPSHOT = Path(__file__).with_name("accessibility_tree.yaml")
WRITES = os.environ.get("WRITE_ACCESSIBILITY_TREE") == "1"
LIVE = """() => [...document.querySelectorAll("[aria-live], [role=status]")]
  .map(e => `${e.id || e.className}: ${e.getAttribute("aria-live") ?? "polite"}`).sort()"""
COUNTED = """() => [...document.querySelectorAll("#sheet [role=row], #sheet")].map(e =>
  ["aria-rowcount", "aria-colcount", "aria-rowindex", "aria-multiselectable"]
    .filter(n => e.hasAttribute(n)).map(n => `${n}=${e.getAttribute(n)}`).join(" "))"""
CELLS = """() => [...document.querySelectorAll("#sheet [role=gridcell]")].map(e =>
  `${e.getAttribute("aria-colindex")} selected=${e.getAttribute("aria-selected")} tabindex=${e.tabIndex}`)"""


def tree(page: Page) -> str:
    parts = {name: page.locator(f"#{name}").aria_snapshot() for name in ("toolbar", "sheet", "dock")}
    parts |= {
        what: "\n".join(f"- {line}" for line in page.evaluate(script))
        for what, script in (("live regions", LIVE), ("rows", COUNTED), ("cells", CELLS))
    }
    text = "\n\n".join(f"# {name}\n{part}" for name, part in parts.items())
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>", text) + "\n"


def test_the_tree_is_the_one_that_was_read_and_found_good(make_job: MakeJob, open_sheet: OpenSheet) -> None:
    job = make_job(("A lighthouse at dusk", "A fox in the snow", "Two pears and a jug"), 2, title="Six pictures")
    complete(job, [0, 1, 2, 5])
    fail(job, [3], message="The provider refused this prompt.")
    sheet = open_sheet(job)
    sheet.start_at(0)
    sheet.press("p", "x", "4", "Space")
    expect(sheet.page.locator("[data-pending]")).to_have_count(0)
    expect(sheet.page.locator('.tile[aria-selected="true"]')).to_have_count(1)

    found = tree(sheet.page)

    if WRITES:
        SNAPSHOT.write_text(found, encoding="utf-8")
    assert SNAPSHOT.exists(), "There is no snapshot to compare with: see the top of this file."
    assert found == SNAPSHOT.read_text(encoding="utf-8")
