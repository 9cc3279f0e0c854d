"""The files of pictures: for members at addresses that never change, for everybody under their public names.

Nobody but members is ever sent to a private object of the store: strangers get the public copies, which are gone when
the page is, and until there are copies the bytes themselves.
"""

from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Response, redirect, request, send_file, url_for

from app.accounts.access import asking
from app.core.database import db, detached
from app.core.errors import NotThere
from app.generation.models import Asset
from app.generation.studio import studio
from app.publishing.export import export
from app.publishing.models import Page
from app.publishing.picture_access import is_public, may_see_everything
from app.publishing.public_names import live_files, page_named

ORIGINAL = "original"
DOWNLOAD = "download"
"""The original, with the mark of origin written into it where it has none."""
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
YEAR = 31_536_000
PUBLIC_SECONDS = 300
"""How long browsers and caches may show a public picture without asking: it may be withdrawn at any moment."""
SIGNED_FOR = 1_800
"""Seconds a redirect may be remembered: half of what a signed address is valid for."""
NO_PICTURE = "There is no such picture."


def serve(asset_id: UUID, variant: str) -> Response:
    """One file of a picture. Raises NotThere for who may not see it: for them it does not exist.

    Members get every file for ever, private; everybody gets the variants of what a published page shows.
    """
    asset = db.session.get(Asset, asset_id)
    if asset is not None and may_see_everything(asking(), asset):
        return _for_members(asset, variant)
    if asset is None or variant in (ORIGINAL, DOWNLOAD) or not is_public(asset_id):
        raise NotThere(NO_PICTURE)
    return _for_everybody(asset, variant, live_files(asset_id))


def serve_named(filename: str) -> Response:
    """A public picture by its name; one it had before leads to the present one. Raises NotThere if it is not public."""
    found = page_named(filename)
    if found is None:
        raise NotThere(NO_PICTURE)
    page, variant = found
    files = live_files(page.asset_id)
    if variant in files and _filename(files[variant]) != filename:
        response = cast(Response, redirect(url_for("pictures.picture", filename=_filename(files[variant])), 301))
        return _public(response)
    return _for_everybody(page.asset, variant, files)


def picture_address(page: Page, variant: str) -> str:
    """The path at which everybody gets this file of a published page: by its name as soon as it has one."""
    file = page.live_name.files.get(variant) if page.live_name else None
    if file is None:
        return url_for("publishing.media", asset_id=page.asset_id, variant=variant)
    return url_for("pictures.picture", filename=_filename(file))


def _for_members(asset: Asset, variant: str) -> Response:
    key, media_type, size = _file(asset, ORIGINAL if variant == DOWNLOAD else variant)
    asset = detached(asset)
    name = f"{_name(asset, variant)}.{EXTENSIONS.get(media_type, 'bin')}"
    if variant == DOWNLOAD:
        return _download(asset, key, media_type, name)
    address = studio().storage.url(key, public=False, name=name)
    response = cast(Response, redirect(address)) if address else _own_file(key, media_type, size, name=name)
    immutable = "" if address else ", immutable"
    response.headers["Cache-Control"] = f"private, max-age={SIGNED_FOR if address else YEAR}{immutable}"
    return response


def _for_everybody(asset: Asset, variant: str, files: dict[str, Any]) -> Response:
    copy = files.get(variant)
    private, media_type, size = _file(asset, variant)
    asset = detached(asset)
    if copy is None:
        return _public(_own_file(private, media_type, size, name=_name(asset, variant)))
    address = studio().storage.url(str(copy["key"]), public=True, name=_filename(copy))
    if address:
        return _public(cast(Response, redirect(address)))
    return _public(_own_file(str(copy["key"]), media_type, size, name=_filename(copy)))


def _file(asset: Asset, variant: str) -> tuple[str, str, int]:
    """Key, media type and bytes. Raises NotThere while the file is not made yet, or still waits for the store."""
    if variant == ORIGINAL and not asset.spool_host:
        return asset.key, asset.media_type, asset.bytes
    made = asset.variants.get(variant)
    if made is None:
        raise NotThere(NO_PICTURE)
    return str(made["key"]), str(made["media_type"]), int(made["bytes"])


def _download(asset: Asset, key: str, media_type: str, name: str) -> Response:
    """The original as a file to keep. Its own manifest is kept whole: only what has none gets our mark."""
    content = export(asset, studio().storage.get(key))
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return _harmless(response)


def _own_file(key: str, media_type: str, size: int, *, name: str) -> Response:
    etag = key.replace("/", "-")
    if request.if_none_match.contains(etag):
        response = Response(status=304)
        response.set_etag(etag)
        return response
    file: BinaryIO = studio().storage.open(key)
    response = send_file(file, mimetype=media_type, download_name=name, etag=False, conditional=False)
    response.set_etag(etag)
    response.content_length = size
    return _harmless(response)


def _harmless(response: Response) -> Response:
    """A picture opened by itself must not be able to do anything."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _public(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={PUBLIC_SECONDS}"
    return response


def _name(asset: Asset, variant: str) -> str:
    """Made of our own words alone: `proofsheet-7c9e6679-large`."""
    return f"proofsheet-{asset.id.hex[-8:]}-{variant}"


def _filename(file: Any) -> str:
    return str(file["key"]).rpartition("/")[2]
