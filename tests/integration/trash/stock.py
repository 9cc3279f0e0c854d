"""What the store holds and what the rows speak of, for tests of the trash."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from app.core.database import db, db_now, transaction
from app.generation.models import Asset, Image, Job
from app.generation.studio import studio
from app.publishing.models import Page
from app.publishing.orphans import compare
from app.publishing.trash_models import PictureName, Removal


def keys(prefix: str = "") -> set[str]:
    """Every object of the store."""
    return {each.key for each in studio().storage.keys(prefix)}


def objects_of(asset_id: UUID) -> set[str]:
    """The private objects of a picture, by its row."""
    asset = fresh(Asset, asset_id)
    return {asset.key, *(file["key"] for file in asset.variants.values())}


def is_consistent() -> bool:
    """No object without a row, and no row without its object; removals that are still to be done are rows too."""
    found = compare()
    return not found.orphans and not found.missing and not found.foreign


def fresh(model: Any, row_id: UUID) -> Any:
    db.session.rollback()
    return db.session.get_one(model, row_id, populate_existing=True)


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.query(model).count()


def change(model: Any, row_id: UUID, **values: Any) -> None:
    with transaction() as session:
        session.execute(update(model).where(model.id == row_id).values(**values))


def ago(**time: float) -> datetime:
    return db_now() - timedelta(**time)


__all__ = ["Asset", "Image", "Job", "Page", "PictureName", "Removal"]
