"""What the public site shows: published pages, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import User
from app.core.database import db
from app.core.errors import NotThere
from app.generation.models import Asset, Image
from app.publishing.models import Page, SlugRedirect, Tag, page_tags
from app.publishing.states import PageState
from app.publishing.tag_states import TagState
from app.site.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Listing:
    """Some pages, newest first, and where the next ones begin; None when there are no more."""

    pages: Sequence[Page]
    next: Cursor | None


def newest(*where: ColumnElement[bool], after: Cursor | None, limit: int) -> Listing:
    """Published pages by keyset: the hundredth screen costs what the first one does."""
    statement = (
        select(Page)
        .where(Page.state == PageState.PUBLISHED, *where)
        .options(
            joinedload(Page.asset).load_only(Asset.variants, Asset.width, Asset.height, Asset.placeholder),
            selectinload(Page.live_name),
        )
        .order_by(Page.published_at.desc(), Page.id.desc())
        .limit(limit + 1)
    )
    pages = db.session.scalars(statement.where(_older_than(after)) if after else statement).all()
    if len(pages) <= limit:
        return Listing(pages, None)
    last = pages[limit - 1]
    return Listing(pages[:limit], Cursor(_moment(last), last.id))


def by_author(author_id: UUID) -> ColumnElement[bool]:
    return Page.author_id == author_id


def made_with(generator: str) -> ColumnElement[bool]:
    return Page.generator == generator


def tagged(tag_id: UUID) -> ColumnElement[bool]:
    return Page.id.in_(select(page_tags.c.page_id).where(page_tags.c.tag_id == tag_id))


def _older_than(cursor: Cursor) -> ColumnElement[bool]:
    return tuple_(Page.published_at, Page.id) < (cursor.published_at, cursor.id)


def _moment(page: Page) -> datetime:
    if page.published_at is None:
        raise RuntimeError("a published page has a moment of publishing")
    return page.published_at


def published_page(slug: str) -> Page | None:
    """The published page at this address."""
    return db.session.scalars(
        select(Page)
        .where(Page.slug == slug, Page.state == PageState.PUBLISHED)
        .options(
            joinedload(Page.asset),
            joinedload(Page.author),
            joinedload(Page.image).load_only(Image.model),
            selectinload(Page.tags),
            selectinload(Page.live_name),
        )
    ).one_or_none()


def new_address(slug: str) -> str | None:
    """The present slug of the published page that had this one."""
    return db.session.execute(
        select(Page.slug)
        .join(SlugRedirect, SlugRedirect.page_id == Page.id)
        .where(SlugRedirect.slug == slug, Page.state == PageState.PUBLISHED)
    ).scalar_one_or_none()


def author_called(handle: str) -> User:
    """Raises NotThere for a handle nobody has, and for people who have published nothing."""
    has_published = select(Page.id).where(Page.author_id == User.id, Page.state == PageState.PUBLISHED).exists()
    author = db.session.scalars(select(User).where(User.handle == handle, has_published)).one_or_none()
    if author is None:
        raise NotThere("There is no such author.")
    return author


def tag_called(slug: str) -> Tag:
    """The known tag of this address, or the one that has taken over. Raises NotThere."""
    tag = db.session.scalars(select(Tag).where(Tag.slug == slug)).one_or_none()
    if tag is not None and tag.merged_into_id:
        tag = db.session.get_one(Tag, tag.merged_into_id)
    if tag is None or tag.state != TagState.KNOWN:
        raise NotThere("There is no such tag.")
    return tag
