"""What must hold after every fault, checked against the provider's own bill."""

from collections import Counter
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from app.core.database import db
from app.generation.models import Asset, Attempt, Image, Job
from app.generation.states import ImageState
from app.generation.studio import studio


def check_invariants(job: Job, bill: list[dict[str, Any]]) -> None:
    """Every bill has one stored original with its hash or one visible `unknown`; nothing is billed twice; counters equal rows."""
    db.session.rollback()
    job = db.session.get_one(Job, job.id, populate_existing=True)
    _counters_equal_rows(job)
    _no_image_is_billed_twice(job, bill)
    _every_bill_has_a_home(job, bill)
    _every_row_has_its_objects(job)


def _counters_equal_rows(job: Job) -> None:
    query = select(Image.state, func.count()).where(Image.job_id == job.id).group_by(Image.state)
    rows = dict(db.session.execute(query).all())
    assert {state: count for state, count in job.counts.items() if count} == rows
    assert sum(rows.values()) == job.total_images


def _no_image_is_billed_twice(job: Job, bill: list[dict[str, Any]]) -> None:
    """The prompts of these tests differ, so a prompt is an image."""
    charges = Counter(entry["prompt"] for entry in bill)
    assert {prompt: count for prompt, count in charges.items() if count > 1} == {}


def _every_bill_has_a_home(job: Job, bill: list[dict[str, Any]]) -> None:
    hashes = Counter(db.session.scalars(select(Asset.sha256).join(Attempt, Attempt.asset_id == Asset.id)).all())
    unknown = set(
        db.session.scalars(select(Image.prompt_sent).where(Image.job_id == job.id, Image.state == ImageState.UNKNOWN))
    )
    for entry in bill:
        stored = hashes[entry["sha256"]]
        assert stored == 1 or (stored == 0 and entry["prompt"] in unknown), f"{entry['prompt']}: stored {stored} times"


def _every_row_has_its_objects(job: Job) -> None:
    assets = db.session.scalars(select(Asset).join(Image, Image.asset_id == Asset.id).where(Image.job_id == job.id))
    for asset in assets.all():
        assert studio().storage.exists(asset.key)
        assert all(studio().storage.exists(variant["key"]) for variant in asset.variants.values())


def billed(bill: list[dict[str, Any]]) -> Decimal:
    """The sum of the bill, each picture rounded to micro-dollars as we account for it."""
    return sum((Decimal(entry["cost"]).quantize(Decimal("0.000001")) for entry in bill), Decimal(0))
