"""Whether this host's disks have room for a picture, asked before it is paid for."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from app.core.database import transaction
from app.core.errors import StorageError
from app.generation.moves import lock_image, pause
from app.generation.states import JOB_TAKES_WORK, ImageState
from app.generation.studio import Studio, studio
from app.storage.local import free_bytes

log = structlog.get_logger()

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where originals go, by a name that people know, and how many bytes fit there."""

    name: str
    free: int


def disk_advice(of: Studio) -> str:
    """What is wrong with this host's disks and what to do; empty while there is room.

    The media folder needs room, unless it is a bucket; and so does the spool, which takes what a store refuses.
    """
    least = of.settings.min_free_mb * MEGABYTE
    try:
        short = [place for place in _places(of) if place.free < least]
    except (OSError, StorageError) as error:
        return f"A disk of the host {of.host_id} cannot be looked at: {error}"
    if not short:
        return ""
    tightest = min(short, key=lambda place: place.free)
    return (
        f"The disk of the {tightest.name} on the host {of.host_id} has only {tightest.free // MEGABYTE} MB left. "
        f"Below {of.settings.min_free_mb} MB no picture is paid for, because it might not be kept. "
        "Make room there, then resume."
    )


def _places(of: Studio) -> list[Place]:
    data = Place("data folder", free_bytes(of.settings.data_dir))
    media = of.storage.room()
    return [data] if media is None else [data, Place("media folder", media)]


def stopped_by_full_disk(image_id: UUID) -> bool:
    """Pause the image's job if there is no room for its picture here; whether that is so.

    The image is not claimed yet: it only gives its start back, and waits for a person with the rest of its job.
    """
    advice = disk_advice(studio())
    if not advice:
        return False
    with transaction():
        job, image = lock_image(image_id)
        if image.state == ImageState.QUEUED:
            image.dispatched_until = None
        if job.state in JOB_TAKES_WORK:
            pause(job, advice, cause=f"disk/{studio().host_id}")
            log.error("disk_is_full", job=str(job.id), host=studio().host_id)
    return True
