"""From the kept original to a completed image: into the store, then variants, placeholder and fingerprints.

Any step may run again: keys follow from the asset, bytes from the original. A store that is down only delays.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update

from app.core.database import db, db_now, end_read, transaction
from app.core.errors import NotStored, StorageError, UnreadablePicture
from app.generation.models import Asset, Image
from app.generation.moves import lock_image, move_image
from app.generation.originals import read, spool_path
from app.generation.states import ImageState
from app.generation.studio import studio
from app.imaging.fingerprint import Fingerprint, fingerprint
from app.imaging.variants import Variants, make_variants

log = structlog.get_logger()

STORE_LEASE_SECONDS = 120.0
"""A storing run that takes longer than this is taken for lost."""
STORE_RETRY_SECONDS = 15.0
"""The wait before a store that was down is tried again."""


@dataclass(frozen=True, slots=True)
class Made:
    variants: Variants
    fingerprint: Fingerprint


def store_image(image_id: UUID, process_id: UUID) -> bool:
    """Complete a storing image. False when there was nothing to do or the store was down."""
    asset = _claim(image_id, process_id)
    if asset is None:
        return False
    try:
        content = read(asset)
        _drain(asset, content)
        variants = make_variants(content)
        made = Made(variants, fingerprint(variants.files["medium"].content))
        files = _put_variants(asset, variants)
    except NotStored as error:
        elsewhere = asset.spool_host not in (None, studio().host_id)
        _wait(image_id, error.message) if elsewhere else _fail(image_id, error.message)
        return False
    except StorageError as error:
        _wait(image_id, error.message)
        return False
    except UnreadablePicture as error:
        _fail(image_id, error.message)
        return False
    _complete(image_id, asset.id, made, files)
    return True


def _claim(image_id: UUID, process_id: UUID) -> Asset | None:
    """Take the storing image for the length of a lease; not visible on the sheet, so no revision grows."""
    with transaction() as session:
        claimed = session.execute(
            update(Image)
            .where(Image.id == image_id, Image.state == ImageState.STORING, Image.claimed_by.is_(None))
            .values(
                claimed_by=process_id,
                not_before=None,
                dispatched_until=db_now() + timedelta(seconds=STORE_LEASE_SECONDS),
            )
            .returning(Image.asset_id)
        ).scalar_one_or_none()
    asset = db.session.get(Asset, claimed) if claimed else None
    end_read()
    return asset


def _drain(asset: Asset, content: bytes) -> None:
    """Move a spooled original into the store; the row says so before the local copy goes."""
    if asset.spool_host is None:
        return
    studio().storage.put(asset.key, content, asset.media_type)
    with transaction(durable=True) as session:
        session.execute(update(Asset).where(Asset.id == asset.id).values(spool_host=None))
    spool_path(asset.key).unlink(missing_ok=True)
    log.info("spool_drained", key=asset.key)


def _put_variants(asset: Asset, variants: Variants) -> dict[str, Any]:
    return {name: _put_variant(asset, name, variants) for name in variants.files}


def _put_variant(asset: Asset, name: str, variants: Variants) -> dict[str, Any]:
    file = variants.files[name]
    key = f"variants/{asset.id}/{name}.{file.extension}"
    studio().storage.put(key, file.content, file.media_type)
    return {
        "key": key,
        "media_type": file.media_type,
        "bytes": len(file.content),
        "width": file.width,
        "height": file.height,
    }


def _complete(image_id: UUID, asset_id: UUID, made: Made, files: dict[str, Any]) -> None:
    with transaction():
        job, image = lock_image(image_id)
        if image.state != ImageState.STORING or image.asset_id != asset_id:
            return
        asset = db.session.get_one(Asset, asset_id, populate_existing=True)
        asset.variants = files
        asset.placeholder = made.variants.placeholder
        asset.perceptual_hash = made.fingerprint.perceptual_hash
        asset.sharpness = made.fingerprint.sharpness
        move_image(job, image, ImageState.COMPLETED, not_before=None)
    log.info("image_stored", image=str(image_id))


def _wait(image_id: UUID, reason: str) -> None:
    """The store is down: let go of the image and try again later. A sweep sends it."""
    log.warning("store_postponed", image=str(image_id), reason=reason)
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


def _fail(image_id: UUID, reason: str) -> None:
    """The original cannot be used: the bytes stay where they are and storing can be tried again by a person."""
    with transaction():
        job, image = lock_image(image_id)
        if image.state == ImageState.STORING:
            move_image(job, image, ImageState.FAILED, error_type="storage", error_message=reason[:1000])


def drain_spool() -> int:
    """Move what this host has spooled into the store, until the store refuses; answers how many."""
    query = select(Asset).where(Asset.spool_host == studio().host_id).order_by(Asset.id).limit(100)
    assets = db.session.scalars(query).all()
    end_read()
    drained = 0
    for asset in assets:
        try:
            _drain(asset, read(asset))
        except NotStored as error:
            log.warning("spooled_original_lost", key=asset.key, reason=error.message)
            continue
        except StorageError as error:
            log.warning("spool_waits", reason=error.message)
            break
        drained += 1
    return drained
