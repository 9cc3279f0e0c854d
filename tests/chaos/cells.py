"""The matrix: every cell, and those that are part of `make test`."""

import pytest

from tests.chaos import answering, asking, dying, failing, tidying
from tests.chaos.cell import BOTH, POSTGRES, SQLITE, Cell

CELLS: list[Cell] = [*dying.CELLS, *failing.CELLS, *answering.CELLS, *asking.CELLS, *tidying.CELLS]
ALWAYS: dict[str, tuple[str, ...]] = {
    "M1-submit.uncommitted-killed": POSTGRES,
    "M1-claim.uncommitted-killed": SQLITE,
    "M1-dispatch.uncommitted-killed": POSTGRES,
    "M2-message.unsent-dispatch-killed": SQLITE,
    "M2-message.unsent-generate_image-killed": POSTGRES,
    "M3-call.claimed-killed": BOTH,
    "M4-call.noted-killed": BOTH,
    "M4-call.noted-frozen": POSTGRES,
    "M5-call.in_flight-killed": BOTH,
    "M5-call.in_flight-frozen": POSTGRES,
    "M5-call.in_flight-asked-to-stop": SQLITE,
    "M6-call.answered-killed": POSTGRES,
    "M7-file.staged-1.png-killed": SQLITE,
    "M8-original.kept-killed": BOTH,
    "M8-original.kept-frozen": POSTGRES,
    "M9-settle.uncommitted-killed": POSTGRES,
    "M9-message.unsent-store_image-killed": SQLITE,
    "M10-store.claimed-killed": POSTGRES,
    "M10-store.claimed-poison": POSTGRES,
    "M10-put.partly-medium.jpg-killed": SQLITE,
    "M10-put.partly-medium.jpg-frozen": POSTGRES,
    "M11-message.unsent-create_page-killed": POSTGRES,
    "M11-page.answered-killed": SQLITE,
    "M12-message.unacknowledged-store_image-killed": POSTGRES,
    "everything-killed-twice": SQLITE,
    "deploy-in-mid-job": POSTGRES,
    "valkey-killed_and_emptied": SQLITE,
    "valkey-full": POSTGRES,
    "messages-doubled-and-reordered": POSTGRES,
    "postgresql-restarted": POSTGRES,
    "sqlite-busy": SQLITE,
    "disk-full": POSTGRES,
    "two-schedulers-one-killed": POSTGRES,
    "clock-of-a-host-ten-minutes-ahead": POSTGRES,
    "cancelled-and-killed": SQLITE,
    "run-again-while-workers-die": POSTGRES,
}
"""The forty that matter most, and on which database `make test` plays them."""

EVERYTHING = "tests.chaos.everything"
"""The plugin that makes pytest play all cells."""


def chosen(database: str, *, everything: bool) -> list[object]:
    """The cells of a run as parameters, named after cell and database."""
    return [
        pytest.param(cell, id=f"{cell.name}-{database}")
        for cell in CELLS
        if database in (cell.on if everything else ALWAYS.get(cell.name, ()))
    ]
