"""The known tags: what writers choose from."""

from collections.abc import Iterable
from typing import Any

from slugify import slugify
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app.core.database import db, new_id, transaction
from app.publishing.models import Tag
from app.writing.starter_tags import starter_tags


def ensure_tags() -> int:
    """Put the starter set into a database that has no tags yet; answers how many were added. Any number may race."""
    if db.session.execute(select(Tag.id).limit(1)).first():
        return 0
    rows = [{"id": new_id(), "slug": slugify(name), "name": name} for name in starter_tags()]
    with transaction() as session:
        added = session.execute(insert_missing(Tag, Tag.slug).returning(Tag.id), rows)
        return len(added.all())


def known_tags() -> tuple[str, ...]:
    """The names of all tags, in the order of the alphabet."""
    return tuple(db.session.scalars(select(Tag.name).order_by(Tag.name)))


def tags_named(names: Iterable[str]) -> list[Tag]:
    """The tags with these names; unknown names are left out."""
    wanted = tuple(names)
    return list(db.session.scalars(select(Tag).where(Tag.name.in_(wanted)))) if wanted else []


def insert_missing(model: Any, unique: Any) -> Any:
    """INSERT … ON CONFLICT DO NOTHING in the dialect of the database: the constraint has the last word."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model.__table__).on_conflict_do_nothing(index_elements=[unique])
