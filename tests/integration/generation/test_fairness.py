"""Who is next: priority, then workspaces in turn, then their jobs in turn, then the order of the prompts."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.database import db, db_now
from app.generation.call import claim
from app.generation.control import cancel_job, pause_job
from app.generation.fairness import Want, pick
from app.generation.models import Image
from tests.integration.generation.situations import set_image
from tests.services.application import MakeJob, Team, make_team
from tests.services.engine import Engine

MODEL = "demo/painter"


def next_images(count: int) -> list[UUID]:
    db.session.rollback()
    return pick(Want((MODEL,), count, db_now()))


def jobs_of(image_ids: list[UUID]) -> list[UUID]:
    rows = dict(db.session.execute(select(Image.id, Image.job_id)).all())
    return [rows[image_id] for image_id in image_ids]


def serve(process_id: UUID) -> UUID:
    """Give the next image a start and claim it; answers its job."""
    (image_id,) = next_images(1)
    set_image(image_id, dispatched_until=db_now() + timedelta(seconds=17))
    call = claim(image_id, process_id)
    assert call is not None
    return call.job_id


def test_workspaces_take_turns_and_within_them_their_jobs(make_job: MakeJob, team: Team) -> None:
    other = make_team("other")
    one, two, lone = make_job(4), make_job(4), make_job(4, of=other)

    order = jobs_of(next_images(8))

    assert order[0::2] == [one.id, two.id, one.id, two.id]
    assert order[1::2] == [lone.id] * 4


def test_a_workspace_that_has_nothing_left_leaves_its_turns_to_the_others(make_job: MakeJob, team: Team) -> None:
    other = make_team("other")
    make_job(1, of=other)
    large = make_job(5)

    assert Counter(jobs_of(next_images(6)))[large.id] == 5


def test_images_of_a_job_go_in_the_order_of_its_prompts(make_job: MakeJob) -> None:
    make_job(3, count=2)

    rows = {image.id: (image.prompt_order, image.variation) for image in db.session.scalars(select(Image))}
    assert [rows[image_id] for image_id in next_images(6)] == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2)]


def test_a_higher_priority_goes_first(make_job: MakeJob) -> None:
    usual, urgent = make_job(3), make_job(3, priority=1)

    assert jobs_of(next_images(5)) == [urgent.id] * 3 + [usual.id] * 2


def test_a_small_job_behind_a_large_one_is_served_at_once(make_job: MakeJob, engine: Engine) -> None:
    make_job(200, count=10)
    for _ in range(3):
        serve(engine.process_id)
    small = make_job(2)

    assert small.id in jobs_of(next_images(2))


def test_many_small_jobs_get_no_more_turns_than_one_large_one(make_job: MakeJob, engine: Engine, team: Team) -> None:
    other = make_team("other")
    large = make_job(6, of=other)
    for _ in range(6):
        make_job(1)

    served = [serve(engine.process_id) for _ in range(8)]

    assert served.count(large.id) == 4


def test_who_has_waited_longest_is_served_first_when_there_is_one_place(
    make_job: MakeJob, engine: Engine, team: Team
) -> None:
    jobs = [make_job(2), make_job(2), make_job(2)]

    assert [serve(engine.process_id) for _ in range(6)] == [job.id for job in jobs] * 2


def test_an_image_that_waits_for_its_retry_is_passed_over(make_job: MakeJob) -> None:
    make_job(2)
    first, second = next_images(2)
    set_image(first, not_before=db_now() + timedelta(seconds=30))

    assert next_images(2) == [second]

    set_image(first, not_before=db_now())
    assert next_images(2) == [first, second]


def test_an_image_whose_message_is_under_way_is_not_picked_again(make_job: MakeJob) -> None:
    make_job(2)
    first, second = next_images(2)
    set_image(first, dispatched_until=db_now() + timedelta(seconds=17))

    assert next_images(2) == [second]


@pytest.mark.parametrize("stop", [pause_job, cancel_job])
def test_a_stopped_job_gets_nothing(make_job: MakeJob, team: Team, engine: Engine, stop: object) -> None:
    job = make_job(3)
    serve(engine.process_id)
    stop(job.id, workspace_id=team.workspace_id, actor=team.actor)

    assert next_images(5) == []


def test_other_models_images_are_left_alone(make_job: MakeJob) -> None:
    make_job(2)

    assert pick(Want(("openai/gpt-image-2.5-flare",), 5, db_now())) == []
