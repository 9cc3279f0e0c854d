"""Every fault at every moment on PostgreSQL: nothing is lost, nothing is paid twice, and everything is written down."""

import pytest

from tests.chaos.cell import Cell
from tests.chaos.matrix import api, play_on, settings, stage
from tests.chaos.stage import Stage

__all__ = ["api", "settings", "stage"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    play_on("postgresql", metafunc)


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


def test_nothing_is_lost_and_nothing_is_paid_twice(cell: Cell, stage: Stage) -> None:
    cell.play(stage)
