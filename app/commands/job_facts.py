"""A job and its images as the command line tells them to other programs. The names are a contract."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.core.database import MICRO, db
from app.generation.models import Attempt, Image, Job
from app.generation.priority import priority_word
from app.generation.queries import attempts_of
from app.publishing.models import Page


def job_facts(job: Job) -> dict[str, Any]:
    """Money as decimal strings in US dollars, moments in ISO 8601, every image state with its number."""
    return {
        "id": str(job.id),
        "state": str(job.state),
        "priority": priority_word(job.priority),
        "total_prompts": job.total_prompts,
        "total_images": job.total_images,
        "progress_percent": job.progress_percent,
        "counts": job.counts,
        "estimated_cost": _dollars(job.estimated_cost),
        "actual_cost": _dollars(job.actual_cost),
        "created_at": _moment(job.created_at),
        "started_at": _moment(job.started_at),
        "finished_at": _moment(job.finished_at),
        "error_summary": job.error_summary,
    }


def images_facts(job: Job) -> list[dict[str, Any]]:
    """Every image of the job in the order of the sheet."""
    images = db.session.scalars(
        select(Image).options(joinedload(Image.asset)).where(Image.job_id == job.id).order_by(Image.position)
    )
    slugs = _slugs(job.id)
    return [_image_facts(image, slugs.get(image.id)) for image in images]


def image_facts(image: Image) -> dict[str, Any]:
    """One image as it stands in the list of its job."""
    return _image_facts(image, _slugs(image.job_id).get(image.id))


def attempts_facts(image_id: UUID) -> list[dict[str, Any]]:
    """Every call made for an image, the oldest first."""
    return [_attempt_facts(attempt) for attempt in attempts_of(image_id)]


def _attempt_facts(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "model": attempt.model,
        "outcome": str(attempt.outcome),
        "intended_at": _moment(attempt.intended_at),
        "sent_at": _moment(attempt.sent_at),
        "ended_at": _moment(attempt.ended_at),
        "latency_ms": attempt.latency_ms,
        "request_id": attempt.request_id,
        "remote_id": attempt.remote_id,
        "usage": attempt.usage,
        "cost": _dollars(attempt.cost),
        "may_have_billed": attempt.may_have_billed,
        "error_message": attempt.error_message,
    }


def _image_facts(image: Image, slug: str | None) -> dict[str, Any]:
    return {
        "id": str(image.id),
        "prompt": image.prompt_sent,
        "prompt_order": image.prompt_order,
        "variation": image.variation,
        "state": str(image.state),
        "mark": str(image.mark),
        "attempts": image.attempt,
        "error_type": image.error_type,
        "error_message": image.error_message,
        "model": image.model,
        "sha256": image.asset.sha256 if image.asset else None,
        "cost": _dollars(image.cost),
        "page_slug": slug,
    }


def _slugs(job_id: UUID) -> dict[UUID, str | None]:
    rows = db.session.execute(select(Page.image_id, Page.slug).where(Page.job_id == job_id))
    return {row.image_id: row.slug for row in rows}


def _dollars(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount.quantize(MICRO), "f")


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
