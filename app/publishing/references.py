"""Which objects of the store the database speaks of. An object is only ever removed when nothing does."""

import re
from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import or_, select

from app.core.database import db
from app.generation.models import Asset, Image
from app.generation.states import ImageState
from app.publishing.name_states import NameState
from app.publishing.trash_models import PictureName

ORIGINAL = re.compile(r"originals/(?P<image>[0-9a-f-]{36})/\d+\.[a-z]+")
VARIANT = re.compile(r"variants/(?P<owner>[0-9a-f-]{36})/[a-z0-9.-]+")
PUBLIC = re.compile(r"public/(?P<stem>[a-z0-9-]+)-[a-z]+\.[a-z]+")
CHECK = re.compile(r"checks/[0-9a-f]{16}")
"""What `check` of a store writes and deletes at once."""
STILL_TO_COME = (ImageState.GENERATING, ImageState.STORING, ImageState.UNKNOWN)
"""Images whose original may be in the store before a row says so, for as long as it takes."""
MOST = 400
"""Keys in one question; databases limit the number of parameters."""


def is_ours(key: str) -> bool:
    """Whether it is a key as we make them. What is not is reported and never removed."""
    return any(pattern.fullmatch(key) for pattern in (ORIGINAL, VARIANT, PUBLIC, CHECK))


def unreferenced(keys: Collection[str]) -> set[str]:
    """Those of the keys that no asset, image or name refers to."""
    free = set(keys)
    for some in _batches(sorted(keys)):
        free -= _of_originals(some) | _of_variants(some) | _of_names(some)
    return free


def _of_originals(keys: Iterable[str]) -> set[str]:
    """Kept by its asset, or by an image that may still find it."""
    image_of = {key: UUID(found["image"]) for key in keys if (found := ORIGINAL.fullmatch(key))}
    if not image_of:
        return set()
    kept = set(db.session.scalars(select(Asset.key).where(Asset.key.in_(image_of))))
    waiting = set(
        db.session.scalars(select(Image.id).where(Image.id.in_(set(image_of.values())), Image.state.in_(STILL_TO_COME)))
    )
    return kept | {key for key, image in image_of.items() if image in waiting}


def _of_variants(keys: Iterable[str]) -> set[str]:
    """Kept when its asset names it, or names none yet because they are being made."""
    owner_of = {key: UUID(found["owner"]) for key in keys if (found := VARIANT.fullmatch(key))}
    if not owner_of:
        return set()
    owners = set(owner_of.values())
    assets = db.session.execute(
        select(Asset.id, Asset.variants).where(or_(Asset.id.in_(owners), Asset.image_id.in_(owners)))
    ).all()
    named = {str(file["key"]) for _, variants in assets for file in variants.values()}
    unmade = {asset_id for asset_id, variants in assets if not variants}
    return {key for key, owner in owner_of.items() if key in named or owner in unmade}


def _of_names(keys: Iterable[str]) -> set[str]:
    stem_of = {key: found["stem"] for key in keys if (found := PUBLIC.fullmatch(key))}
    if not stem_of:
        return set()
    used = set(
        db.session.scalars(
            select(PictureName.stem).where(
                PictureName.stem.in_(set(stem_of.values())), PictureName.state != NameState.RETIRED
            )
        )
    )
    return {key for key, stem in stem_of.items() if stem in used}


def _batches(keys: list[str]) -> Iterable[list[str]]:
    for start in range(0, len(keys), MOST):
        yield keys[start : start + MOST]
