"""Read pictures back from the store and see whether they say, to machines, that a model made them.

It is asked before a page goes live, of the files that everybody will get, and once more of the public copies.
"""

from collections.abc import Mapping
from uuid import UUID

from app.core.database import db, end_read
from app.core.errors import NotStored, StorageError, UnreadablePicture
from app.generation.studio import studio
from app.imaging.credentials import credentials_of
from app.imaging.provenance import TRAINED_ALGORITHMIC_MEDIA, read_source_type
from app.publishing.models import Page
from app.storage.patience import within

READ_BACK_SECONDS = 15.0
"""In which all sizes of a picture must have been read."""


def problem_with_page(page_id: UUID) -> str | None:
    """Why the picture of this page must not be shown, a silent store included; None when all sizes have the mark."""
    page = db.session.get(Page, page_id)
    keys = {name: str(file["key"]) for name, file in page.asset.variants.items()} if page else {}
    end_read()
    if not keys:
        return "The picture has no sizes that could be shown."
    try:
        with within(READ_BACK_SECONDS):
            return missing_mark(keys)
    except StorageError as error:
        return f"{error.message} So it could not be seen whether the picture says that a model made it."


def missing_mark(keys: Mapping[str, str]) -> str | None:
    """A sentence for the first of these files that lacks the mark; None when all have it. Raises StorageError.

    keys: of the store, by variant. Read back from there, because what we meant to write does not matter.
    """
    for variant, key in keys.items():
        try:
            content = studio().storage.get(key)
            found = read_source_type(content)
        except UnreadablePicture:
            return f"The size “{variant}” of the picture cannot be read."
        except NotStored:
            return f"The size “{variant}” of the picture is not in the store."
        if found != TRAINED_ALGORITHMIC_MEDIA:
            return f"The size “{variant}” of the picture does not say that it was made by a model."
        if studio().signer and credentials_of(content) is None:
            return f"The size “{variant}” of the picture is not signed, although a certificate is configured."
    return None
