"""Compare the store with the rows, both ways: objects that no row speaks of, and rows whose objects are missing.

It reports; what it removes is only what is ours by its name, has had no row for a day, and is asked about once more
right before it goes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from itertools import islice
from typing import Any

import structlog
from sqlalchemy import select

from app.core.clock import utc_now
from app.core.database import db, end_read
from app.generation.models import Asset
from app.generation.studio import studio
from app.publishing.name_states import NameState
from app.publishing.references import is_ours, unreferenced
from app.publishing.trash_models import PictureName, Removal
from app.storage.interface import StoredObject

YOUNG = timedelta(hours=24)
"""What is younger may be on its way to its row."""
BATCH = 400
MOST_NAMED = 50
"""Keys that a report names; the others are counted."""

log = structlog.get_logger()


@dataclass
class Found:
    """What a comparison has found. Lists name the first keys only."""

    objects: int = 0
    orphans: list[StoredObject] = field(default_factory=list)
    """Without a row, and ours."""
    young: int = 0
    """Those of the orphans that are younger than a day, and so may get their row yet."""
    foreign: list[str] = field(default_factory=list)
    """Not named as we name objects: left alone."""
    missing: list[str] = field(default_factory=list)
    """What a row speaks of and the store has not."""
    removed: int = 0

    @property
    def facts(self) -> dict[str, Any]:
        """For the log and the board."""
        return {
            "objects_seen": self.objects,
            "orphans": len(self.orphans),
            "orphans_removed": self.removed,
            "foreign": len(self.foreign),
            "missing": len(self.missing),
            "missing_keys": self.missing[:MOST_NAMED],
        }

    @property
    def is_well(self) -> bool:
        return not (self.orphans or self.missing)


def compare() -> Found:
    """Look at every object and every row; changes nothing. Raises StorageError.

    Of each object seen eight bytes are remembered, so that a million take some dozen megabytes.
    """
    found, seen = Found(), set[int]()
    for batch in _batches(studio().storage.keys()):
        found.objects += len(batch)
        seen.update(_short(each.key) for each in batch)
        found.foreign += [each.key for each in batch if not is_ours(each.key)]
        found.orphans += _orphans(batch)
    found.young = sum(_is_young(each) for each in found.orphans)
    found.missing = [key for key in _spoken_of() if _short(key) not in seen and not studio().storage.exists(key)]
    return found


def remove_orphans() -> Found:
    """Compare, report, and remove the orphans that are older than a day. Raises StorageError."""
    found = compare()
    if not found.is_well:
        log.warning(
            "store_and_rows_differ", orphans=len(found.orphans), young=found.young, missing=found.missing[:MOST_NAMED]
        )
    old = [each for each in found.orphans if not _is_young(each)]
    for start in range(0, len(old), BATCH):
        for each in _orphans(old[start : start + BATCH]):
            studio().storage.erase(each.key)
            found.removed += 1
            log.info("orphan_removed", key=each.key, bytes=each.bytes)
    return found


def _orphans(objects: Sequence[StoredObject]) -> list[StoredObject]:
    """Those of ours that no row refers to and that nobody has asked to remove already."""
    ours = {each.key for each in objects if is_ours(each.key)}
    free = unreferenced(ours)
    asked = set(db.session.scalars(select(Removal.key).where(Removal.key.in_(free)))) if free else set()
    end_read()
    return [each for each in objects if each.key in free - asked]


def _spoken_of() -> Iterator[str]:
    """Every key that a row speaks of as being in the store."""
    last = None
    while True:
        query = select(Asset.id, Asset.key, Asset.spool_host, Asset.variants).order_by(Asset.id).limit(BATCH)
        rows = db.session.execute(query.where(Asset.id > last) if last else query).all()
        end_read()
        for _, key, spool_host, variants in rows:
            if spool_host is None:
                yield key
            yield from (str(file["key"]) for file in variants.values())
        if len(rows) < BATCH:
            break
        last = rows[-1].id
    names = db.session.scalars(select(PictureName.files).where(PictureName.state == NameState.LIVE)).all()
    end_read()
    for files in names:
        yield from (str(file["key"]) for file in files.values())


def _is_young(each: StoredObject) -> bool:
    return each.modified_at > utc_now() - YOUNG


def _short(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")


def _batches(objects: Iterable[StoredObject]) -> Iterator[list[StoredObject]]:
    rest = iter(objects)
    while batch := list(islice(rest, BATCH)):
        yield batch
