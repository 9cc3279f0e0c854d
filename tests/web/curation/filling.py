"""Puts pictures on a sheet without an engine: images are moved through their states by hand, in real transactions."""

from collections.abc import Callable, Iterable
from functools import cache
from io import BytesIO
from random import Random
from typing import Any
from uuid import UUID

from PIL import Image as Pillow
from sqlalchemy import insert, select, update

from app.core.clock import utc_now
from app.core.database import db, new_id, transaction
from app.generation.models import Asset, Image, Job
from app.generation.moves import lock_job, move_image, read_image
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from app.imaging.variants import Variants, make_variants

COLOURS = ["#35586c", "#b8442f", "#d9a441", "#4c7a4a", "#7d4e7c", "#2f2f38"]


def images_of(job: Job, positions: Iterable[int] | None = None) -> list[Image]:
    """Images in the order of the sheet, as the database has them now; all of them if no positions are named."""
    db.session.rollback()
    query = select(Image).where(Image.job_id == job.id).order_by(Image.position)
    if positions is not None:
        query = query.where(Image.position.in_(list(positions)))
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def fresh(job: Job) -> Job:
    db.session.rollback()
    return db.session.get_one(Job, job.id, populate_existing=True)


def complete(job: Job, positions: Iterable[int] | None = None, picture: Callable[[Image], bytes] | None = None) -> None:
    """Give images their pictures; all of them if no positions are named."""
    for image in images_of(job, positions):
        if image.state in (ImageState.QUEUED, ImageState.GENERATING):
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


def number_all(job: Job) -> None:
    """Complete every image at once with numbers instead of a picture: for sheets of thousands."""
    files = _shared_files()
    with transaction() as session:
        images = session.scalars(select(Image).where(Image.job_id == job.id)).all()
        session.execute(insert(Asset), [_numbers(image, files) for image in images])
        asset = select(Asset.id).where(Asset.image_id == Image.id).scalar_subquery()
        ended = {"state": ImageState.COMPLETED, "asset_id": asset, "finished_at": utc_now()}
        counted = {"queued_count": 0, "completed_count": len(images), "state": JobState.COMPLETED}
        quick = {"synchronize_session": False}
        session.execute(update(Image).where(Image.job_id == job.id).values(**ended).execution_options(**quick))
        session.execute(update(Job).where(Job.id == job.id).values(**counted).execution_options(**quick))


def _numbers(image: Image, files: dict[str, Any]) -> dict[str, Any]:
    return {
        "workspace_id": image.workspace_id,
        "image_id": image.id,
        "attempt": 1,
        "key": f"originals/{image.id}/1.png",
        "media_type": "image/png",
        "bytes": 1,
        "width": 64,
        "height": 64,
        "sha256": "0" * 64,
        "variants": files,
        "placeholder": "",
        "perceptual_hash": f"{Random(image.seed).getrandbits(64):016x}",
        "sharpness": float(image.seed % 1000),
    }


def _shared_files() -> dict[str, dict[str, Any]]:
    content = plain_picture(COLOURS[0], 64)
    return {name: _put(name, content, file) for name, file in make_variants_once(content).files.items()}


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
        original = f"originals/{own.id}/{own.attempt}.png"
        studio().storage.put(original, content, "image/png")
        asset = Asset(
            workspace_id=own.workspace_id,
            image_id=own.id,
            attempt=own.attempt,
            key=original,
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
