"""Addresses of pages: unique by constraint, and an address once public leads on for good."""

import secrets
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from slugify import slugify
from sqlalchemy import delete, literal, or_, select
from sqlalchemy.exc import IntegrityError

from app.core.database import db
from app.core.errors import Conflict
from app.publishing.models import Page, SlugRedirect

MOST_CHARACTERS = 180
EMPTY = "ai-generated"
MOST_RACES = 5

T = TypeVar("T")


def slug_base(title: str) -> str:
    """The address a title asks for, at most 180 characters."""
    return slugify(title, max_length=MOST_CHARACTERS, word_boundary=True) or EMPTY


def take_slug(page: Page, title: str) -> None:
    """Give the page the address of its title, with eight hex digits behind it if another page has or had it.

    Inside transaction(), and that inside `until_no_race`: two pages may look at the same moment. What the page was
    called before leads to it from now on, if anybody can have seen it.
    """
    base = slug_base(title)
    if page.slug == base or _is_variant(page.slug, base):
        return
    slug = f"{base}-{secrets.token_hex(4)}" if _is_taken(base, page.id) else base
    if page.slug and page.published_at:
        db.session.add(SlugRedirect(slug=page.slug, page_id=page.id))
    db.session.execute(delete(SlugRedirect).where(SlugRedirect.slug == slug, SlugRedirect.page_id == page.id))
    page.slug = slug
    db.session.flush()


def _is_variant(slug: str | None, base: str) -> bool:
    head, _, tail = (slug or "").rpartition("-")
    return head == base and len(tail) == 8 and all(digit in "0123456789abcdef" for digit in tail)


def _is_taken(slug: str, page_id: UUID) -> bool:
    """One statement, so that a page on its way from one table to the other is seen in one of them."""
    taken = or_(
        select(Page.id).where(Page.slug == slug, Page.id != page_id).exists(),
        select(SlugRedirect.slug).where(SlugRedirect.slug == slug, SlugRedirect.page_id != page_id).exists(),
    )
    return db.session.execute(select(literal(1)).where(taken)).scalar() is not None


def until_no_race(work: Callable[[], T]) -> T:
    """Run a whole transaction that takes a slug; when another page took it in between, run it again."""
    for _ in range(MOST_RACES):
        try:
            return work()
        except IntegrityError as error:
            if "slug" not in str(error.orig):
                raise
    raise Conflict("Other pages keep taking this address. Try again in a moment.")
