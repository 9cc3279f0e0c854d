"""What the server does for a contact sheet: time, queries and bytes of each kind of request, in this process."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from flask import g
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench.figures import Figure
from bench.web import Web, job_path

ROUNDS = 7
HTMX = {"HX-Request": "true"}
FILTERS = (
    "show=unmarked", "show=kept", "show=rejected", "show=failed", "show=trash", "q=number+7", "rating=3", "sharp=soft",
    "sort=newest", "sort=sharpest", "sort=softest", "sort=rating", "stack=prompt", "stack=similar",
)  # fmt: skip


class Asking:
    """A signed-in editor's requests, each counted and timed."""

    def __init__(self, web: Web, job_id: UUID) -> None:
        self.path = job_path(job_id)
        self.client: FlaskClient = web.app.test_client()
        g.pop("csrf_token", None)  # the first client's: all of them share this process's application context
        cookie = web.cookie()
        self.client.set_cookie(cookie["name"], cookie["value"])
        self.statements = 0
        event.listen(Engine, "before_cursor_execute", self._count)

    def close(self) -> None:
        event.remove(Engine, "before_cursor_execute", self._count)

    def revision(self) -> str:
        answer = self.client.get(f"{self.path}tiles?at=0", headers=HTMX)
        return answer.headers["HX-PTag"]

    def figure(
        self, part: str, what: str, address: str, how: str, *, body: Callable[[], Any] | None = None, **request: Any
    ) -> Figure:
        """The median time of a few requests; queries and bytes are in the name.

        body: makes the JSON of each of them.
        """
        times, queries, size = [], 0, 0
        for _ in range(ROUNDS):
            sent = request if body is None else request | {"json": body()}
            self.statements, begin = 0, time.perf_counter()
            answer = self.client.open(address, **sent)
            size = len(answer.data)
            times.append(time.perf_counter() - begin)
            queries = self.statements
            if answer.status_code not in (200, 304):
                raise RuntimeError(f"{address} answered {answer.status}")
        return Figure(part, f"{what}: {queries} queries, {size:,} bytes", 1000 * median(times), "ms", ROUNDS, how)

    def token(self) -> str:
        page = self.client.get(self.path).get_data(as_text=True)
        return page.partition('name="csrf_token" value="')[2].partition('"')[0]

    def _count(self, *_: Any) -> None:
        self.statements += 1


def server_figures(part: str, web: Web, job_id: UUID, images: int) -> Iterator[Figure]:
    """Each request a sheet makes, on a job of that many images."""
    how = f"Median of {ROUNDS}, in process with Flask's test client, SQLite, job of {images:,} images."
    asking = Asking(web, job_id)
    try:
        path, revision = asking.path, asking.revision()
        seen: Mapping[str, Any] = {"headers": {**HTMX, "HX-PTag": revision}}
        behind: Mapping[str, Any] = {"headers": {**HTMX, "HX-PTag": str(int(revision) - 1)}}
        yield asking.figure(part, "first page", path, how)
        yield asking.figure(part, "30 tiles", f"{path}tiles?at=0-29", how, headers=HTMX)
        yield asking.figure(part, "poll, nothing new", f"{path}changes?at=0-239", how, **seen)
        yield asking.figure(part, "poll, one revision behind", f"{path}changes?at=0-239", how, **behind)
        token = asking.token()
        last = min(999, images - 1)
        for mark in ("keep", "none"):
            change = {"at": f"0-{last}", "mark": mark}
            yield asking.figure(
                part,
                f"{last + 1:,} marked in one request ({mark})",
                f"{path}marks",
                how,
                body=partial(_mark_request, change),
                method="POST",
                headers={"X-CSRFToken": token},
            )
        for wanted in FILTERS if images > 1000 else ():
            yield asking.figure(part, f"page with {wanted}", f"{path}?{wanted}", how)
    finally:
        asking.close()


def _mark_request(change: dict[str, Any]) -> dict[str, Any]:
    """As a page sends it: with an id of its own, under which the answer is kept."""
    return {"request": str(uuid4()), "changes": [change]}
