"""The files of pictures, at addresses that never change, so that browsers load each once."""

from typing import BinaryIO, cast
from uuid import UUID

from flask import Response, redirect, request, send_file

from app.accounts.access import visitor
from app.core.database import db, end_read
from app.core.errors import NotThere
from app.generation.models import Asset
from app.generation.studio import studio
from app.publishing.picture_access import is_public, may_see_everything

ORIGINAL = "original"
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
YEAR = 31_536_000
DAY = 86_400
SIGNED_FOR = 1_800
"""Seconds a redirect may be remembered: half of what a signed address is valid for."""


def serve(asset_id: UUID, variant: str) -> Response:
    """One file of a picture. Raises NotThere for who may not see it: for them it does not exist.

    Members get every file for ever, private; everybody gets the variants of what a published page shows, for a day,
    because it may be withdrawn.
    """
    asset = db.session.get(Asset, asset_id)
    is_member = asset is not None and may_see_everything(visitor(), asset)
    if asset is None or not (is_member or (variant != ORIGINAL and is_public(asset_id))):
        raise NotThere("There is no such picture.")
    key, media_type, size = _file(asset, variant)
    end_read()
    address = studio().storage.url(key, public=not is_member)
    response = (
        cast(Response, redirect(address)) if address else _own_file(key, media_type, size, name=_name(asset, variant))
    )
    _set_caching(response, is_member=is_member, lifetime=SIGNED_FOR if address else None)
    return response


def _file(asset: Asset, variant: str) -> tuple[str, str, int]:
    """Key, media type and bytes. Raises NotThere while the file is not made yet, or still waits for the store."""
    if variant == ORIGINAL and not asset.spool_host:
        return asset.key, asset.media_type, asset.bytes
    made = asset.variants.get(variant)
    if made is None:
        raise NotThere("There is no such picture.")
    return str(made["key"]), str(made["media_type"]), int(made["bytes"])


def _own_file(key: str, media_type: str, size: int, *, name: str) -> Response:
    etag = key.replace("/", "-")
    if request.if_none_match.contains(etag):
        response = Response(status=304)
        response.set_etag(etag)
        return response
    file: BinaryIO = studio().storage.open(key)
    extension = EXTENSIONS.get(media_type, "bin")
    response = send_file(file, mimetype=media_type, download_name=f"{name}.{extension}", etag=False, conditional=False)
    response.set_etag(etag)
    response.content_length = size
    response.headers["X-Content-Type-Options"] = "nosniff"
    # A picture opened by itself must not be able to do anything.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _name(asset: Asset, variant: str) -> str:
    """Made of our own words alone: `proofsheet-7c9e6679-large`."""
    return f"proofsheet-{asset.id.hex[-8:]}-{variant}"


def _set_caching(response: Response, *, is_member: bool, lifetime: int | None) -> None:
    who, seconds = ("private", YEAR) if is_member else ("public", DAY)
    immutable = ", immutable" if is_member and lifetime is None else ""
    response.headers["Cache-Control"] = f"{who}, max-age={lifetime or seconds}{immutable}"
