"""The account of a storm: what the provider billed against what the rows and the store say."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.core.database import db
from app.generation.models import Asset, Attempt, Image, Job
from app.generation.states import IMAGE_ENDED, ImageState
from app.generation.studio import studio
from tests.services.history import wrong_moves
from tests.services.invariants import images_of, sent_again


@dataclass(frozen=True, slots=True)
class Account:
    """Everything below `billed` must be 0, apart from `counters_equal_rows`, which must hold."""

    images: int
    completed: int
    unknown: int
    failed: int
    billed: int
    calls: int
    lost: int
    duplicated: int
    sent_again: int
    wrong_moves: int
    missing_objects: int
    counters_equal_rows: bool

    @property
    def right(self) -> bool:
        wrong = self.lost + self.duplicated + self.sent_again + self.wrong_moves + self.missing_objects
        return wrong == 0 and self.counters_equal_rows

    def lines(self) -> list[tuple[str, object]]:
        return [
            ("images", self.images),
            ("completed", self.completed),
            ("unknown, visible", self.unknown),
            ("failed, with a reason", self.failed),
            ("calls", self.calls),
            ("billed", self.billed),
            ("lost", self.lost),
            ("duplicated", self.duplicated),
            ("automatic re-sends after an uncertain call", self.sent_again),
            ("moves that no table allows", self.wrong_moves),
            ("pictures whose bytes are missing or wrong", self.missing_objects),
            ("counters equal rows", "yes" if self.counters_equal_rows else "NO"),
        ]


def account(job: Job, bill: list[dict[str, Any]], calls: int) -> Account:
    """Of the job as it is in the session."""
    images = images_of(job)
    states = Counter(image.state for image in images)
    charges = Counter(entry["prompt"] for entry in bill)
    return Account(
        images=job.total_images,
        completed=states[ImageState.COMPLETED],
        unknown=states[ImageState.UNKNOWN],
        failed=states[ImageState.FAILED],
        billed=len(bill),
        calls=calls,
        lost=_lost(images, bill) + job.total_images - len(images),
        duplicated=sum(count - 1 for count in charges.values()),
        sent_again=len(sent_again(job)),
        wrong_moves=len(wrong_moves()),
        missing_objects=_missing(job),
        counters_equal_rows={state: count for state, count in job.counts.items() if count} == dict(states),
    )


def _lost(images: list[Image], bill: list[dict[str, Any]]) -> int:
    """Images that have not ended, and paid pictures that are neither stored once nor a visible unknown."""
    hashes = Counter(db.session.scalars(select(Asset.sha256).join(Attempt, Attempt.asset_id == Asset.id)).all())
    unknown = {image.prompt_sent for image in images if image.state == ImageState.UNKNOWN}
    homeless = [
        entry
        for entry in bill
        if hashes[entry["sha256"]] != 1 and not (hashes[entry["sha256"]] == 0 and entry["prompt"] in unknown)
    ]
    return len([image for image in images if image.state not in IMAGE_ENDED]) + len(homeless)


def _missing(job: Job) -> int:
    """Completed images without variants, objects that are not there, originals that are not what was billed."""
    import hashlib

    wrong = 0
    completed = select(Asset).join(Image, Image.asset_id == Asset.id).where(Image.job_id == job.id)
    for asset in db.session.scalars(completed.where(Image.state == ImageState.COMPLETED)):
        right = hashlib.sha256(studio().storage.get(asset.key)).hexdigest() == asset.sha256 and asset.variants
        wrong += not right
    keys = {stored.key for stored in studio().storage.keys("variants/")}
    named = {file["key"] for asset in db.session.scalars(completed) for file in asset.variants.values()}
    return wrong + len(named - keys)


def spooled() -> int:
    """Originals that are not in the store yet."""
    db.session.rollback()
    return db.session.execute(select(func.count()).where(Asset.spool_host.is_not(None))).scalar_one()
