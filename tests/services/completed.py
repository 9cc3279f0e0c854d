"""Images that are completed without a worker, with small stored pictures, and pages made of them."""

from collections.abc import Callable
from functools import cache
from io import BytesIO
from uuid import UUID

import pytest
from flask import Flask
from PIL import Image as Picture
from sqlalchemy import select

from app.accounts.models import Workspace
from app.core.clock import utc_now
from app.core.database import db, new_id, transaction
from app.generation.models import Asset, Image, Job
from app.generation.moves import lock_job
from app.generation.states import ImageState, JobState, Mark
from app.generation.studio import studio
from app.imaging.variants import Variants, make_variants
from app.moderation.interface import Exhibit, Unmoderated, Verdict
from app.publishing.create_page import create_page
from app.publishing.models import Page
from app.publishing.publish import Published, publish_kept
from app.publishing.tags import ensure_tags
from app.writing.interface import Brief, Unwritten, Written
from tests.services.application import MakeJob, Team


def paint(width: int = 640, height: int = 480, colour: tuple[int, int, int] = (200, 120, 40)) -> bytes:
    """The bytes of a PNG of one colour."""
    buffer = BytesIO()
    Picture.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


def complete(job: Job, *, mark: Mark = Mark.KEEP) -> list[Image]:
    """Complete every image of a job with a stored picture and its variants, and mark it."""
    with transaction() as session:
        locked = lock_job(job.id)
        images = list(session.scalars(select(Image).where(Image.job_id == job.id).order_by(Image.position)))
        for image in images:
            asset = _store(image)
            session.flush()
            image.state, image.asset_id, image.finished_at, image.mark = ImageState.COMPLETED, asset.id, utc_now(), mark
        locked.queued_count, locked.completed_count = 0, len(images)
        locked.kept_count = len(images) if mark == Mark.KEEP else 0
        locked.state, locked.finished_at = JobState.COMPLETED, utc_now()
    return images


def _store(image: Image) -> Asset:
    (original, made), key = _picture(), f"originals/{image.id}/1.png"
    studio().storage.put(key, original, "image/png")
    variants = {}
    for name, file in made.files.items():
        variant_key = f"variants/{image.id}/1-{name}.{file.extension}"
        studio().storage.put(variant_key, file.content, file.media_type)
        variants[name] = {
            "key": variant_key,
            "media_type": file.media_type,
            "bytes": len(file.content),
            "width": file.width,
            "height": file.height,
        }
    asset = Asset(
        id=new_id(),
        workspace_id=image.workspace_id,
        image_id=image.id,
        attempt=1,
        key=key,
        media_type="image/png",
        bytes=len(original),
        width=made.width,
        height=made.height,
        sha256="0" * 64,
        variants=variants,
        placeholder=made.placeholder,
    )
    db.session.add(asset)
    return asset


@cache
def _picture() -> tuple[bytes, Variants]:
    """The picture that all have, made once."""
    original = paint()
    return original, make_variants(original)


class ScriptedModerator:
    """Judges as the test says: a Verdict, or an Unmoderated to raise. Counts its calls."""

    model = "scripted"

    def __init__(self, answer: Verdict | Unmoderated) -> None:
        self.answer = answer
        self.exhibits: list[Exhibit] = []

    def judge(self, exhibit: Exhibit) -> Verdict:
        self.exhibits.append(exhibit)
        if isinstance(self.answer, Unmoderated):
            raise self.answer
        return self.answer


class ScriptedWriter:
    """Writes what the test says: a Written, or an Unwritten to raise. Counts its calls."""

    model = "scripted"

    def __init__(self, answer: Written | Unwritten) -> None:
        self.answer = answer
        self.briefs: list[Brief] = []

    def write(self, brief: Brief) -> Written:
        self.briefs.append(brief)
        if isinstance(self.answer, Unwritten):
            raise self.answer
        return self.answer


def written(title: str = "A Quiet Lighthouse over the Sea", **values: object) -> Written:
    """A complete answer of a writer, changed as the test wants."""
    complete_answer: dict[str, object] = {
        "description": "A lighthouse stands over a quiet sea.",
        "tags": ("lighthouse", "ocean"),
        "violations": (),
        "relevance_score": 0.9,
        "relevance_explanation": "It shows the lighthouse.",
        "model": "scripted",
    }
    return Written(title=title, **{**complete_answer, **values})  # type: ignore[arg-type]


SetModerator = Callable[[Verdict | Unmoderated], ScriptedModerator]
SetWriter = Callable[[Written | Unwritten], ScriptedWriter]
Publish = Callable[..., Published]
PublishPages = Callable[..., list[Page]]


@pytest.fixture
def set_writer(app: Flask) -> SetWriter:
    """Have pages written by a script instead of the demo writer."""

    def put(answer: Written | Unwritten) -> ScriptedWriter:
        app.extensions["writer"] = ScriptedWriter(answer)
        return app.extensions["writer"]

    return put


@pytest.fixture
def set_moderator(app: Flask, team: Team) -> SetModerator:
    """Have every picture of the team judged by a script."""

    def put(answer: Verdict | Unmoderated) -> ScriptedModerator:
        with transaction() as session:
            session.get_one(Workspace, team.workspace_id).moderates_all = True
        app.extensions["moderator"] = ScriptedModerator(answer)
        return app.extensions["moderator"]

    return put


@pytest.fixture
def publish(team: Team) -> Publish:
    """Click publish as the editor of the team."""

    def click(job: Job, visibility: str | None = None) -> Published:
        return publish_kept(
            job.id, workspace_id=team.workspace_id, actor=team.actor, user_id=team.editor, visibility=visibility
        )

    return click


@pytest.fixture
def publish_pages(publish: Publish, make_job: MakeJob) -> PublishPages:
    """Make a job, complete and keep its images, publish them and have every page written."""

    def make(prompts: int | tuple[str, ...] = 1, *, visibility: str | None = None, **values: object) -> list[Page]:
        ensure_tags()
        job = make_job(prompts, **values)
        complete(job)
        publish(job, visibility)
        for page_id in page_ids(job.id):
            create_page(page_id)
        return pages_of(job.id)

    return make


def page_ids(job_id: UUID) -> list[UUID]:
    return [page.id for page in pages_of(job_id)]


def pages_of(job_id: UUID) -> list[Page]:
    """The job's pages as the database has them now, in the order of the sheet."""
    db.session.rollback()
    query = select(Page).join(Page.image).where(Page.job_id == job_id).order_by(Image.position)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))
