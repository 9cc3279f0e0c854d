"""What staff do with tags: add, approve what writers proposed, retire, restore, and merge one into another."""

from uuid import UUID

from slugify import slugify
from sqlalchemy import delete, select, update

from app.audit.record import Actor, record
from app.core.database import db, lock_for, new_id, transaction
from app.core.errors import BadInput, Conflict, NotThere
from app.publishing.models import Tag, page_tags
from app.publishing.tag_states import TagState
from app.writing.limits import NEW_TAG, clean

LOCK = "tags"


def add_tag(name: str, actor: Actor) -> Tag:
    """A new known tag, or one that was proposed or retired. Raises BadInput, Conflict when it is known already."""
    plain = clean(name, NEW_TAG * 2)
    slug = slugify(plain)
    if not slug or len(plain) > NEW_TAG:
        raise BadInput([f"A tag has 1 to {NEW_TAG} characters, and at least one letter or digit."])
    with transaction():
        lock_for(LOCK)
        tag = db.session.scalars(select(Tag).where(Tag.slug == slug)).one_or_none()
        if tag is not None and tag.state == TagState.KNOWN:
            raise Conflict(f"“{tag.name}” is a known tag already.")
        if tag is None:
            tag = Tag(id=new_id(), slug=slug, name=plain)
            db.session.add(tag)
        else:
            _make_known(tag)
        record(actor, "tag.added", workspace_id=None, subject_id=tag.id, name=tag.name)
        return tag


def approve_tag(tag_id: UUID, actor: Actor) -> Tag:
    """A proposed or retired tag becomes known, and appears on the pages it was noted for. Raises NotThere, Conflict."""
    with transaction():
        tag = _lock(tag_id)
        deed = "tag.approved" if tag.state == TagState.PROPOSED else "tag.restored"
        if tag.state == TagState.KNOWN:
            raise Conflict(f"“{tag.name}” is a known tag already.")
        _make_known(tag)
        record(actor, deed, workspace_id=None, subject_id=tag_id, name=tag.name)
        return tag


def retire_tag(tag_id: UUID, actor: Actor) -> Tag:
    """It disappears from all pages, which stay noted: restoring brings it back. A proposed one is refused so."""
    with transaction():
        tag = _lock(tag_id)
        deed = "tag.refused" if tag.state == TagState.PROPOSED else "tag.retired"
        if tag.state == TagState.RETIRED:
            raise Conflict(f"“{tag.name}” is retired already.")
        tag.move_to(TagState.RETIRED)
        record(actor, deed, workspace_id=None, subject_id=tag_id, name=tag.name)
        return tag


def merge_tag(tag_id: UUID, into_name: str, actor: Actor) -> Tag:
    """The pages of one tag get another, known one, and its address leads there. Raises NotThere, BadInput, Conflict."""
    with transaction():
        tag = _lock(tag_id)
        target = _known(into_name)
        if target.id == tag.id:
            raise BadInput(["A tag cannot be merged into itself."])
        if tag.state == TagState.RETIRED and tag.merged_into_id:
            raise Conflict(f"“{tag.name}” is merged into another tag already. Restore it first.")
        _move_pages(tag, target)
        if tag.state != TagState.RETIRED:
            tag.move_to(TagState.RETIRED)
        tag.merged_into_id = target.id
        db.session.execute(update(Tag).where(Tag.merged_into_id == tag.id).values(merged_into_id=target.id))
        record(actor, "tag.merged", workspace_id=None, subject_id=tag_id, name=tag.name, into=target.name)
        return target


def _make_known(tag: Tag) -> None:
    tag.move_to(TagState.KNOWN)
    tag.merged_into_id = None


def _move_pages(tag: Tag, target: Tag) -> None:
    """In two statements, whatever the number of pages; a page that has both keeps one."""
    has_both = select(page_tags.c.page_id).where(page_tags.c.tag_id == target.id)
    of_tag = page_tags.c.tag_id == tag.id
    db.session.execute(update(page_tags).where(of_tag, page_tags.c.page_id.not_in(has_both)).values(tag_id=target.id))
    db.session.execute(delete(page_tags).where(of_tag))


def _known(name: str) -> Tag:
    slug = slugify(name)
    tag = db.session.scalars(select(Tag).where(Tag.slug == slug, Tag.state == TagState.KNOWN)).one_or_none()
    if tag is None:
        raise BadInput([f"“{clean(name, 40)}” is not a known tag."])
    return tag


def _lock(tag_id: UUID) -> Tag:
    lock_for(LOCK)
    tag = db.session.get(Tag, tag_id, populate_existing=True)
    if tag is None:
        raise NotThere("There is no such tag.")
    return tag
