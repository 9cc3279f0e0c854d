"""Delete a job for 72 hours, and bring it back complete. A receipt of what it was stays for good.

A deleted job exists for nobody but who restores it. What is published of it stays public, with its objects; its other
pages go and come with it.
"""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import User
from app.audit.record import Actor, record
from app.core.database import db, db_now, transaction
from app.core.errors import Conflict, NotThere
from app.generation.models import Image, Job
from app.generation.moves import lock_job
from app.generation.states import JOB_ACTIVE
from app.publishing.models import Page
from app.publishing.queries import pages_of_job
from app.publishing.states import PageState
from app.publishing.trash_models import JobReceipt
from app.publishing.trash_page import put_into_trash, take_out_of_trash

RESTORABLE = timedelta(hours=72)


def delete_job(job_id: UUID, *, workspace_id: UUID, actor: Actor) -> JobReceipt:
    """Raises NotThere, and Conflict while the job has not ended: what is being paid for is not thrown away."""
    with transaction() as session:
        job = lock_job(job_id, workspace_id=workspace_id)
        if job.state in JOB_ACTIVE:
            raise Conflict("This job has not ended yet. Cancel it first, then delete it.")
        receipt = _receipt(job, actor)
        session.add(receipt)
        job.deleted_at, job.deleted_by = receipt.deleted_at, actor.user_id
        for page in _pages(job_id, Page.state.not_in([PageState.PUBLISHED, PageState.TRASHED])):
            put_into_trash(page, actor, with_job=True)
        record(actor, "job.deleted", workspace_id=workspace_id, subject_id=job_id, receipt=str(receipt.id))
        return receipt


def restore_job(job_id: UUID, *, workspace_id: UUID, actor: Actor) -> Job:
    """Bring the job back with everything. Raises NotThere when it is not deleted here, or when it is too late."""
    with transaction():
        job = deleted_job(job_id, workspace_id)
        job.revision += 1
        job.deleted_at = job.deleted_by = None
        for page in _pages(job_id, Page.state == PageState.TRASHED, Page.trashed_with_job):
            take_out_of_trash(page, actor)
        record(actor, "job.restored", workspace_id=workspace_id, subject_id=job_id)
        return job


def deleted_job(job_id: UUID, workspace_id: UUID) -> Job:
    """The locked row of a deleted job that can still be restored. Raises NotThere."""
    job = db.session.get(Job, job_id, with_for_update=True, populate_existing=True)
    if job is None or job.workspace_id != workspace_id or job.deleted_at is None or job.purged_at is not None:
        raise NotThere("There is no such job in the trash. After 72 hours only its receipt is left.")
    return job


def _pages(job_id: UUID, *where: Any) -> list[Page]:
    """The job's pages, locked."""
    query = select(Page).where(Page.job_id == job_id, *where).order_by(Page.id).with_for_update()
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _receipt(job: Job, actor: Actor) -> JobReceipt:
    rows = db.session.execute(select(Image.prompt_order, Image.prompt_sent).where(Image.job_id == job.id)).all()
    prompts = Counter((order, prompt) for order, prompt in rows)
    published = pages_of_job(job.id)[PageState.PUBLISHED]
    return JobReceipt(
        workspace_id=job.workspace_id,
        job_id=job.id,
        title=job.title,
        model=job.model,
        created_by=_name(job.created_by),
        created_at=job.created_at,
        deleted_by=_name(actor.user_id) if actor.user_id else "the operator",
        deleted_at=db_now(),
        prompts=[{"prompt": prompt, "images": count} for (_, prompt), count in sorted(prompts.items())],
        counts={
            **job.counts,
            "kept": job.kept_count,
            "published": published,
            "images": job.total_images,
            "purged": job.purged_count,
        },
        estimated_cost=job.estimated_cost,
        actual_cost=job.actual_cost,
    )


def _name(user_id: UUID) -> str:
    user = db.session.get_one(User, user_id)
    return f"{user.display_name} ({user.email})"
