"""From the kept original to a completed image: into the store, then variants, placeholder and fingerprints.

Any step may run again: keys follow from the asset, bytes from the original. A store that is down only delays.
"""

from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import bindparam, case, select, update

from app.core.database import db_now, transaction
from app.core.errors import NotStored, StorageError, TimeStampDown, UnreadablePicture
from app.core.fail_points import FailPoint, fail_point
from app.generation.direct_moves import ASSETS, IMAGES, JOBS, DirectMove
from app.generation.insist import DATABASE_AWAY, insist
from app.generation.models import Asset, Image, Job
from app.generation.moves import lock_image, move_image
from app.generation.originals import read
from app.generation.postpone import WAITS_FOR_STORE, explain, postpone, waits_for_its_host
from app.generation.sizes import credentials_row, put_sizes, sizes_of
from app.generation.spool import put_spooled
from app.generation.states import ImageState, Mark
from app.generation.studio import studio
from app.imaging.provenance import credit_line
from app.imaging.variants import Variants
from app.storage.patience import within

log = structlog.get_logger()

STORE_LEASE_SECONDS = 120.0
"""A storing run that takes longer than this is taken for lost."""


CLAIM = (
    update(IMAGES)
    .where(IMAGES.c.id == bindparam("image"), IMAGES.c.state == ImageState.STORING, IMAGES.c.claimed_by.is_(None))
    .values(claimed_by=bindparam("process"), not_before=None, dispatched_until=bindparam("until"))
    .returning(IMAGES.c.asset_id)
)
TAKEN = (
    select(Asset, Job.generator)
    .select_from(Image)
    .join(Asset, Asset.id == Image.asset_id)
    .join(Job, Job.id == Image.job_id)
    .where(Image.id == bindparam("image"))
    .execution_options(populate_existing=True)
)
LET_GO = (
    update(IMAGES)
    .where(
        IMAGES.c.id == bindparam("image"),
        IMAGES.c.state == ImageState.STORING,
        IMAGES.c.claimed_by == bindparam("process"),
    )
    .values(claimed_by=None, dispatched_until=None)
)
NEW_MARK = select(JOBS.c.default_mark).where(JOBS.c.id == IMAGES.c.job_id).scalar_subquery()
"""What a new picture is marked with."""
COMPLETE = DirectMove(
    ImageState.STORING,
    ImageState.COMPLETED,
    lock_values={"kept_count": JOBS.c.kept_count + case((JOBS.c.default_mark == Mark.KEEP, 1), else_=0)},
    where=(IMAGES.c.asset_id == bindparam("asset"),),
    values={"not_before": None, "error_type": None, "error_message": None, "mark": NEW_MARK},
)
SHOWN = update(ASSETS).where(ASSETS.c.id == bindparam("asset"))


def store_image(image_id: UUID, process_id: UUID) -> bool:
    """Complete a storing image. False when there was nothing to do or the store was down."""
    if studio().storage.is_down:
        explain(image_id, WAITS_FOR_STORE)
        return False
    try:
        return _store(image_id, process_id)
    except DATABASE_AWAY as error:
        log.warning("storing_given_up", image=str(image_id), error_type=type(error).__name__)
        insist(lambda: _let_go(image_id, process_id))
        return False


def _store(image_id: UUID, process_id: UUID) -> bool:
    claimed = _claim(image_id, process_id)
    if claimed is None:
        return False
    asset, credit = claimed
    fail_point(FailPoint.STORE_CLAIMED, image_id)
    try:
        with within(STORE_LEASE_SECONDS / 2):
            content = read(asset)
            if asset.spool_host is not None:
                put_spooled(asset, content)
            variants = sizes_of(asset, content, credit=credit)
            files = put_sizes(asset, variants)
    except NotStored as error:
        if waits_for_its_host(asset):
            postpone(image_id, error)
        else:
            _fail(image_id, error.message)
        return False
    except (StorageError, TimeStampDown) as error:
        postpone(image_id, error)
        return False
    except UnreadablePicture as error:
        _fail(image_id, error.message)
        return False
    fail_point(FailPoint.VARIANTS_STORED, image_id)
    _complete(image_id, asset.id, variants, files, credentials_row(content))
    return True


def _claim(image_id: UUID, process_id: UUID) -> tuple[Asset, str] | None:
    """Take the storing image for the length of a lease; not visible on the sheet, so no revision grows.

    Answers its picture's row and whom its metadata names. The row is detached: while the picture is worked on no
    transaction is open for it.
    """
    with transaction() as session:
        until = db_now() + timedelta(seconds=STORE_LEASE_SECONDS)
        taken = {"image": image_id, "process": process_id, "until": until}
        claimed = session.execute(CLAIM, taken).scalar_one_or_none()
        if claimed is None:
            return None
        asset, generator = session.execute(TAKEN, {"image": image_id}).one()
        session.expunge(asset)
    return asset, credit_line(generator)


def _let_go(image_id: UUID, process_id: UUID) -> None:
    """The database went away in between: a sweep sends the image again."""
    with transaction() as session:
        session.execute(LET_GO, {"image": image_id, "process": process_id})


def _complete(
    image_id: UUID, asset_id: UUID, variants: Variants, files: dict[str, Any], credentials: dict[str, Any]
) -> None:
    with transaction() as session:
        now = db_now()
        job = COMPLETE.lock(image_id, now)
        if job is None or COMPLETE.move(job, image_id, now, asset=asset_id) is None:
            session.rollback()
            return
        shown = {"variants": files, "placeholder": variants.placeholder, **asdict(variants.fingerprint)}
        shown["credentials"] = credentials
        session.execute(SHOWN, {"asset": asset_id, **shown})
    log.info("image_stored", image=str(image_id))


def _fail(image_id: UUID, reason: str) -> None:
    """The original cannot be used: the bytes stay where they are and storing can be tried again by a person."""
    with transaction():
        job, image = lock_image(image_id)
        if image.state == ImageState.STORING:
            move_image(job, image, ImageState.FAILED, error_type="storage", error_message=reason[:1000])
