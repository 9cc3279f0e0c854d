"""Processes that are killed while public names are given, and while the trash is emptied."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import func, select, update

from app.core.database import db_now, transaction
from app.core.fail_points import Action
from app.core.queue import ActorName, enqueue
from app.generation.models import Image, Job
from app.generation.states import Mark
from app.publishing.image_trash import discard_unkept
from app.publishing.models import Page
from app.publishing.name_states import NameState
from app.publishing.orphans import compare
from app.publishing.states import PageState
from app.publishing.trash_models import Chore, PictureName, Removal
from tests.chaos.cell import Cell
from tests.chaos.moments import OF_NAMES, OF_PURGES, Moment
from tests.chaos.stage import Stage
from tests.services.waiting import wait_until


def naming_died(moment: Moment, stage: Stage) -> None:
    """The process that copies public files dies: every page is shown once, under one name, and nothing is left over."""
    host = stage.host(moment.failure(Action.KILL))
    host.start()
    job = stage.check_complete(stage.job(4))
    assert stage.person("publish", str(job.id)) == 0
    stage.reached(moment.point)
    host.kill(moment.kind)
    host.start(moment.kind)
    wait_until(lambda: all_named(stage, job), within=90, what="every picture to have its public name")
    stage.check_complete(job)
    found = compare()
    assert (found.orphans, found.missing, found.foreign) == ([], [], [])


def all_named(stage: Stage, job: Job) -> bool:
    stage.end_waits()
    pages = select(func.count()).where(Page.job_id == job.id, Page.state == PageState.PUBLISHED)
    live = select(func.count()).where(PictureName.state == NameState.LIVE)
    due = select(func.count()).where(Page.names_due_at.is_not(None))
    return stage.count(pages) == stage.count(live) == job.total_images and stage.count(due) == 0


def purge_died(moment: Moment, stage: Stage) -> None:
    """The process that empties the trash dies: the night is done by the next, and what was kept is whole."""
    host = stage.host(moment.failure(Action.KILL))
    host.start()
    job = stage.check_complete(stage.job(6))
    throw_away(job, stage, 4)
    enqueue(ActorName.NIGHTLY)
    stage.reached(moment.point)
    host.kill(moment.kind)
    host.start(moment.kind)
    wait_until(lambda: all_purged(stage, job), within=90, what="the trash to be emptied")
    found = compare()
    assert (found.orphans, found.missing, found.foreign) == ([], [], [])
    assert stage.fresh(job).total_images == stage.fresh(job).completed_count == 2
    assert found.objects == 2 * 5


def throw_away(job: Job, stage: Stage, count: int) -> None:
    """Discard so many pictures, long ago; the night has not been done."""
    kept = [image.id for image in stage.images(job)[count:]]
    with transaction() as session:
        session.execute(update(Image).where(Image.id.in_(kept)).values(mark=Mark.KEEP))
        session.execute(update(Job).where(Job.id == job.id).values(kept_count=len(kept)))
    assert discard_unkept(job.id, workspace_id=stage.team.workspace_id, actor=stage.team.actor) == count
    with transaction() as session:
        long_ago = db_now() - timedelta(days=9)
        session.execute(update(Image).where(Image.trashed_at.is_not(None)).values(trashed_at=long_ago))
        session.execute(update(Chore).values(night=long_ago, claimed_until=None))


def all_purged(stage: Stage, job: Job) -> bool:
    stage.end_waits()
    enqueue(ActorName.NIGHTLY)
    left = stage.count(select(func.count()).where(Image.job_id == job.id, Image.trashed_at.is_not(None)))
    return left == stage.count(select(func.count()).select_from(Removal)) == 0


def cells(play: Callable[[Moment, Stage], None], moments: tuple[Moment, ...]) -> list[Cell]:
    return [Cell(f"{moment.name}-killed", partial(play, moment)) for moment in moments]


CELLS = [*cells(naming_died, OF_NAMES), *cells(purge_died, OF_PURGES)]
