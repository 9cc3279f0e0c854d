"""What is read about jobs and images, always within one workspace when a person asks."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.core.database import db
from app.core.errors import NotThere
from app.generation.models import Attempt, Image, Job


def get_job(job_id: UUID, workspace_id: UUID) -> Job:
    """The job. Raises NotThere when it does not exist or is another workspace's."""
    job = db.session.execute(select(Job).where(Job.id == job_id, Job.workspace_id == workspace_id)).scalar_one_or_none()
    if job is None:
        raise NotThere("There is no such job in this workspace.")
    return job


def get_image(image_id: UUID, workspace_id: UUID) -> Image:
    """The image. Raises NotThere when it does not exist or is another workspace's."""
    image = db.session.execute(
        select(Image).where(Image.id == image_id, Image.workspace_id == workspace_id)
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
