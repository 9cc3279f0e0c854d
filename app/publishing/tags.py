"""The known tags: what writers and people choose from; and what writers would like to have."""

from collections.abc import Iterable
from typing import Any

from slugify import slugify
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from app.core.database import db, new_id, transaction
from app.publishing.models import Page, Tag, page_tags
from app.publishing.tag_states import TagState
from app.writing.starter_tags import starter_tags

SAYS_KNOWN = Tag.state == TagState.KNOWN


def ensure_tags() -> int:
    """Put the starter set into a database that has no tags yet; answers how many were added. Any number may race."""
    if db.session.execute(select(Tag.id).limit(1)).first():
        return 0
    rows = [{"id": new_id(), "slug": slugify(name), "name": name} for name in starter_tags()]
    with transaction() as session:
        added = session.execute(insert_missing(Tag, Tag.slug).returning(Tag.id), rows)
        return len(added.all())


def known_tags() -> tuple[str, ...]:
    """The names of all known tags, in the order of the alphabet."""
    return tuple(db.session.scalars(select(Tag.name).where(SAYS_KNOWN).order_by(Tag.name)))


def tags_named(names: Iterable[str]) -> list[Tag]:
    """The known tags with these names, also by the name of one that was merged into them; others are left out."""
    wanted = {" ".join(name.split()).lower() for name in names}
    if not wanted:
        return []
    merged = aliased(Tag)
    by_old_name = select(merged.merged_into_id).where(func.lower(merged.name).in_(wanted))
    is_meant = func.lower(Tag.name).in_(wanted) | Tag.id.in_(by_old_name)
    return list(db.session.scalars(select(Tag).where(SAYS_KNOWN, is_meant).order_by(Tag.name)))


def propose_tags(page: Page, names: Iterable[str]) -> None:
    """Note the tags that the writer would have liked; nobody sees them on the page until staff have approved them.

    What was refused stays refused; what was merged is the tag it was merged into.
    """
    for name in names:
        if slug := slugify(name):
            tag = _noted(slug, name)
            if tag is not None:
                row = {"page_id": page.id, "tag_id": tag}
                db.session.execute(_insert(page_tags).on_conflict_do_nothing().values(row))


def _noted(slug: str, name: str) -> Any:
    """The id of the tag to link; None for one that was refused."""
    row = {"id": new_id(), "slug": slug, "name": name, "state": TagState.PROPOSED}
    db.session.execute(insert_missing(Tag, Tag.slug).values(row))
    tag = db.session.scalars(select(Tag).where(Tag.slug == slug).execution_options(populate_existing=True)).one()
    return tag.merged_into_id if tag.state == TagState.RETIRED else tag.id


def insert_missing(model: Any, unique: Any) -> Any:
    """INSERT … ON CONFLICT DO NOTHING in the dialect of the database: the constraint has the last word."""
    return _insert(model.__table__).on_conflict_do_nothing(index_elements=[unique])


def _insert(table: Any) -> Any:
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
