"""Every pair of states is either in a table or refused, and the sets of states fit the tables."""

from itertools import product

import pytest

from app.core.errors import IllegalMove
from app.generation.models import Image, Job
from app.generation.states import (
    IMAGE_ENDED,
    IMAGE_MOVES,
    JOB_ACTIVE,
    JOB_ENDED,
    JOB_MOVES,
    JOB_TAKES_WORK,
    ImageState,
    JobState,
    job_sources,
    sources,
)


@pytest.mark.parametrize(("before", "to"), list(product(ImageState, ImageState)))
def test_an_image_moves_only_as_the_table_says(before: ImageState, to: ImageState) -> None:
    image = Image(state=before)
    if to in IMAGE_MOVES[before]:
        image.move_to(to)
        assert image.state == to
    else:
        with pytest.raises(IllegalMove):
            image.move_to(to)
        assert image.state == before


@pytest.mark.parametrize(("before", "to"), list(product(JobState, JobState)))
def test_a_job_moves_only_as_the_table_says(before: JobState, to: JobState) -> None:
    job = Job(state=before)
    if to in JOB_MOVES[before]:
        job.move_to(to)
        assert job.state == to
    else:
        with pytest.raises(IllegalMove):
            job.move_to(to)
        assert job.state == before


def test_every_state_has_its_row_and_its_counter() -> None:
    assert set(IMAGE_MOVES) == set(ImageState)
    assert set(JOB_MOVES) == set(JobState)
    assert all(hasattr(Job, f"{state}_count") for state in ImageState)


def test_a_picture_that_is_there_stays() -> None:
    assert not IMAGE_MOVES[ImageState.COMPLETED]


def test_what_has_ended_moves_again_only_because_a_person_asks_or_bytes_turn_up() -> None:
    again = {to for state in IMAGE_ENDED for to in IMAGE_MOVES[state]}
    assert again == {ImageState.QUEUED, ImageState.STORING}
    assert {to for state in JOB_ENDED for to in JOB_MOVES[state]} == {JobState.RUNNING}


def test_a_job_is_a_draft_or_active_or_ended() -> None:
    assert JOB_ACTIVE.isdisjoint(JOB_ENDED)
    assert JOB_ACTIVE | JOB_ENDED | {JobState.DRAFT} == set(JobState)
    assert JOB_TAKES_WORK < JOB_ACTIVE


@pytest.mark.parametrize("to", list(ImageState))
def test_the_sources_of_a_guarded_update_are_the_table_read_backwards(to: ImageState) -> None:
    assert sources(to) == {before for before in ImageState if to in IMAGE_MOVES[before]}


@pytest.mark.parametrize("to", list(JobState))
def test_the_sources_of_a_job_are_the_table_read_backwards(to: JobState) -> None:
    assert job_sources(to) == {before for before in JobState if to in JOB_MOVES[before]}


def test_every_state_can_be_reached_and_every_job_can_end() -> None:
    assert set().union(*IMAGE_MOVES.values()) == set(ImageState)
    assert set().union(*JOB_MOVES.values()) == set(JobState) - {JobState.DRAFT}
    for state in JOB_ACTIVE:
        assert _reachable(state) & JOB_ENDED


def _reachable(state: JobState) -> set[JobState]:
    found, ahead = set(), [state]
    while ahead:
        for to in JOB_MOVES[ahead.pop()] - found:
            found.add(to)
            ahead.append(to)
    return found
