"""Publish the kept images of a job: a page each, written by actors one image at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select

from app.audit.record import Actor, record
from app.core.database import db, db_now, transaction
from app.core.errors import BadInput
from app.core.filters import plural
from app.core.queue import ActorName, enqueue
from app.generation.models import Image, Job
from app.generation.moves import lock_job
from app.generation.states import ImageState, Mark
from app.publishing.models import Page
from app.publishing.queries import publishable
from app.publishing.states import PageState
from app.publishing.tags import insert_missing

MESSAGE_WAIT = timedelta(seconds=60)
"""A page that no writer has claimed by then is sent again."""
AT_ONCE = 200
"""So many messages are sent at a time; the sweep sends the others as the queue empties."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Published:
    """What became of one click. `already` have a page from before, `not_completed` are kept but have no picture."""

    created: int
    already: int
    not_completed: int
    visibility: str
    discarded: int = 0
    """Pictures that were not kept and are in the trash now, because that was ticked."""
    trashed: int = 0
    """Pictures whose page is in the trash."""

    def sentences(self) -> list[str]:
        """The result for a person at that moment: whether a page goes public is known when it is written."""
        made = f"{plural(self.created, 'page')} {'is' if self.created == 1 else 'are'} being written."
        return [made if self.created else "No page was made.", *self.remarks()]

    def remarks(self) -> list[str]:
        """What was not made into a page by this click, and why."""
        return [
            *([f"{plural(self.already, 'image')} already had one."] if self.already else []),
            *([f"{plural(self.trashed, 'page')} left in the trash."] if self.trashed else []),
            *([f"{plural(self.discarded, 'picture')} put into the trash."] if self.discarded else []),
            *(
                [f"{plural(self.not_completed, 'kept image')} without a picture left out."]
                if self.not_completed
                else []
            ),
        ]


def publish_kept(
    job_id: UUID, *, workspace_id: UUID, actor: Actor, user_id: UUID, visibility: str | None = None
) -> Published:
    """Create a page for every kept, completed image that has none and is not in the trash, and have each written.

    `visibility` is `public`, `private` or None for the job's own. Raises NotThere and BadInput. Two clicks at once make
    no duplicates: the job is locked, and the unique image has the last word.
    """
    if visibility not in {None, "public", "private"}:
        raise BadInput(["Choose whether the pages are public or private."])
    with transaction():
        job = lock_job(job_id, workspace_id=workspace_id)
        before = publishable(job_id)
        chosen = visibility or job.visibility
        created = _insert_pages(job, user_id, chosen)
        result = Published(len(created), before.already, before.not_completed, chosen, trashed=before.trashed)
        if created:
            record(
                actor,
                "job.published",
                workspace_id=workspace_id,
                subject_id=job_id,
                created=result.created,
                visibility=chosen,
            )
        for page_id in created[:AT_ONCE]:
            enqueue(ActorName.CREATE_PAGE, page_id)
    log.info("job_published", workspace=str(workspace_id), job=str(job_id), created=result.created)
    return result


def _insert_pages(job: Job, user_id: UUID, visibility: str) -> list[UUID]:
    sent_until = db_now() + MESSAGE_WAIT
    rows = [
        _row(job, image, user_id, visibility, sent_until if number < AT_ONCE else None)
        for number, image in enumerate(_images_without_page(job.id))
    ]
    if not rows:
        return []
    inserted = db.session.execute(insert_missing(Page, Page.image_id).returning(Page.id), rows)
    return list(inserted.scalars())


def _images_without_page(job_id: UUID) -> Iterable[Image]:
    return db.session.scalars(
        select(Image)
        .where(
            Image.job_id == job_id,
            Image.mark == Mark.KEEP,
            Image.state == ImageState.COMPLETED,
            Image.trashed_at.is_(None),
            ~select(Page.id).where(Page.image_id == Image.id).exists(),
        )
        .order_by(Image.position)
    )


def _row(job: Job, image: Image, user_id: UUID, visibility: str, sent_until: datetime | None) -> dict[str, Any]:
    return {
        "workspace_id": job.workspace_id,
        "job_id": job.id,
        "image_id": image.id,
        "asset_id": image.asset_id,
        "author_id": user_id,
        "state": PageState.PROCESSING,
        "visibility": visibility,
        "dispatched_until": sent_until,
        "prompt": image.prompt_sent,
        "generator": job.generator,
    }
