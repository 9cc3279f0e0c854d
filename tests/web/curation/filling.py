"""Puts pictures on a sheet without an engine: images are moved through their states by hand, in real transactions."""

from collections.abc import Callable, Iterable
from functools import cache
from io import BytesIO
from typing import Any
from uuid import UUID

from PIL import Image as Pillow
from sqlalchemy import select

from app.core.clock import utc_now
from app.core.database import db, new_id, transaction
from app.generation.models import Asset, Image, Job
from app.generation.moves import lock_job, move_image, read_image
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from app.imaging.variants import Variants, make_variants

COLOURS = ["#35586c", "#b8442f", "#d9a441", "#4c7a4a", "#7d4e7c", "#2f2f38"]


def images_of(job: Job) -> list[Image]:
    """Every image in the order of the sheet, as the database has it now."""
    db.session.rollback()
    query = select(Image).where(Image.job_id == job.id).order_by(Image.position)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def fresh(job: Job) -> Job:
    db.session.rollback()
    return db.session.get_one(Job, job.id, populate_existing=True)


def complete(job: Job, positions: Iterable[int] | None = None, picture: Callable[[Image], bytes] | None = None) -> None:
    """Give images their pictures; all of them if no positions are named."""
    wanted = None if positions is None else set(positions)
    for image in images_of(job):
        if (wanted is None or image.position in wanted) and image.state in (ImageState.QUEUED, ImageState.GENERATING):
            _complete(job.id, image, (picture or _plain)(image))


def generate(job: Job, positions: Iterable[int]) -> None:
    """Have these images claimed by a worker."""
    wanted = set(positions)
    for image in [each for each in images_of(job) if each.position in wanted]:
        with transaction():
            _start(job.id, image.id)


def fail(job: Job, positions: Iterable[int], *, error_type: str = "content_policy", message: str = "Refused.") -> None:
    wanted = set(positions)
    for image in [each for each in images_of(job) if each.position in wanted]:
        with transaction():
            locked, own = _start(job.id, image.id)
            state = ImageState.UNKNOWN if error_type == "ambiguous" else ImageState.FAILED
            move_image(locked, own, state, error_type=error_type, error_message=message)


def _start(job_id: UUID, image_id: UUID) -> tuple[Job, Image]:
    job, image = lock_job(job_id), read_image(image_id)
    if job.state == JobState.QUEUED:
        job.move_to(JobState.RUNNING)
        job.started_at = utc_now()
    if image.state == ImageState.QUEUED:
        move_image(
            job, image, ImageState.GENERATING, claimed_by=new_id(), started_at=utc_now(), attempt=image.attempt + 1
        )
    return job, image


def _complete(job_id: UUID, image: Image, content: bytes) -> None:
    variants = make_variants_once(content)
    files = {name: _put(name, content, file) for name, file in variants.files.items()}
    with transaction() as session:
        job, own = _start(job_id, image.id)
        asset = Asset(
            workspace_id=own.workspace_id,
            image_id=own.id,
            attempt=own.attempt,
            key=f"originals/{own.id}/{own.attempt}.png",
            media_type="image/png",
            bytes=len(content),
            width=variants.width,
            height=variants.height,
            sha256="0" * 64,
            variants=files,
            placeholder=variants.placeholder,
        )
        session.add(asset)
        session.flush()
        move_image(job, own, ImageState.STORING, asset_id=asset.id)
        move_image(job, own, ImageState.COMPLETED)


@cache
def make_variants_once(content: bytes) -> Variants:
    return make_variants(content)


def _put(name: str, content: bytes, file: Any) -> dict[str, Any]:
    key = f"variants/{abs(hash(content))}/{name}.{file.extension}"
    if not studio().storage.exists(key):
        studio().storage.put(key, file.content, file.media_type)
    return {
        "key": key,
        "media_type": file.media_type,
        "bytes": len(file.content),
        "width": file.width,
        "height": file.height,
    }


def _plain(image: Image) -> bytes:
    return plain_picture(COLOURS[image.position % len(COLOURS)])


@cache
def plain_picture(colour: str, size: int = 320) -> bytes:
    file = BytesIO()
    Pillow.new("RGB", (size, size), colour).save(file, "PNG")
    return file.getvalue()
