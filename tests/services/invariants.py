"""What must hold after every fault, checked against the provider's own bill."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from app.core.database import db
from app.generation.models import Asset, Attempt, AttemptOutcome, Image, Job
from app.generation.states import IMAGE_ENDED, JOB_ENDED, ImageState, Mark
from app.generation.studio import studio
from app.publishing.models import Page
from app.publishing.name_states import NameState
from app.publishing.trash_models import PictureName, Removal

Bill = list[dict[str, Any]]
Asked = Mapping[str, int]
"""How many second calls a person asked for, by prompt."""


def check_invariants(job: Job, bill: Bill, *, asked: Asked | None = None) -> None:
    """Every bill has one stored original with its hash or one visible `unknown`; nothing is billed twice; counters equal rows.

    The prompts of a job differ, so that a prompt names its image. The job may still be under way.
    """
    db.session.rollback()
    job = db.session.get_one(Job, job.id, populate_existing=True)
    _counters_equal_rows(job)
    _no_image_is_billed_twice(bill, asked or {})
    _nothing_was_sent_again(job, asked or {})
    _every_bill_has_a_home(job, bill, asked or {})
    _every_row_has_its_objects(job)
    _attempts_are_in_order(job)
    _money_adds_up(job)
    _an_image_has_one_page(job)


def check_ended(job: Job) -> None:
    """Nothing is left over: every image has ended, every attempt is closed, no object is without its row."""
    db.session.rollback()
    job = db.session.get_one(Job, job.id, populate_existing=True)
    assert job.state in JOB_ENDED
    assert {image.state for image in images_of(job)} <= IMAGE_ENDED
    assert [attempt for attempt in attempts_of(job) if attempt.outcome == AttemptOutcome.INTENDED] == []
    _no_object_is_without_a_row()


def images_of(job: Job) -> list[Image]:
    return list(db.session.scalars(select(Image).where(Image.job_id == job.id).order_by(Image.position)))


def attempts_of(job: Job) -> list[Attempt]:
    """Of all its images, oldest first."""
    query = select(Attempt).join(Image, Attempt.image_id == Image.id).where(Image.job_id == job.id)
    return list(db.session.scalars(query.order_by(Attempt.image_id, Attempt.number)))


def sent_again(job: Job) -> list[Attempt]:
    """Calls that were made although the one before may have been billed."""
    by_image: dict[Any, list[Attempt]] = defaultdict(list)
    for attempt in attempts_of(job):
        by_image[attempt.image_id].append(attempt)
    return [
        later
        for attempts in by_image.values()
        for number, later in enumerate(attempts)
        if any(earlier.may_have_billed for earlier in attempts[:number])
    ]


def _counters_equal_rows(job: Job) -> None:
    query = select(Image.state, func.count()).where(Image.job_id == job.id).group_by(Image.state)
    rows = dict(db.session.execute(query).all())
    assert {state: count for state, count in job.counts.items() if count} == rows
    assert sum(rows.values()) == job.total_images
    _decisions_equal_rows(job)


def _decisions_equal_rows(job: Job) -> None:
    """Only pictures are kept, rejected or in the trash; what is in the trash counts there alone."""
    decided = select(Image.state, Image.mark, Image.rating, Image.trashed_at.is_not(None)).where(Image.job_id == job.id)
    marks: Counter[str] = Counter()
    for state, mark, rating, trashed in db.session.execute(decided):
        assert state == ImageState.COMPLETED or (mark, rating, trashed) == (Mark.NONE, 0, False)
        marks["trashed" if trashed else mark] += 1
    counted = (job.kept_count, job.rejected_count, job.trashed_count)
    assert counted == (marks[Mark.KEEP], marks[Mark.REJECT], marks["trashed"])


def _no_image_is_billed_twice(bill: Bill, asked: Asked) -> None:
    charges = Counter(entry["prompt"] for entry in bill)
    assert {prompt: count for prompt, count in charges.items() if count > 1 + asked.get(prompt, 0)} == {}


def _nothing_was_sent_again(job: Job, asked: Asked) -> None:
    again = Counter(attempt.prompt_sent for attempt in sent_again(job))
    assert {prompt: count for prompt, count in again.items() if count > asked.get(prompt, 0)} == {}


def _every_bill_has_a_home(job: Job, bill: Bill, asked: Asked) -> None:
    """A second call that a person asked for replaces the `unknown` of the first."""
    hashes = Counter(db.session.scalars(select(Asset.sha256).join(Attempt, Attempt.asset_id == Asset.id)).all())
    unknown = set(
        db.session.scalars(select(Image.prompt_sent).where(Image.job_id == job.id, Image.state == ImageState.UNKNOWN))
    )
    for entry in bill:
        stored = hashes[entry["sha256"]]
        lost = stored == 0 and (entry["prompt"] in unknown or entry["prompt"] in asked)
        assert stored == 1 or lost, f"{entry['prompt']}: stored {stored} times"


def _every_row_has_its_objects(job: Job) -> None:
    """The originals byte for byte; variants of what is completed."""
    for asset in db.session.scalars(
        select(Asset).join(Image, Asset.image_id == Image.id).where(Image.job_id == job.id)
    ):
        if asset.spool_host is None:
            assert hashlib.sha256(studio().storage.get(asset.key)).hexdigest() == asset.sha256
        assert all(studio().storage.exists(variant["key"]) for variant in asset.variants.values())
    completed = [image for image in images_of(job) if image.state == ImageState.COMPLETED]
    assert all(image.asset is not None and image.asset.variants for image in completed)


def _no_object_is_without_a_row() -> None:
    assets = db.session.scalars(select(Asset)).all()
    originals, ids = {asset.key for asset in assets}, {str(asset.id) for asset in assets}
    keys = [stored.key for stored in studio().storage.keys()]  # noqa: SIM118  no dictionary
    spoken_of = originals | set(db.session.scalars(select(Removal.key)))
    for files in db.session.scalars(select(PictureName.files).where(PictureName.state != NameState.RETIRED)):
        spoken_of |= {file["key"] for file in files.values()}
    assert [key for key in keys if key not in spoken_of and key.split("/")[1] not in ids] == []
    spool = studio().settings.data_dir / "spool"
    spooled = [path for path in spool.rglob("*") if path.is_file()] if spool.is_dir() else []
    assert len(spooled) == len([asset for asset in assets if asset.spool_host is not None])


def _attempts_are_in_order(job: Job) -> None:
    numbers: dict[Any, list[int]] = defaultdict(list)
    for attempt in attempts_of(job):
        numbers[attempt.image_id].append(attempt.number)
    for image in images_of(job):
        assert numbers[image.id] == list(range(1, image.attempt + 1))


def _money_adds_up(job: Job) -> None:
    costs = sum((attempt.cost or Decimal(0) for attempt in attempts_of(job)), Decimal(0))
    assert job.actual_cost - job.purged_cost == costs
    assert costs == sum((image.cost or Decimal(0) for image in images_of(job)), Decimal(0))


def _an_image_has_one_page(job: Job) -> None:
    pages = Counter(db.session.scalars(select(Page.image_id).where(Page.job_id == job.id)))
    assert {image: count for image, count in pages.items() if count > 1} == {}


def billed(bill: Bill) -> Decimal:
    """The sum of the bill, each picture rounded to micro-dollars as we account for it."""
    return sum((Decimal(entry["cost"]).quantize(Decimal("0.000001")) for entry in bill), Decimal(0))
