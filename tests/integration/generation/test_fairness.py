"""Who is next: workspaces in turn, in them mostly urgent and small jobs, then their jobs in turn, in prompt order."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.core.database import db, db_now, transaction
from app.generation.call import claim
from app.generation.control import cancel_job, pause_job, resume_job
from app.generation.fairness import SMALL, Queue, take_turns
from app.generation.models import Image, Job
from app.generation.waiting import MESSAGE_SECONDS, OWN_HEAD, due_images, read_demand
from tests.integration.generation.situations import set_image
from tests.services.application import MakeJob, Team, make_team
from tests.services.engine import Engine

MODEL, OTHER_MODEL = "demo/painter", "openai/gpt-image-2.5-flare"
LARGE = SMALL + 30


def next_images(count: int, *models: str) -> list[UUID]:
    db.session.rollback()
    now, lane = db_now(), models or (MODEL,)
    demand = read_demand(now)

    def images(queue: Queue) -> Iterator[UUID]:
        return due_images(queue, lane, most=count, now=now)

    moments = [demand.last_start(lane) + timedelta(seconds=number / 10) for number in range(1, count + 1)]
    return list(take_turns(demand.queues_of(lane), demand.served_by(lane), images, moments))


def jobs_of(image_ids: list[UUID]) -> list[UUID]:
    rows = dict(db.session.execute(select(Image.id, Image.job_id)).all())
    return [rows[image_id] for image_id in image_ids]


def give_starts(image_ids: list[UUID]) -> None:
    now = db_now()
    for number, image_id in enumerate(image_ids):
        set_image(image_id, dispatched_until=now + timedelta(seconds=MESSAGE_SECONDS, milliseconds=number))


def serve(process_id: UUID, count: int = 1) -> list[UUID]:
    """Give the next images their starts and claim them; answers their jobs."""
    image_ids = next_images(count)
    give_starts(image_ids)
    calls = [claim(image_id, process_id) for image_id in image_ids]
    return [call.job_id for call in calls if call]


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


def test_an_urgent_job_has_three_of_four_turns_of_its_workspace(make_job: MakeJob, engine: Engine) -> None:
    usual, urgent = make_job(LARGE), make_job(LARGE, priority=1)

    served = Counter(serve(engine.process_id, 16))

    assert served == {urgent.id: 12, usual.id: 4}


def test_an_urgent_job_takes_no_turns_from_another_workspace(make_job: MakeJob, team: Team) -> None:
    calm = make_job(4, of=make_team("other"))
    urgent = make_job(4, priority=1)

    assert Counter(jobs_of(next_images(6))) == {calm.id: 3, urgent.id: 3}


def test_a_small_job_behind_a_large_one_is_served_at_once(make_job: MakeJob, engine: Engine) -> None:
    large = make_job(200, count=10)
    serve(engine.process_id, 3)
    small = make_job(10)

    order = jobs_of(next_images(14))

    assert order[0] == small.id
    assert order[:4].count(large.id) == 1
    assert order.count(small.id) == 10


def test_many_small_jobs_get_no_more_turns_than_one_large_one(make_job: MakeJob, engine: Engine, team: Team) -> None:
    other = make_team("other")
    large = make_job(6, of=other)
    for _ in range(6):
        make_job(1)

    served = [job_id for _ in range(8) for job_id in serve(engine.process_id)]

    assert served.count(large.id) == 4


def test_who_has_waited_longest_is_served_first_when_there_is_one_place(
    make_job: MakeJob, engine: Engine, team: Team
) -> None:
    jobs = [make_job(2), make_job(2), make_job(2)]

    served = [job_id for _ in range(6) for job_id in serve(engine.process_id)]

    assert served == [job.id for job in jobs] * 2


def test_five_workspaces_start_equally_many_whatever_their_jobs_do(make_job: MakeJob, engine: Engine) -> None:
    teams = [make_team(f"studio-{number}") for number in range(5)]
    jobs = [[make_job(60, of=team) for _ in range(many)] for team, many in zip(teams, (4, 1, 1, 2, 1), strict=True)]
    starts: Counter[UUID] = Counter()
    workspace_of = {job.id: job.workspace_id for of_team in jobs for job in of_team}

    for number, count in enumerate([1, 7, 3, 12, 2, 5, 9, 1, 11, 4]):
        if number % 3 == 1:
            pause_job(jobs[0][number % 4].id, workspace_id=teams[0].workspace_id, actor=teams[0].actor)
        if number % 3 == 2:
            paused = jobs[0][(number - 1) % 4]
            resume_job(paused.id, workspace_id=teams[0].workspace_id, actor=teams[0].actor)
        if number == 5:
            _let_all_wait(jobs[3][0])
        starts.update(workspace_of[job_id] for job_id in serve(engine.process_id, count))
        assert max(starts.values()) - min(starts[team.workspace_id] for team in teams) <= 1

    assert starts.total() == 55
    assert set(starts.values()) == {11}


def _let_all_wait(job: Job) -> None:
    for image_id in db.session.scalars(select(Image.id).where(Image.job_id == job.id)).all():
        set_image(image_id, not_before=db_now() + timedelta(hours=1))


def test_two_models_of_different_limits_take_no_turns_from_each_other(
    make_job: MakeJob, engine: Engine, team: Team
) -> None:
    elsewhere = make_job(6, model=OTHER_MODEL)
    give_starts(next_images(6, OTHER_MODEL))
    make_job(6, of=make_team("other"))
    here = make_job(6)
    served = serve(engine.process_id, 2)
    db.session.rollback()

    assert sorted([*served, *serve(engine.process_id, 4)]).count(here.id) == 3
    assert elsewhere.id not in served


def test_an_image_that_waits_for_its_retry_is_passed_over(make_job: MakeJob) -> None:
    make_job(2)
    first, second = next_images(2)
    set_image(first, not_before=db_now() + timedelta(seconds=30))

    assert next_images(2) == [second]

    set_image(first, not_before=db_now())
    assert next_images(2) == [first, second]


def test_a_job_whose_images_all_wait_costs_its_workspace_no_turn(make_job: MakeJob, team: Team) -> None:
    waits, goes, other = make_job(2), make_job(4), make_job(4, of=make_team("other"))
    _let_all_wait(waits)

    assert Counter(jobs_of(next_images(6))) == {goes.id: 3, other.id: 3}


def test_an_image_whose_message_is_under_way_is_not_picked_again(make_job: MakeJob) -> None:
    make_job(2)
    first, second = next_images(2)
    give_starts([first])

    assert next_images(2) == [second]


@pytest.mark.parametrize("stop", [pause_job, cancel_job])
def test_a_stopped_job_gets_nothing(make_job: MakeJob, team: Team, engine: Engine, stop: object) -> None:
    job = make_job(3)
    serve(engine.process_id)
    stop(job.id, workspace_id=team.workspace_id, actor=team.actor)

    assert next_images(5) == []


def test_other_models_images_are_left_alone(make_job: MakeJob) -> None:
    make_job(2)

    assert next_images(5, OTHER_MODEL) == []


def test_an_image_sent_to_another_model_runs_there_and_not_with_its_job(make_job: MakeJob) -> None:
    make_job(3)
    first, second, third = next_images(3)
    set_image(second, model=OTHER_MODEL, rerouted=True)

    assert next_images(3) == [first, third]
    assert next_images(5, OTHER_MODEL) == [second]


def test_an_image_sent_to_another_model_takes_its_turn_among_that_models_workspaces(
    make_job: MakeJob, team: Team
) -> None:
    make_job(4)
    for image_id in next_images(4):
        set_image(image_id, model=OTHER_MODEL, rerouted=True)
    other = make_job(4, of=make_team("other"), model=OTHER_MODEL)

    assert Counter(jobs_of(next_images(4, OTHER_MODEL)))[other.id] == 2
    assert next_images(4) == []


def test_the_head_of_a_queue_is_found_without_reading_what_has_ended(make_job: MakeJob) -> None:
    job = make_job(500)
    with transaction() as session:
        # As a planner sees a job that has just been made: most of its images wait.
        session.execute(text("ANALYZE"))
    explain = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN"
    query = OWN_HEAD.params(job=job.id, now=db_now(), most=10).compile(
        db.engine, compile_kwargs={"literal_binds": True}
    )

    plan = " ".join(str(row[-1]) for row in db.session.execute(text(f"{explain} {query}")))

    assert "ix_images_job_id_state_position" in plan
    assert "sort" not in plan.lower()
    assert "b-tree" not in plan.lower()
