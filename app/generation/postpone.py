"""A picture that is kept but cannot be stored yet: let go of it, say what it waits for, and try again later."""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import exists, select, update

from app.core.database import db, db_now, end_read, transaction
from app.core.errors import StorageError, StoreDown, TimeStampDown
from app.generation.heartbeat import alive
from app.generation.models import Asset, Image
from app.generation.moves import lock_image
from app.generation.process_models import Process
from app.generation.states import ImageState
from app.generation.studio import studio

log = structlog.get_logger()

STORE_RETRY_SECONDS = 10.0
"""The wait before a store that was down is tried again."""
GIVEN_UP_AFTER = timedelta(hours=24)
"""A host that lives no more has so long to come back with the pictures on its disk."""
WAITS_FOR_STORE = "The picture is kept and waits for the store, which does not answer."


def postpone(image_id: UUID, error: StorageError | TimeStampDown) -> None:
    """The store is down, or what signatures get their time from: let go of the image. A sweep sends it later."""
    log.warning("store_postponed", image=str(image_id), reason=error.message)
    with transaction() as session:
        session.execute(
            update(Image)
            .where(Image.id == image_id, Image.state == ImageState.STORING)
            .values(
                claimed_by=None,
                dispatched_until=None,
                not_before=db_now() + timedelta(seconds=STORE_RETRY_SECONDS),
            )
        )
    explain(image_id, WAITS_FOR_STORE if isinstance(error, StoreDown) else error.message)


def explain(image_id: UUID, reason: str) -> None:
    """Say on the image what it waits for; costs a read where it says so already."""
    said = db.session.scalar(select(Image.error_message).where(Image.id == image_id))
    end_read()
    if said == reason:
        return
    with transaction():
        job, image = lock_image(image_id)
        if image.state == ImageState.STORING:
            image.error_message, image.revision = reason[:1000], job.revision


def waits_for_its_host(asset: Asset) -> bool:
    """Whether another host has the picture on its disk and may still bring it.

    Not any more when nothing has lived there for long: then people must see to it. The picture can be stored again
    as soon as the host is back.
    """
    if asset.spool_host in (None, studio().host_id):
        return False
    lives = exists().where(Process.host == asset.spool_host, Process.id.in_(alive(studio().settings.lease_seconds)))
    waits = asset.created_at > db_now() - GIVEN_UP_AFTER or bool(db.session.scalar(select(lives)))
    end_read()
    return waits
