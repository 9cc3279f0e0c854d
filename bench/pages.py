"""Pages a minute with a writer that takes three seconds, beside asking it for one page after the other."""

import time
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from app.audit.record import Actor
from app.core.database import db, transaction
from app.core.queue import MOST_AT_ONCE, QueueName
from app.generation.models import Image, Job
from app.generation.states import Mark
from app.publishing.asked import current_writer
from app.publishing.models import Page
from app.publishing.publish import publish_kept
from app.publishing.states import PageState
from app.publishing.tags import ensure_tags, known_tags
from app.writing.interface import Brief
from bench.figures import Figure
from bench.installation import Installation, Setup
from bench.provider import Provider
from bench.services import Services
from bench.waiting import wait_for
from tests.services.completed import paint

PART = "9 Pages a minute"
LATENCY = 3.0
WRITING = "/v1/chat/completions"
HOW = (
    "(n - slots) / (last answer - end of the first round of answers), on the provider's clock; every text takes "
    f"{LATENCY:g} s. One host; pictures of 256 x 256, their variants are in the store; each page is claimed, its "
    "picture read, its text asked for, its mark read back and its address taken."
)


def measure(services: Services) -> Iterator[Figure]:
    slots = MOST_AT_ONCE[QueueName.PUBLISH]
    pages = slots * services.pick(6, quick=2)
    limit = slots / LATENCY * 60
    with Provider(services.guard) as provider, Installation(services, provider, Setup(3000, latency=1)) as installation:
        provider.change(writing_latency=LATENCY)
        ensure_tags()
        alone = _one_at_a_time(services.pick(3, quick=1))
        job_id = _published(installation, pages)
        wait_for(lambda: _written(job_id) >= pages, within=60 + pages / limit * 120, what=f"{pages} pages")
        if _written(job_id, Page.state == PageState.PUBLISHED) != pages:
            raise RuntimeError("not every page has been published: what was measured is not what is meant")
        calls = [call for call in provider.calls() if call["path"] == WRITING][-pages:]
    ends = sorted(float(call["finished"]) for call in calls)
    rate = 60 * (len(ends) - slots) / (ends[-1] - ends[slots - 1]) if len(ends) > slots else 0.0
    yield Figure(PART, "pages a minute, one host", rate, "pages/min", pages, HOW)
    yield Figure(
        PART, f"  of what {slots} writers at once can do ({limit:.0f})", 100 * rate / limit, "%", pages, HOW, ">= 90 %"
    )
    yield Figure(PART, "pages a minute, one after the other", alone, "pages/min", 3, HOW)
    yield Figure(PART, "ratio", rate / alone, "x", pages, HOW)


def _one_at_a_time(pages: int) -> float:
    """A loop that asks for a text, waits for it, and asks for the next one."""
    brief = Brief(paint(), "image/png", "a lighthouse", "Other", known_tags())
    db.session.rollback()
    begin = time.monotonic()
    for _ in range(pages):
        current_writer().write(brief)
    return 60 * pages / (time.monotonic() - begin)


def _published(installation: Installation, pages: int) -> UUID:
    """A job whose pictures are there and kept; from here on they are published."""
    job = installation.run(pages, name="kept")
    with transaction() as session:
        session.execute(update(Image).where(Image.job_id == job.id).values(mark=Mark.KEEP))
        session.execute(update(Job).where(Job.id == job.id).values(kept_count=pages))
    publish_kept(
        job.id,
        workspace_id=job.workspace_id,
        actor=Actor(job.created_by, "cli"),
        user_id=job.created_by,
        visibility="public",
    )
    return job.id


def _written(job_id: UUID, became: ColumnElement[bool] = Page.state != PageState.PROCESSING) -> int:
    db.session.rollback()
    written = select(func.count()).where(Page.job_id == job_id, became)
    return db.session.execute(written).scalar_one()
