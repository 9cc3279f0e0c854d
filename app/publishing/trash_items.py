"""One thing of the trash, as a person names it.

Each raises NotThere for what is not this workspace's, and Conflict for what is not in the trash.
"""

from uuid import UUID

from sqlalchemy import select

from app.core.database import db
from app.core.errors import Conflict, NotThere
from app.generation.models import Image, Job
from app.generation.queries import get_image
from app.publishing.models import Page
from app.publishing.queries import get_page
from app.publishing.states import PageState

NOT_IN_TRASH = "This is not in the trash. It may have been restored, or is gone for good."


def trashed_image(image_id: UUID, workspace_id: UUID) -> Image:
    image = get_image(image_id, workspace_id)
    if image.trashed_at is None:
        raise Conflict(NOT_IN_TRASH)
    return image


def trashed_page(page_id: UUID, workspace_id: UUID) -> Page:
    page = get_page(page_id, workspace_id)
    if page.state != PageState.TRASHED or page.trashed_with_job:
        raise Conflict(NOT_IN_TRASH)
    return page


def trashed_job(job_id: UUID, workspace_id: UUID) -> Job:
    job = db.session.scalars(
        select(Job).where(Job.id == job_id, Job.workspace_id == workspace_id, Job.purged_at.is_(None))
    ).one_or_none()
    if job is None:
        raise NotThere("There is no such job in the trash. After 72 hours only its receipt is left.")
    if job.deleted_at is None:
        raise Conflict(NOT_IN_TRASH)
    return job
