"""What is read about jobs and images, always within one workspace when a person asks."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select

from app.core.database import db
from app.core.errors import NotThere
from app.generation.models import Attempt, Image, Job


def get_job(job_id: UUID, workspace_id: UUID) -> Job:
    """The job. Raises NotThere when it does not exist, is deleted or another workspace's."""
    job = db.session.execute(
        select(Job).where(Job.id == job_id, Job.workspace_id == workspace_id, Job.deleted_at.is_(None))
    ).scalar_one_or_none()
    if job is None:
        raise NotThere("There is no such job in this workspace.")
    return job


def jobs_there(job_ids: Iterable[UUID | None]) -> set[UUID]:
    """Those of the jobs that exist and are not deleted: what is said about the others leads nowhere."""
    wanted = {job_id for job_id in job_ids if job_id is not None}
    return set(db.session.scalars(select(Job.id).where(Job.id.in_(wanted), Job.deleted_at.is_(None))))


def get_image(image_id: UUID, workspace_id: UUID) -> Image:
    """The image. Raises NotThere when it does not exist, its job is deleted, or it is another workspace's."""
    image = db.session.execute(
        select(Image)
        .join(Image.job)
        .where(Image.id == image_id, Image.workspace_id == workspace_id, Job.deleted_at.is_(None))
    ).scalar_one_or_none()
    if image is None:
        raise NotThere("There is no such image in this workspace.")
    return image


def images_of(job_id: UUID) -> Sequence[Image]:
    """Every image of a job in the order of the sheet."""
    return db.session.scalars(select(Image).where(Image.job_id == job_id).order_by(Image.position)).all()


def attempts_of(image_id: UUID) -> Sequence[Attempt]:
    """Every call made for an image, oldest first."""
    return db.session.scalars(select(Attempt).where(Attempt.image_id == image_id).order_by(Attempt.number)).all()
