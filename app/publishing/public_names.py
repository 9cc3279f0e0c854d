"""Find public pictures by their names, and the names of public pictures; take them back."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.database import db
from app.publishing.models import Page
from app.publishing.name_states import NameState
from app.publishing.removals import ask_removal
from app.publishing.states import PageState
from app.publishing.trash_models import PictureName

FILENAME = re.compile(r"(?P<stem>[a-z0-9-]{1,120})-(?P<variant>[a-z]+)\.[a-z]+")


def page_named(filename: str) -> tuple[Page, str] | None:
    """The published page whose picture has or had this name, and the variant; None for any other name."""
    found = FILENAME.fullmatch(filename)
    if found is None:
        return None
    page = db.session.scalars(
        select(Page)
        .join(PictureName, PictureName.page_id == Page.id)
        .where(PictureName.stem == found["stem"], Page.state == PageState.PUBLISHED)
    ).one_or_none()
    return (page, found["variant"]) if page is not None and found["variant"] in page.asset.variants else None


def live_files(asset_id: UUID) -> dict[str, Any]:
    """The public copies of what a published page shows, by variant; empty while there are none."""
    files = db.session.scalars(
        select(PictureName.files)
        .join(Page, PictureName.page_id == Page.id)
        .where(Page.asset_id == asset_id, Page.state == PageState.PUBLISHED, PictureName.state == NameState.LIVE)
        .limit(1)
    ).first()
    return dict(files or {})


def move_page(page: Page, to: PageState) -> None:
    """Change a page's state. If it was public its names are given up with it, in the open transaction.

    So with the commit nothing leads to the copies any more, and their removal waits for no writer.
    """
    was_public = page.state == PageState.PUBLISHED
    page.move_to(to)
    if was_public:
        retire_names(page.id)


def names_of(page_id: UUID, *states: NameState) -> Sequence[PictureName]:
    """The page's names in these states, or all, oldest first. The caller holds the page's lock if it changes them."""
    query = select(PictureName).where(PictureName.page_id == page_id).order_by(PictureName.id)
    return db.session.scalars(query.where(PictureName.state.in_(states)) if states else query).all()


def retire_names(page_id: UUID) -> None:
    """The page is public no more: every public copy it ever had goes at once, whatever was planned for it."""
    for name in names_of(page_id):
        if name.state != NameState.RETIRED:
            name.move_to(NameState.RETIRED)
        ask_removal(keys_of(name))


def keys_of(name: PictureName) -> list[str]:
    return [str(file["key"]) for file in name.files.values()]
