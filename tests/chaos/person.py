"""What a person asks for in a browser, in a process of its own, so that it can be killed.

`python -m tests.chaos.person submit TOKEN` makes a job of six pictures with this form token; `publish JOB` keeps every
image of a job and has a page made of each.
"""

import sys
from uuid import UUID

from sqlalchemy import select, update

from app import create_app
from app.accounts.models import Membership
from app.audit.record import Actor
from app.core.database import db, transaction
from app.core.queue import install_sender
from app.core.settings import load_settings
from app.generation.models import Image, Job
from app.generation.states import Mark
from app.generation.submit import NewJob, create_job
from app.publishing.publish import publish_kept
from app.publishing.tags import ensure_tags

PICTURES = 6


def main(act: str, subject: str) -> None:
    settings = load_settings()
    install_sender(settings.redis_url)
    with create_app(settings).app_context():
        owner = db.session.scalars(select(Membership).where(Membership.role == "owner")).one()
        {"submit": submit, "publish": publish}[act](subject, owner, Actor(owner.user_id, "cli"))


def submit(token: str, owner: Membership, actor: Actor) -> None:
    order = NewJob(
        title="Asked for",
        prompts=tuple(f"a harbour, number {number}" for number in range(PICTURES)),
        model="openai/gpt-image-2.5-flare",
        quality="low",
        width=256,
        height=256,
        images_per_prompt=1,
        visibility="public",
        generator="Other",
        form_token=token,
    )
    create_job(order, workspace_id=owner.workspace_id, user_id=owner.user_id, actor=actor)


def publish(job_id: str, owner: Membership, actor: Actor) -> None:
    """Keep every image of the job, and have it published."""
    ensure_tags()
    with transaction() as session:
        session.execute(update(Image).where(Image.job_id == UUID(job_id)).values(mark=Mark.KEEP))
        session.execute(update(Job).where(Job.id == UUID(job_id)).values(kept_count=Job.total_images))
    publish_kept(UUID(job_id), workspace_id=owner.workspace_id, actor=actor, user_id=owner.user_id)


if __name__ == "__main__":
    main(*sys.argv[1:])
