"""The sizes of a picture: made from its original, with mark, credit and signature, and put into the store."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from app.core.database import db, end_read
from app.generation.models import Asset, Image, Job
from app.generation.studio import studio
from app.imaging.credentials import credentials_of
from app.imaging.provenance import credit_line
from app.imaging.variants import VariantFile, Variants, make_variants
from app.storage.interface import NewObject


def sizes_of(asset: Asset, original: bytes, *, credit: str) -> Variants:
    """All sizes of a picture, marked with the credit line and, where a certificate is configured, signed.

    Raises UnreadablePicture, TimeStampDown.
    """
    made = make_variants(original, credit=credit)
    signer = studio().signer
    return signer.sign_variants(made, original, asset.media_type) if signer else made


def credit_of(asset: Asset) -> str:
    """Whom the picture's metadata names: the generator of its job."""
    generator = db.session.scalar(
        select(Job.generator).join(Image, Image.job_id == Job.id).where(Image.id == asset.image_id)
    )
    end_read()
    return credit_line(generator or "")


def put_sizes(asset: Asset, made: Variants) -> dict[str, Any]:
    """Put every size into the store; answers what the asset's row says about them."""
    keys = {name: f"variants/{asset.id}/{name}.{file.extension}" for name, file in made.files.items()}
    studio().storage.put_all(
        [NewObject(keys[name], file.content, file.media_type) for name, file in made.files.items()]
    )
    return {name: _row(keys[name], file) for name, file in made.files.items()}


def credentials_row(original: bytes) -> dict[str, Any]:
    """What an asset's row says about the manifest the original came with; {} when it has none."""
    found = credentials_of(original)
    return asdict(found) if found else {}


def _row(key: str, file: VariantFile) -> dict[str, Any]:
    return {
        "key": key,
        "media_type": file.media_type,
        "bytes": len(file.content),
        "width": file.width,
        "height": file.height,
    }
