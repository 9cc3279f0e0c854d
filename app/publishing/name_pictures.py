"""Give a published page's picture its public name, and take it back when the page is public no more.

Copy, switch, delete: the name and its files are written down first, the copies are made, one transaction makes the name
the page's, and what the old name held is removed. Each step may be run again, by any number of workers; a process may
die at any moment, and the next sweep goes on from what the rows say. Nobody waits for it: until the switch the picture
comes through the web process, from the private variants. Who takes a page from the public has retired its names already
(`move_page`); here is seen to what somebody was copying for it then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.core.database import db, db_now, end_read, new_id, transaction
from app.core.errors import StorageError
from app.core.fail_points import FailPoint, fail_point
from app.core.queue import ActorName, QueueName, enqueue, waiting
from app.generation.studio import studio
from app.publishing.hold_unmarked import hold_unmarked
from app.publishing.mark_check import missing_mark
from app.publishing.models import AT_ONCE, Page
from app.publishing.name_states import NameState
from app.publishing.public_names import keys_of, names_of, retire_names
from app.publishing.queries import lock_page
from app.publishing.removals import ask_removal
from app.publishing.states import PageState
from app.publishing.stem import base_of, new_stem, stem_base
from app.publishing.trash_models import PictureName

CLAIM = timedelta(seconds=120)
"""More than copying the four files may take: each of the store's operations is bounded."""
SENT = timedelta(seconds=60)
"""How long a message may be under way before the sweep sends another."""
GRACE = timedelta(days=1)
"""How long the files of a name that was replaced stay: browsers and caches may still be sent to them."""
MOST_SENT = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write the public copies of one name. `copies`: from which private key to which public file."""

    name_id: UUID
    page_id: UUID
    attempt: int
    copies: Mapping[str, tuple[str, Mapping[str, Any]]]


def name_pictures(page_id: UUID) -> None:
    """Bring the page's public copies to where its state wants them; does nothing when they are."""
    try:
        claim = _claim(page_id)
    except IntegrityError as error:
        if "stem" not in str(error.orig):
            raise
        log.info("picture_name_taken", page=str(page_id))  # the next sweep draws other letters
        return
    if claim is None:
        return
    fail_point(FailPoint.NAME_CLAIMED, page_id)
    try:
        unmarked = _copy(claim)
    except StorageError as error:
        log.warning("naming_waits", page=str(page_id), reason=error.message)
        return
    if unmarked:
        hold_unmarked(page_id, unmarked)
        return
    fail_point(FailPoint.NAME_COPIED, page_id)
    switched = _switch(claim)
    log.info("picture_named", page=str(page_id), attempt=claim.attempt, switched=switched)


def send_unnamed() -> int:
    """Have pages looked at whose public copies are not where they should be; answers how many.

    Only as many as the queue has room for: writing comes first, and waits in the same queue.
    """
    room = max(0, MOST_SENT - waiting(QueueName.PUBLISH))
    if not room:
        return 0
    with transaction() as session:
        now = db_now()
        due = select(Page.id).where(Page.names_due_at <= now).order_by(Page.names_due_at).limit(room)
        sent = session.scalars(
            update(Page)
            .where(Page.id.in_(due.with_for_update(skip_locked=True)))
            .values(names_due_at=now + SENT)
            .returning(Page.id)
            .execution_options(synchronize_session=False)
        ).all()
        for page_id in sent:
            enqueue(ActorName.NAME_PICTURES, page_id)
    return len(sent)


def _claim(page_id: UUID) -> Claim | None:
    """Under the page's lock: take back, find everything well, or begin or go on with a name."""
    with transaction() as session:
        page = lock_page(page_id)
        if page is None or page.names_due_at is None:
            return None
        if page.state != PageState.PUBLISHED:
            retire_names(page_id)
            page.names_due_at = None
            return None
        if _is_named(page):
            page.names_due_at = None
            return None
        now = db_now()
        name = _unfinished(page) or _begin(page)
        if name.claimed_until is not None and name.claimed_until > now:
            return None
        name.attempt, name.claimed_until = (name.attempt or 0) + 1, now + CLAIM
        page.names_due_at = now + CLAIM
        session.flush()
        variants = page.asset.variants
        copies = {each: (str(variants[each]["key"]), file) for each, file in name.files.items() if each in variants}
        return Claim(name.id, page_id, name.attempt, copies)


def _is_named(page: Page) -> bool:
    """Whether it has the name that its title asks for."""
    base = stem_base(page.title, page.generator)
    return any(base_of(name.stem) == base for name in names_of(page.id, NameState.LIVE))


def _unfinished(page: Page) -> PictureName | None:
    """The name somebody has begun; one for a title that was changed meanwhile is given up."""
    base = stem_base(page.title, page.generator)
    for name in names_of(page.id, NameState.COPYING):
        if base_of(name.stem) == base:
            return name
        name.move_to(NameState.RETIRED)
        ask_removal(keys_of(name))
    return None


def _begin(page: Page) -> PictureName:
    stem = new_stem(page.title, page.generator)
    name = PictureName(id=new_id(), page_id=page.id, stem=stem, attempt=0, files=_files(stem, page.asset.variants))
    db.session.add(name)
    return name


def _files(stem: str, variants: Mapping[str, Any]) -> dict[str, Any]:
    """What each copy will be: as its variant, under the public key."""
    return {
        name: {**file, "key": f"public/{stem}-{name}.{str(file['key']).rpartition('.')[2]}"}
        for name, file in variants.items()
    }


def _copy(claim: Claim) -> str | None:
    """Write the public copies; answers what is wrong with a picture that lacks the mark of its origin."""
    end_read()
    storage = studio().storage
    for private, public in claim.copies.values():
        storage.put(str(public["key"]), storage.get(private), str(public["media_type"]))
        fail_point(FailPoint.NAME_FILE_COPIED, public["key"])
    return missing_mark({name: str(public["key"]) for name, (_, public) in claim.copies.items()})


def _switch(claim: Claim) -> bool:
    """Make it the page's name; False when the page is public no more, or somebody else has gone on with it."""
    with transaction() as session:
        page = lock_page(claim.page_id)
        name = session.get(PictureName, claim.name_id, populate_existing=True)
        ours = name is not None and name.state == NameState.COPYING and name.attempt == claim.attempt
        if page is None or name is None or not ours:
            _take_back(name, claim)
            return False
        if page.state != PageState.PUBLISHED:
            retire_names(page.id)
            page.names_due_at = None
            return False
        for old in names_of(page.id, NameState.LIVE):
            old.move_to(NameState.RETIRED)
            ask_removal(keys_of(old), after=GRACE)
        name.move_to(NameState.LIVE)
        name.claimed_until = None
        session.flush()
        # The title may have been changed while we copied: then it asks for another name already.
        page.names_due_at = None if _is_named(page) else AT_ONCE
        return True


def _take_back(name: PictureName | None, claim: Claim) -> None:
    """What we have copied for a name that was given up meanwhile must go. One that others go on with is theirs."""
    if name is None or name.state == NameState.RETIRED:
        ask_removal(str(public["key"]) for _, public in claim.copies.values())
