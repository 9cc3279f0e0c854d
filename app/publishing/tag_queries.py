"""What staff see of the tags: what was proposed, and every tag with the number of its pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.core.database import db
from app.publishing.models import Tag, page_tags
from app.publishing.tag_states import TagState


@dataclass(frozen=True, slots=True)
class TagRow:
    """`pages` of all states have it; `into` is the name of the tag that has taken over."""

    tag: Tag
    pages: int
    into: str | None


def proposed_count() -> int:
    return db.session.scalar(select(func.count()).where(Tag.state == TagState.PROPOSED)) or 0


def list_tags(state: TagState, *, containing: str = "", limit: int, offset: int = 0) -> Sequence[TagRow]:
    """Known and retired ones by name; proposed ones by how many pages would have them."""
    target = aliased(Tag)
    pages = func.count(page_tags.c.page_id)
    query = (
        select(Tag, pages, target.name)
        .outerjoin(page_tags, page_tags.c.tag_id == Tag.id)
        .outerjoin(target, target.id == Tag.merged_into_id)
        .where(Tag.state == state, func.lower(Tag.name).contains(containing.lower(), autoescape=True))
        .group_by(Tag.id, target.name)
        .limit(limit)
        .offset(offset)
    )
    order = (pages.desc(), Tag.name) if state == TagState.PROPOSED else (Tag.name,)
    return [TagRow(tag, count, into) for tag, count, into in db.session.execute(query.order_by(*order))]


def count_tags(state: TagState, *, containing: str = "") -> int:
    query = select(func.count()).where(
        Tag.state == state, func.lower(Tag.name).contains(containing.lower(), autoescape=True)
    )
    return db.session.scalar(query) or 0
